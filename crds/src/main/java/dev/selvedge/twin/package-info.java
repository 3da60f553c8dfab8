/** What a twin document is: merge, difference, limits. Pure. */
@NullMarked
package dev.selvedge.twin;

import org.jspecify.annotations.NullMarked;
