/** Figures and how they are shown: pure, but for the page's file. */
@NullMarked
package dev.selvedge.bench.report;

import org.jspecify.annotations.NullMarked;
