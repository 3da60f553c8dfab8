package dev.selvedge.hub.desk;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A store in numbers.
 *
 * @param bytes bytes of the log and of the quarantine
 * @param maxBytes null when nobody has set a limit, as in a folder without a hub
 * @param lostRecords records found missing or damaged, ever
 */
public record Contents(
        long bytes, @Nullable Long maxBytes, long lostRecords, List<Queue> queues, List<Quarantine> quarantine) {
    /**
     * One endpoint in one priority; {@code received = delivered + expired + dropped + quarantined + waiting}.
     *
     * @param priority 10: after all that have one
     * @param bytes of the log that are kept because of it, messages for others among them
     * @param oldest when the oldest that waits was stored, ISO 8601; null when none waits
     */
    public record Queue(
            String endpoint,
            int priority,
            long waiting,
            long bytes,
            @Nullable String oldest,
            long received,
            long delivered,
            long expired,
            Map<String, Long> dropped,
            long quarantined) {}

    /**
     * What is in quarantine for one endpoint.
     *
     * @param bytes of the messages
     * @param oldest when the first of them came there, ISO 8601
     * @param reason why the last of them did
     */
    public record Quarantine(String endpoint, long messages, long bytes, String oldest, String reason) {}
}
