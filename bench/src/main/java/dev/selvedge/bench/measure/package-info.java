/** One class for each thing that is measured. */
@NullMarked
package dev.selvedge.bench.measure;

import org.jspecify.annotations.NullMarked;
