package dev.selvedge.hub.mqtt;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import dev.selvedge.hub.client.NotDeliveredException;
import dev.selvedge.hub.net.Wire;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.util.concurrent.ScheduledFuture;

/** What the hub publishes to one client: packet ids, and who waits for which PUBACK. The connection's event loop. */
final class Outbox {
    private static final int MAX_PACKET_ID = 0xffff;
    private static final int MAX_UNANSWERED = 1000;

    private final Wire wire;
    private final Duration ackTimeout;
    private final Runnable onClogged;
    private final Map<Integer, Unanswered> unanswered = new HashMap<>();
    private int lastId;

    /** @param onClogged called when the client has left so much unread or unacknowledged that it must go */
    Outbox(Wire wire, Duration ackTimeout, Runnable onClogged) {
        this.wire = wire;
        this.ackTimeout = ackTimeout;
        this.onClogged = onClogged;
    }

    /**
     * Publishes; never retained. Completes with the PUBACK, or with quality of service 0 once it is written; on the event loop. Fails when the
     * client does not acknowledge in time, does not read, or goes.
     */
    CompletionStage<Void> publish(String topic, int qos, byte[] body) {
        var done = new CompletableFuture<Void>();
        if (wire.isClogged() || unanswered.size() >= MAX_UNANSWERED) {
            done.completeExceptionally(
                    new NotDeliveredException("the client does not read or does not acknowledge what it is sent"));
            onClogged.run();
            return done;
        }
        var packet = MqttMessageBuilders.publish().topicName(topic).payload(Unpooled.wrappedBuffer(body));
        if (qos == 0) {
            wire.send(packet.qos(MqttQoS.AT_MOST_ONCE).build()).onComplete(written -> {
                if (written.succeeded()) {
                    done.complete(null);
                } else {
                    done.completeExceptionally(written.cause());
                }
            });
            return done;
        }
        var id = nextId();
        var timer = wire.after(ackTimeout, () -> fail(id, "no PUBACK within " + ackTimeout.toSeconds() + " s"));
        unanswered.put(id, new Unanswered(done, timer));
        wire.send(packet.qos(MqttQoS.AT_LEAST_ONCE).messageId(id).build());
        return done;
    }

    /** A PUBACK came; one that nobody waits for any more says nothing. */
    void acknowledged(int packetId) {
        var answered = unanswered.remove(packetId);
        if (answered != null) {
            answered.timer().cancel(false);
            answered.done().complete(null);
        }
    }

    /** The client is gone: nothing more will be acknowledged. */
    void close() {
        for (var id : unanswered.keySet().toArray(Integer[]::new)) {
            fail(id, "the client is gone");
        }
    }

    private void fail(int packetId, String why) {
        var failed = unanswered.remove(packetId);
        if (failed != null) {
            failed.timer().cancel(false);
            failed.done().completeExceptionally(new NotDeliveredException(why));
        }
    }

    private int nextId() {
        do {
            lastId = lastId == MAX_PACKET_ID ? 1 : lastId + 1;
        } while (unanswered.containsKey(lastId));
        return lastId;
    }

    private record Unanswered(CompletableFuture<Void> done, ScheduledFuture<?> timer) {}
}
