/** Benchmarks: the hub and its peers under the same load, in one run. */
@NullMarked
package dev.selvedge.bench;

import org.jspecify.annotations.NullMarked;
