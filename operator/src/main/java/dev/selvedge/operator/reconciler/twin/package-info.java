/** Reconciles ModuleTwin: its conditions. */
@NullMarked
package dev.selvedge.operator.reconciler.twin;

import org.jspecify.annotations.NullMarked;
