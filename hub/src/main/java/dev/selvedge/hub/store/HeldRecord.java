package dev.selvedge.hub.store;

/**
 * A record in quarantine with what it holds.
 *
 * @param number its place in the quarantine; what came later has a higher one
 */
public record HeldRecord(long number, QuarantinedRecord record, long expiresAtMillis, byte[] payload) {}
