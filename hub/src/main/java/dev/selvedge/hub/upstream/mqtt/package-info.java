/** An MQTT 5 broker as upstream. */
@NullMarked
package dev.selvedge.hub.upstream.mqtt;

import org.jspecify.annotations.NullMarked;
