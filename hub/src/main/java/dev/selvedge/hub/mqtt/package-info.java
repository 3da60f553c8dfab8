/** The MQTT 3.1.1 front. Topics, property bags and acknowledgement order are plain Java; only {@code MqttFront} and {@code Connection} know the network. */
@NullMarked
package dev.selvedge.hub.mqtt;

import org.jspecify.annotations.NullMarked;
