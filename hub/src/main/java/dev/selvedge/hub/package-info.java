/** The edge hub: its process, configuration and life cycle. */
@NullMarked
package dev.selvedge.hub;

import org.jspecify.annotations.NullMarked;
