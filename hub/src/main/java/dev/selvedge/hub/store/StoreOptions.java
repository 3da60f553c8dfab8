package dev.selvedge.hub.store;

/**
 * Sizes of a store.
 *
 * @param maxBytes most bytes of all segments together
 * @param segmentBytes size at which a segment is closed; the unit in which disk is given back
 * @param freeBytesFloor free bytes of the volume below which the store counts as full
 */
public record StoreOptions(long maxBytes, int segmentBytes, long freeBytesFloor) {
    private static final int MIB = 1 << 20;

    /** Segments of a sixteenth of the limit, between 1 and 16 MiB, and 16 MiB of the volume left free. */
    public static StoreOptions of(long maxBytes) {
        var segment = Math.clamp(maxBytes / 16, MIB, 16 * MIB);
        return new StoreOptions(maxBytes, segment, 16L * MIB);
    }
}
