package dev.selvedge.hub.health;

import org.jspecify.annotations.Nullable;

/**
 * What the hub's parts say of themselves at one moment.
 *
 * @param generation version of the configuration that the hub obeys
 * @param bytes bytes the message log takes
 * @param maxBytes bytes it may take
 * @param lostRecords stored messages that the start found missing or damaged
 * @param turnedAway messages that found no room in the store or had to make room, since some time before
 * @param upstream null where none is configured
 */
public record Facts(
        long generation,
        long bytes,
        long maxBytes,
        long lostRecords,
        long turnedAway,
        @Nullable Link upstream) {

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
