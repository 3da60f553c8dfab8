/** Who a client is: SAS tokens and the keys they are checked with. Fails closed; pure but for the clock. */
@NullMarked
package dev.selvedge.hub.security;

import org.jspecify.annotations.NullMarked;
