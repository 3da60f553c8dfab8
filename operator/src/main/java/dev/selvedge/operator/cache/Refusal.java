package dev.selvedge.operator.cache;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Objects;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;

/**
 * Tells a refusal of the pod that is missing now from one of a pod before it. Events stay for an hour; but when a pod comes or goes, its
 * StatefulSet's controller writes that into the status, and when another pod is wanted, the StatefulSet is changed.
 */
final class Refusal {
    /** Times are whole seconds, and a controller that fails complains before it writes. */
    private static final Duration ALMOST = Duration.ofSeconds(2);

    private Refusal() {}

    /**
     * Whether a complaint that a pod cannot be created still counts.
     *
     * @param whole the StatefulSet of that one pod, with all its managed fields
     */
    static boolean counts(Event complaint, StatefulSet whole) {
        var status = whole.getStatus();
        var noticed = status == null
                || status.getReplicas() == null
                || Integer.valueOf(0).equals(status.getReplicas());
        var written = whole.getMetadata().getManagedFields().stream()
                .map(ManagedFieldsEntry::getTime)
                .filter(Objects::nonNull)
                .map(Instant::parse)
                .max(Comparator.naturalOrder())
                .orElse(Instant.EPOCH);
        var said = complaint.getLastTimestamp();
        return noticed && (said == null || !Instant.parse(said).plus(ALMOST).isBefore(written));
    }
}
