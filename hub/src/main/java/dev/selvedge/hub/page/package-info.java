/** The status page on the management port, for people. */
@NullMarked
package dev.selvedge.hub.page;

import org.jspecify.annotations.NullMarked;
