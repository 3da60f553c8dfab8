package dev.selvedge.hub.store;

/**
 * A record that an {@link EndpointQueue} handed out.
 *
 * @param sequence its number within its priority; the same whenever it is handed out again
 * @param storedAtMillis epoch milliseconds
 */
public record QueuedRecord(int priority, long sequence, long storedAtMillis, long expiresAtMillis, byte[] payload) {}
