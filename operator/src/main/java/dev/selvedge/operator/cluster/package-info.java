/** What the operator makes of what it knows of the cluster: sites and their plans, instances, pulls, and whom a change concerns. */
@NullMarked
package dev.selvedge.operator.cluster;

import org.jspecify.annotations.NullMarked;
