/** Routes, compiled: which endpoints a message goes to. Pure but for the holder of the ones in force. */
@NullMarked
package dev.selvedge.hub.routing;

import org.jspecify.annotations.NullMarked;
