/** What the operator knows of the cluster: caches fed by watches, and whom a change concerns. */
@NullMarked
package dev.selvedge.operator.cluster;

import org.jspecify.annotations.NullMarked;
