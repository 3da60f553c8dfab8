package dev.selvedge.hub.mqtt;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

import dev.selvedge.hub.client.NotDeliveredException;
import dev.selvedge.hub.delivery.Receiver.RejectedException;
import dev.selvedge.hub.delivery.Receiver.ReturnedException;
import dev.selvedge.hub.net.Wire;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttReasonCodes.PubAck;
import io.netty.util.concurrent.ScheduledFuture;

/**
 * What the hub publishes to one client: packet ids, who waits for which PUBACK, and what waits until the client takes more. The connection's
 * event loop.
 */
final class Outbox {
    private static final int MAX_PACKET_ID = 0xffff;
    private static final int MAX_UNANSWERED = 1000;
    private static final int MAX_WAITING_BYTES = 4 * 1024 * 1024;
    private static final int FIRST_REFUSAL = 0x80;

    private final Wire wire;
    private final Duration ackTimeout;
    private final int receiveMaximum;
    private final long maximumPacketSize;
    private final Runnable onClogged;
    private final Map<Integer, Unanswered> unanswered = new HashMap<>();
    /** Packet ids for which nobody waits any more. To the client they are unanswered still: they count against its receive maximum. */
    private final Set<Integer> late = new HashSet<>();

    private final Queue<Waiting> waiting = new ArrayDeque<>();
    private int waitingBytes;
    private int lastId;

    /**
     * @param onClogged called when the client has left so much unread or unacknowledged that it must go: 1,000 publishes, or 4 MiB that wait for
     *     its acknowledgements to be sent
     */
    Outbox(Wire wire, Duration ackTimeout, Terms terms, Runnable onClogged) {
        this.wire = wire;
        this.ackTimeout = ackTimeout;
        receiveMaximum = terms.receiveMaximum();
        maximumPacketSize = terms.maximumPacketSize();
        this.onClogged = onClogged;
    }

    /**
     * Publishes; never retained. Completes with the PUBACK, or with quality of service 0 once it is written; on the event loop. Fails when the
     * client does not acknowledge in time, does not read, or goes, with a {@link RejectedException} when it can never take it, and with a {@link ReturnedException} when it
     * has no room for it now. When it is cancelled before the client takes it, it is not sent.
     */
    CompletableFuture<Void> publish(Publication publication, int qos) {
        var done = new CompletableFuture<Void>();
        var fault = publication.fault();
        if (fault.isPresent()) {
            done.completeExceptionally(new RejectedException(fault.get()));
            return done;
        }
        var bytes = publication.packetBytes();
        if (bytes > maximumPacketSize) {
            done.completeExceptionally(new RejectedException(
                    "a packet of " + bytes + " bytes, the client takes at most " + maximumPacketSize));
            return done;
        }
        if (wire.isClogged() || unanswered.size() + waiting.size() >= MAX_UNANSWERED || (qos > 0 && !fits(bytes))) {
            done.completeExceptionally(
                    new NotDeliveredException("the client does not read or does not acknowledge what it is sent"));
            onClogged.run();
            return done;
        }
        if (qos == 0) {
            wire.send(packet(publication).qos(MqttQoS.AT_MOST_ONCE).build()).onComplete(written -> {
                if (written.succeeded()) {
                    done.complete(null);
                } else {
                    done.completeExceptionally(written.cause());
                }
            });
            return done;
        }
        waiting.add(new Waiting(publication, bytes, done));
        waitingBytes += bytes;
        sendWaiting();
        return done;
    }

    /** Whether so much more may wait: one always may. */
    private boolean fits(int bytes) {
        return waiting.isEmpty() || waitingBytes + bytes <= MAX_WAITING_BYTES;
    }

    private void sendWaiting() {
        while (!waiting.isEmpty() && unanswered.size() + late.size() < receiveMaximum) {
            var next = waiting.remove();
            waitingBytes -= next.bytes();
            if (!next.done().isDone()) {
                send(next.publication(), next.done());
            }
        }
    }

    private void send(Publication publication, CompletableFuture<Void> done) {
        var id = nextId();
        var timer = wire.after(ackTimeout, () -> timedOut(id));
        unanswered.put(id, new Unanswered(done, timer));
        wire.send(packet(publication).qos(MqttQoS.AT_LEAST_ONCE).messageId(id).build());
    }

    private static MqttMessageBuilders.PublishBuilder packet(Publication publication) {
        return MqttMessageBuilders.publish()
                .topicName(publication.topic())
                .properties(publication.properties())
                .payload(Unpooled.wrappedBuffer(publication.body()));
    }

    /** When all that the client takes at once is late, nothing reaches it any more: it must go, and come back for what waits. */
    private void timedOut(int packetId) {
        var waits = unanswered.get(packetId);
        if (waits != null && wire.isPaused()) {
            // the answer may have come, and nobody reads it
            unanswered.put(packetId, new Unanswered(waits.done(), wire.after(ackTimeout, () -> timedOut(packetId))));
            return;
        }
        late.add(packetId);
        fail(packetId, "no PUBACK within " + ackTimeout.toSeconds() + " s");
        if (late.size() >= receiveMaximum) {
            onClogged.run();
        }
    }

    /** A PUBACK came; one that nobody waits for any more makes room and says nothing else. */
    void acknowledged(MqttMessageIdVariableHeader puback) {
        var answered = unanswered.remove(puback.messageId());
        if (answered == null) {
            if (late.remove(puback.messageId())) {
                sendWaiting();
            }
            return;
        }
        answered.timer().cancel(false);
        var code = puback instanceof MqttPubReplyMessageVariableHeader reply ? reply.reasonCode() : 0;
        if (Byte.toUnsignedInt(code) < FIRST_REFUSAL) {
            answered.done().complete(null);
        } else if (code == PubAck.QUOTA_EXCEEDED.byteValue()) {
            answered.done().completeExceptionally(new ReturnedException("the client has no room for it now"));
        } else {
            answered.done()
                    .completeExceptionally(new RejectedException("the client refused it with reason code 0x"
                            + HexFormat.of().toHexDigits(code)));
        }
        sendWaiting();
    }

    /** The client is gone: nothing more will be acknowledged. */
    void close() {
        for (var id : unanswered.keySet().toArray(Integer[]::new)) {
            fail(id, "the client is gone");
        }
        while (!waiting.isEmpty()) {
            waiting.remove().done().completeExceptionally(new NotDeliveredException("the client is gone"));
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
        } while (unanswered.containsKey(lastId) || late.contains(lastId));
        return lastId;
    }

    private record Waiting(Publication publication, int bytes, CompletableFuture<Void> done) {}

    private record Unanswered(CompletableFuture<Void> done, ScheduledFuture<?> timer) {}
}
