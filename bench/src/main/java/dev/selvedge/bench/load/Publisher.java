package dev.selvedge.bench.load;

import java.io.IOException;
import java.util.Random;

import org.HdrHistogram.Histogram;

/** A client that publishes numbered messages with QoS 1. One thread, but for {@link #publish} and {@link #readAcknowledgement}. */
public final class Publisher implements AutoCloseable {
    private static final int MAX_PACKET_ID = 0xffff;

    private final Connection connection;
    private final int source;
    private final int packetIdFromEnd;
    private final byte[] packet;
    private final long[] sentAt = new long[MAX_PACKET_ID + 1];
    private byte[] batch = new byte[0];
    private int packetId;
    private long number;
    private long sent;
    private long acknowledged;

    /**
     * Connects.
     *
     * @param source its number among the publishers
     * @param first number of its first message
     * @param payloadBytes at least 20
     */
    public Publisher(Access access, int source, long first, int payloadBytes) throws IOException {
        this.source = source;
        number = first;
        packet = Connection.publish(access.topic(), payloadBytes);
        packetIdFromEnd = payloadBytes + 2;
        var noise = new byte[payloadBytes];
        new Random(source).nextBytes(noise);
        System.arraycopy(noise, 0, packet, packet.length - payloadBytes, payloadBytes);
        connection = new Connection(access, true);
    }

    /**
     * Publishes until it is {@code endNanos} or all {@code messages} are sent, with at most {@code window} unacknowledged, and waits for the last
     * acknowledgement.
     *
     * @param latencies gets the microseconds from each publish to its acknowledgement, if that came in time
     * @return how many were acknowledged in time
     */
    public long run(int window, long messages, long endNanos, Histogram latencies) throws IOException {
        var goal = sent + messages < 0 ? Long.MAX_VALUE : sent + messages;
        var inTime = 0L;
        send((int) Math.min(window, goal - sent));
        while (acknowledged < sent) {
            var answered = 0;
            var now = 0L;
            do {
                var id = readAcknowledgement();
                now = System.nanoTime();
                answered++;
                if (now <= endNanos) {
                    inTime++;
                    latencies.recordValue((now - sentAt[id]) / 1000);
                }
            } while (acknowledged < sent && connection.more());
            if (now < endNanos) {
                send((int) Math.min(answered, goal - sent));
            }
        }
        return inTime;
    }

    private void send(int count) throws IOException {
        var bytes = count * packet.length;
        if (batch.length < bytes) {
            batch = new byte[bytes];
        }
        var now = System.nanoTime();
        for (int i = 0; i < count; i++) {
            next(now);
            System.arraycopy(packet, 0, batch, i * packet.length, packet.length);
        }
        if (count > 0) {
            connection.write(batch, bytes);
        }
    }

    private void next(long nanos) {
        packetId = packetId % MAX_PACKET_ID + 1;
        sentAt[packetId] = nanos;
        var at = packet.length - packetIdFromEnd;
        packet[at] = (byte) (packetId >> 8);
        packet[at + 1] = (byte) packetId;
        Stamp.write(packet, at + 2, source, number++, nanos);
        sent++;
    }

    /** Publishes one message, stamped with {@code nanos}, and does not wait; another thread reads the acknowledgements. */
    public void publish(long nanos) throws IOException {
        next(nanos);
        connection.write(packet);
    }

    /** Waits for the next acknowledgement; returns its packet id. */
    public int readAcknowledgement() throws IOException {
        var type = connection.read();
        if (type != Connection.PUBACK) {
            throw new IOException("expected PUBACK, got a packet of type " + type);
        }
        acknowledged++;
        return connection.shortAt(0);
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
