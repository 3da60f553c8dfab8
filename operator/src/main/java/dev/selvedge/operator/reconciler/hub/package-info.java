/** Reconciles EdgeHub: resolve, plan, render, apply, status. */
@NullMarked
package dev.selvedge.operator.reconciler.hub;

import org.jspecify.annotations.NullMarked;
