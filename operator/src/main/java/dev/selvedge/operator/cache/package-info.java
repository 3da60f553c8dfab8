/** What the operator keeps in memory of the cluster: caches fed by watches, each object without what nobody reads. */
@NullMarked
package dev.selvedge.operator.cache;

import org.jspecify.annotations.NullMarked;
