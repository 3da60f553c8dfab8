/** The operator with as many nodes as a fleet has. */
@NullMarked
package dev.selvedge.bench.scale;

import org.jspecify.annotations.NullMarked;
