/** Turns one site's objects into instances, twins and routes. Pure: no I/O, no clock. */
@NullMarked
package dev.selvedge.plan;

import org.jspecify.annotations.NullMarked;
