/** What everything that answers later has in common. */
@NullMarked
package dev.selvedge.hub.async;

import org.jspecify.annotations.NullMarked;
