/** What the hub tells of itself on its management port. */
@NullMarked
package dev.selvedge.hub.metrics;

import org.jspecify.annotations.NullMarked;
