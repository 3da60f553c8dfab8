package dev.selvedge.bench.load;

import java.io.IOException;

/** A client that takes messages with QoS 1 and acknowledges each at once. It has a thread of its own. */
public final class Subscriber implements AutoCloseable {
    private static final int ACK_BYTES = 4;
    private static final int MAX_ACKS = 64;

    private final Connection connection;
    private final Arrival arrival;
    private final byte[] acks = new byte[MAX_ACKS * ACK_BYTES];
    private final Thread thread;
    private int ackBytes;

    /** What is done with each message, on the subscriber's thread; it is acknowledged afterwards. */
    @FunctionalInterface
    public interface Arrival {
        /**
         * A message came.
         *
         * @param number its number, counted from 1 for each source
         * @param sentNanos {@link System#nanoTime} of when it was sent, or due
         */
        void arrived(int source, long number, long sentNanos);
    }

    /** Connects, subscribes and begins to take messages. */
    public Subscriber(Access access, boolean cleanSession, Arrival arrival) throws IOException {
        this.arrival = arrival;
        connection = new Connection(access, cleanSession);
        try {
            subscribe(access.topic());
        } catch (IOException e) {
            connection.close();
            throw e;
        }
        thread = Thread.ofPlatform().daemon().name("subscriber").start(this::run);
    }

    /** Makes the server forget all that waits for the client, and keep for it what comes from now on while nobody is connected. */
    public static void leaveEmptySession(Access access) throws IOException {
        new Connection(access, true).close();
        new Subscriber(access, false, (_, _, _) -> {}).close();
    }

    private void subscribe(String filter) throws IOException {
        connection.subscribe(filter);
        while (readOne() != Connection.SUBACK) {
            // what had waited for the session comes first
        }
        if (connection.body()[2] != 1) {
            throw new IOException("the server did not let anybody subscribe to " + filter);
        }
    }

    private int readOne() throws IOException {
        var type = connection.read();
        if (type == Connection.PUBLISH) {
            take();
        }
        if (ackBytes == acks.length || (ackBytes > 0 && !connection.more())) {
            connection.write(acks, ackBytes);
            ackBytes = 0;
        }
        return type;
    }

    private void run() {
        try {
            while (true) {
                readOne();
            }
        } catch (IOException _) {
            // closed by us or by the server: whoever needs to know asks alive()
        }
    }

    private void take() {
        var body = connection.body();
        var topicLength = connection.shortAt(0);
        var acknowledge = (connection.flags() & 2) != 0;
        var payload = 2 + topicLength + (acknowledge ? 2 : 0);
        if (connection.length() - payload >= Stamp.BYTES) {
            arrival.arrived(Stamp.source(body, payload), Stamp.number(body, payload), Stamp.nanos(body, payload));
        }
        if (acknowledge) {
            acks[ackBytes] = (byte) (Connection.PUBACK << 4);
            acks[ackBytes + 1] = 2;
            acks[ackBytes + 2] = body[2 + topicLength];
            acks[ackBytes + 3] = body[3 + topicLength];
            ackBytes += ACK_BYTES;
        }
    }

    /** Whether it is still connected. */
    public boolean alive() {
        return thread.isAlive();
    }

    @Override
    public void close() throws IOException {
        connection.close();
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
