package dev.selvedge.hub.page;

import java.util.List;
import java.util.Map;

import dev.selvedge.hub.log.Problem;
import org.jspecify.annotations.Nullable;

/**
 * What the status page shows, as {@code /status.json} has it. It holds no message, no property of a twin and no credential. Counters only grow
 * while the hub runs, but for {@link Route#taken()}, which begins anew when the routes change; who wants rates compares two of these.
 *
 * @param time RFC 3339
 * @param ready whether the hub has a configuration and lets clients in
 * @param upstream null when the hub has none
 * @param problems last warnings and errors, newest first
 */
public record Status(
        String device,
        String time,
        boolean ready,
        Store store,
        @Nullable Upstream upstream,
        List<Queue> queues,
        List<Route> routes,
        List<Twin> twins,
        List<Problem> problems) {
    /**
     * The message log.
     *
     * @param maxBytes null while nobody has set a limit
     * @param volumeLow whether the volume has less room left than the store leaves free
     * @param lostRecords messages found missing or damaged by the last start or since
     */
    public record Store(long bytes, @Nullable Long maxBytes, boolean volumeLow, long lostRecords) {}

    /** The upstream in force. */
    public record Upstream(String kind, String address, boolean connected) {}

    /**
     * One endpoint, all priorities together.
     *
     * @param dropped messages given up, by reason
     * @param oldestSeconds age of the oldest message that waits; null when none does
     */
    public record Queue(
            String endpoint,
            long waiting,
            @Nullable Long oldestSeconds,
            long stored,
            long sent,
            long expired,
            long quarantined,
            Map<String, Long> dropped) {}

    /**
     * One route in force, or one that cannot be understood.
     *
     * @param priority null: after all that have one
     * @param problem why the route is not in force; null when it is
     */
    public record Route(
            String name,
            String text,
            @Nullable Integer priority,
            long taken,
            @Nullable String problem) {}

    /** One twin, without its properties. */
    public record Twin(String identity, boolean connected, long desiredVersion, long reportedVersion) {}
}
