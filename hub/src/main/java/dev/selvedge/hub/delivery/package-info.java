/** From a front to the store, and from the store to each endpoint: one pump per endpoint. */
@NullMarked
package dev.selvedge.hub.delivery;

import org.jspecify.annotations.NullMarked;
