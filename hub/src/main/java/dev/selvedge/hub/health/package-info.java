/** What a hub finds out about itself, as the conditions of its own twin. Pure but for the clock. */
@NullMarked
package dev.selvedge.hub.health;

import org.jspecify.annotations.NullMarked;
