/** What the operator tells of sites in Prometheus' format. */
@NullMarked
package dev.selvedge.operator.metrics;

import org.jspecify.annotations.NullMarked;
