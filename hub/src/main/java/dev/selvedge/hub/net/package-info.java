/** TLS ports and the connections on them, whatever is spoken there. */
@NullMarked
package dev.selvedge.hub.net;

import org.jspecify.annotations.NullMarked;
