package dev.selvedge.hub.mqtt;

import java.time.Duration;

import dev.selvedge.hub.client.Settling;

/**
 * What the MQTT front tolerates.
 *
 * @param connectTimeout how long a new connection may take to send CONNECT
 * @param maxKeepAlive longest silence that a client may ask for, and what one gets that asks for none
 * @param ackTimeout how long a client may take to acknowledge a message
 * @param settling how long what waits for a client is held back when it has come or subscribed
 */
public record MqttOptions(Duration connectTimeout, Duration maxKeepAlive, Duration ackTimeout, Duration settling) {
    /** edgeHub's limits: 60 s to connect, 10 minutes of silence, 30 s for an acknowledgement. */
    public static final MqttOptions DEFAULT =
            new MqttOptions(Duration.ofSeconds(60), Duration.ofMinutes(10), Duration.ofSeconds(30), Settling.MOMENT);
}
