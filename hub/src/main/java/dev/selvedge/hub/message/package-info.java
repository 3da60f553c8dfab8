/** Messages as every front and every upstream sees them. Pure. */
@NullMarked
package dev.selvedge.hub.message;

import org.jspecify.annotations.NullMarked;
