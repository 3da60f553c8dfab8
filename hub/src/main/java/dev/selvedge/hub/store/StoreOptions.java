package dev.selvedge.hub.store;

/**
 * Sizes of a store.
 *
 * @param maxBytes most bytes of all segments together
 * @param segmentBytes size at which a segment is closed; the unit in which disk is given back
 * @param freeBytesFloor free bytes of the volume below which the store counts as full
 * @param quarantineRecords most records in quarantine
 * @param quarantineBytes most bytes in quarantine
 */
public record StoreOptions(
        long maxBytes, int segmentBytes, long freeBytesFloor, int quarantineRecords, long quarantineBytes) {
    private static final int MIB = 1 << 20;

    /** With a quarantine of 1,000 records and 16 MiB. */
    public StoreOptions(long maxBytes, int segmentBytes, long freeBytesFloor) {
        this(maxBytes, segmentBytes, freeBytesFloor, 1000, 16L * MIB);
    }

    /** Segments of a sixteenth of the limit, between 1 and 16 MiB, and 16 MiB of the volume left free. */
    public static StoreOptions of(long maxBytes) {
        var segment = Math.clamp(maxBytes / 16, MIB, 16 * MIB);
        return new StoreOptions(maxBytes, segment, 16L * MIB);
    }
}
