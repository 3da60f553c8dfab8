/** What the hub logs, and the last of it that went wrong. */
@NullMarked
package dev.selvedge.hub.log;

import org.jspecify.annotations.NullMarked;
