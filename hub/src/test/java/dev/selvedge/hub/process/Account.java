package dev.selvedge.hub.process;

import java.util.Map;

/** What a hub says of the messages for {@code $upstream}, all priorities together. */
record Account(long received, long delivered, long expired, long dropped, long quarantined, long queued) {

    /** Of series by name with labels. */
    static Account of(Map<String, Double> metrics) {
        return new Account(
                sum(metrics, "selvedge_messages_stored_total"),
                sum(metrics, "edgehub_messages_sent_total"),
                sum(metrics, "selvedge_messages_expired_total"),
                sum(metrics, "edgehub_messages_dropped_total"),
                sum(metrics, "selvedge_messages_quarantined"),
                sum(metrics, "edgehub_queue_length"));
    }

    private static long sum(Map<String, Double> metrics, String name) {
        return (long) metrics.entrySet().stream()
                .filter(series -> series.getKey().startsWith(name + "{"))
                .filter(series -> series.getKey().contains("endpoint=\"$upstream\""))
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }
}
