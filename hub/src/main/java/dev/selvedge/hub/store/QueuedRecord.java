package dev.selvedge.hub.store;

import org.jspecify.annotations.Nullable;

/** A record that an {@link EndpointQueue} handed out. One thread at a time. */
public final class QueuedRecord {
    private final int priority;
    private final long sequence;
    private final int source;
    private final long storedAtMillis;
    private final long expiresAtMillis;
    private final int bytes;
    private byte @Nullable [] payload;

    QueuedRecord(int priority, long sequence, int source, long storedAtMillis, long expiresAtMillis, byte[] payload) {
        this.priority = priority;
        this.sequence = sequence;
        this.source = source;
        this.storedAtMillis = storedAtMillis;
        this.expiresAtMillis = expiresAtMillis;
        this.payload = payload;
        bytes = payload.length;
    }

    public int priority() {
        return priority;
    }

    /** Its number within its priority; the same whenever it is handed out again. */
    public long sequence() {
        return sequence;
    }

    /** The number of its source; 0 is nobody's. */
    public int source() {
        return source;
    }

    /** Epoch milliseconds. */
    public long storedAtMillis() {
        return storedAtMillis;
    }

    public long expiresAtMillis() {
        return expiresAtMillis;
    }

    public byte[] payload() {
        if (payload == null) {
            throw new IllegalStateException("the payload of record " + sequence + " was let go");
        }
        return payload;
    }

    /** How long its payload is, or was. */
    public int bytes() {
        return bytes;
    }

    /** Its payload is not needed any more, whatever becomes of it: it takes no memory meanwhile. */
    public void letGoOfPayload() {
        payload = null;
    }

    /** Whether the two are of different sources for certain. */
    public boolean isOfAnotherSource(QueuedRecord other) {
        return source != 0 && other.source != 0 && source != other.source;
    }
}
