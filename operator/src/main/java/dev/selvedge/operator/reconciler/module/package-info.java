/** Reconciles EdgeModule: resolve, plan, render, apply, status. */
@NullMarked
package dev.selvedge.operator.reconciler.module;

import org.jspecify.annotations.NullMarked;
