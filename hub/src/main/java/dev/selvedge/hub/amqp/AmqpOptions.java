package dev.selvedge.hub.amqp;

import java.time.Duration;

import dev.selvedge.hub.client.Settling;

/**
 * What the AMQP front tolerates.
 *
 * @param strangerTimeout how long a connection may take until a client is let in
 * @param ackTimeout how long a client may take to settle a message
 * @param settling how long what waits for a client is held back when it has opened its link
 */
public record AmqpOptions(Duration strangerTimeout, Duration ackTimeout, Duration settling) {
    /** edgeHub's limits: 60 s to come in, 30 s for a disposition. */
    public static final AmqpOptions DEFAULT =
            new AmqpOptions(Duration.ofSeconds(60), Duration.ofSeconds(30), Settling.MOMENT);
}
