package dev.selvedge.hub.store;

/**
 * What one segment holds for one cursor that is not settled in order yet. This is all that a waiting record costs in memory: a handful of numbers
 * for each segment, so that a whole segment can be settled by count without being read. Guarded by its cursor.
 */
final class Part {
    final Segment segment;
    /** Where in the file the first record is that is not settled. */
    long offset;

    long lastSequence;
    long lastOrdinal;
    /** Whole records that wait. */
    long waiting;
    /** When the last of them expires, epoch milliseconds. */
    long lastExpiry;

    Part(Segment segment, long offset) {
        this.segment = segment;
        this.offset = offset;
    }
}
