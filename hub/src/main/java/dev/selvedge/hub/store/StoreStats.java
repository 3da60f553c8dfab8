package dev.selvedge.hub.store;

import java.util.List;
import java.util.Map;

/**
 * The account of a store. For every queue {@code received = delivered + expired + dropped + queued}, exactly, across restarts.
 *
 * @param bytes bytes of all segments
 * @param maxBytes their limit
 * @param lostRecords records found missing or damaged at any start since the store was made; some may have been delivered before
 * @param lostEntries places in the state journal that were damaged, at least one entry each: newer values of twins, sessions or cursors
 * @param syncs forces of the log since the start
 * @param syncNanos time spent in them
 */
public record StoreStats(
        List<Queue> queues, long bytes, long maxBytes, long lostRecords, long lostEntries, long syncs, long syncNanos) {
    /** One endpoint in one priority. */
    public record Queue(
            String endpoint,
            int priority,
            long received,
            long delivered,
            long expired,
            Map<String, Long> dropped,
            long queued) {}
}
