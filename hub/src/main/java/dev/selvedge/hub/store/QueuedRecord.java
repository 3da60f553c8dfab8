package dev.selvedge.hub.store;

/**
 * A record that an {@link EndpointQueue} handed out.
 *
 * @param sequence its number within its priority; the same whenever it is handed out again
 * @param source the number of its source; 0 is nobody's
 * @param storedAtMillis epoch milliseconds
 */
public record QueuedRecord(
        int priority, long sequence, int source, long storedAtMillis, long expiresAtMillis, byte[] payload) {
    /** Whether the two are of different sources for certain. */
    public boolean isOfAnotherSource(QueuedRecord other) {
        return source != 0 && other.source != 0 && source != other.source;
    }
}
