package dev.selvedge.hub.store;

import java.util.List;
import java.util.Map;

/**
 * The account of a store. For every queue {@code received = delivered + expired + dropped + quarantined + queued}, exactly, across restarts.
 *
 * @param bytes bytes of all segments and of the quarantine
 * @param maxBytes their limit
 * @param volumeBytes what the volume has room for, them included
 * @param lostRecords records found missing or damaged, in the logs or in quarantine, at any start since the store was made; some may have been delivered before
 * @param lostAtStart those of them that the last start found
 * @param lostSinceStart records found damaged since then, once for each queue that misses them
 * @param lostEntries places in the state journal that were damaged, at least one entry each: newer values of twins, sessions or cursors
 * @param lostEntriesAtStart those of them that the last start found
 * @param syncs forces of the log since the start
 * @param syncNanos time spent in them
 * @param quarantineBytes bytes of the quarantine
 * @param volumeLow whether the volume has less room left than the store leaves free, for whatever reason
 */
public record StoreStats(
        List<Queue> queues,
        long bytes,
        long maxBytes,
        long volumeBytes,
        long lostRecords,
        long lostAtStart,
        long lostSinceStart,
        long lostEntries,
        long lostEntriesAtStart,
        long syncs,
        long syncNanos,
        long quarantineBytes,
        boolean volumeLow) {
    /** By how much the accounts of all queues are out: 0, or something is wrong with this hub. */
    public long mismatch() {
        return queues.stream().mapToLong(queue -> Math.abs(queue.mismatch())).sum();
    }

    /** Messages found missing or damaged by the last start or since. */
    public long lost() {
        return lostAtStart + lostSinceStart;
    }

    /**
     * One endpoint in one priority.
     *
     * @param dropped how many were given up, by reason
     * @param queued how many wait, handed out or not
     * @param quarantined how many are in quarantine now
     */
    public record Queue(
            String endpoint,
            int priority,
            long received,
            long delivered,
            long expired,
            Map<String, Long> dropped,
            long queued,
            long quarantined) {
        /** What was received and is not accounted for. */
        public long mismatch() {
            var given = dropped.values().stream().mapToLong(Long::longValue).sum();
            return received - delivered - expired - given - quarantined - queued;
        }
    }
}
