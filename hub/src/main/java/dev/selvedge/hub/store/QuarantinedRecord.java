package dev.selvedge.hub.store;

/**
 * A record in quarantine.
 *
 * @param reason what its receiver said, or why it was given up on
 * @param bytes length of its payload
 */
public record QuarantinedRecord(
        String endpoint,
        int priority,
        long sequence,
        long storedAtMillis,
        long quarantinedAtMillis,
        String reason,
        int bytes) {}
