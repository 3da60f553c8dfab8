package dev.selvedge.hub.mqtt;

import java.time.Duration;

/**
 * How the MQTT front listens and what it tolerates.
 *
 * @param port 0 takes a free one
 * @param loops event loops that share the connections
 * @param maxClients clients at once; one more is refused
 * @param connectTimeout how long a new connection may take to send CONNECT
 * @param maxKeepAlive longest silence that a client may ask for, and what one gets that asks for none
 * @param ackTimeout how long a client may take to acknowledge a message
 */
public record MqttOptions(
        String host,
        int port,
        int loops,
        int maxClients,
        Duration connectTimeout,
        Duration maxKeepAlive,
        Duration ackTimeout) {
    /** edgeHub's limits, but for 256 clients instead of 100: 60 s to connect, 10 minutes of silence, 30 s for an acknowledgement. */
    public static MqttOptions of(String host, int port) {
        return new MqttOptions(
                host, port, 2, 256, Duration.ofSeconds(60), Duration.ofMinutes(10), Duration.ofSeconds(30));
    }
}
