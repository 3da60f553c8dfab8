package dev.selvedge.hub.health;

import org.jspecify.annotations.Nullable;

/**
 * What the hub's parts say of themselves at one moment.
 *
 * @param generation version of the configuration that the hub obeys
 * @param bytes bytes the message log takes
 * @param maxBytes bytes it may take, {@link Long#MAX_VALUE} while nobody has said
 * @param volumeBytes bytes it could take before the volume is full
 * @param lostRecords stored messages that were found missing or damaged, by the start or since
 * @param lostEntries places of the state journal that the start found damaged
 * @param turnedAway messages that found no room in the store or had to make room, since some time before
 * @param upstream null where none is configured
 */
public record Facts(
        long generation,
        long bytes,
        long maxBytes,
        long volumeBytes,
        long lostRecords,
        long lostEntries,
        long turnedAway,
        @Nullable Link upstream) {

    /** Bytes that it was promised; all that the volume has while nobody has said. */
    long limit() {
        return maxBytes == Long.MAX_VALUE ? volumeBytes : maxBytes;
    }

    /** How many bytes it may still take before it or the volume is full. */
    long room() {
        return Math.max(0, Math.min(limit(), volumeBytes) - bytes);
    }

    /** Whether others on the volume leave less than it may take. */
    boolean isShared() {
        return volumeBytes < limit();
    }

    /**
     * The way to the upstream.
     *
     * @param url its address
     * @param trouble why it is not connected, in words; empty while nothing has been tried
     */
    public record Link(String url, boolean connected, String trouble) {
        boolean tried() {
            return connected || !trouble.isEmpty();
        }
    }
}
