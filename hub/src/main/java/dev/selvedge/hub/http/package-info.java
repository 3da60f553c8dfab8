/** The hub's HTTPS port: direct methods, and WebSockets that carry MQTT or AMQP. */
@NullMarked
package dev.selvedge.hub.http;

import org.jspecify.annotations.NullMarked;
