/** Brings the cluster to what was rendered, with as few writes as possible. */
@NullMarked
package dev.selvedge.operator.apply;

import org.jspecify.annotations.NullMarked;
