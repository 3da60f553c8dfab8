/** The Helm chart, rendered by the real helm. */
@NullMarked
package dev.selvedge.operator.chart;

import org.jspecify.annotations.NullMarked;
