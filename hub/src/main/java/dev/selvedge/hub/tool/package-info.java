/** The command line {@code selvedge-hub store}: a process of its own, never a part of a running hub. */
@NullMarked
package dev.selvedge.hub.tool;

import org.jspecify.annotations.NullMarked;
