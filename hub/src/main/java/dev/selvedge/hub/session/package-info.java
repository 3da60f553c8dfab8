/** What a client has subscribed to, across connections and restarts. */
@NullMarked
package dev.selvedge.hub.session;

import org.jspecify.annotations.NullMarked;
