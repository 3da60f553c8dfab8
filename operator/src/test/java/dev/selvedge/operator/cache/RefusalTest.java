package dev.selvedge.operator.cache;

import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

final class RefusalTest {
    private static final String NOON = "2026-03-01T12:00:00Z";

    @Test
    void aRefusalCountsUntilTheStatefulSetIsWrittenAgain() {
        assertThat(counts(NOON, set("11:00:00", NOON, 0))).isTrue();
        assertThat(counts("2026-03-01T12:20:00Z", set("11:00:00", NOON, 0)))
                .as("the cluster tries again and again")
                .isTrue();
        assertThat(counts(NOON, set("11:00:00", "2026-03-01T12:00:01Z", 0)))
                .as("it writes that there is no pod after it has complained")
                .isTrue();
        assertThat(counts(NOON, set("11:00:00", "2026-03-01T12:00:11Z", 0)))
                .as("a pod came, and went")
                .isFalse();
        assertThat(counts(NOON, set("12:30:00", NOON, 0)))
                .as("another pod is wanted")
                .isFalse();
        assertThat(counts(NOON, set("11:00:00", NOON, 1)))
                .as("nobody has noticed yet that the pod is gone")
                .isFalse();
    }

    private static boolean counts(String said, StatefulSet set) {
        return Refusal.counts(new EventBuilder().withLastTimestamp(said).build(), set);
    }

    private static StatefulSet set(String asked, String status, int replicas) {
        return Serialization.unmarshal("""
                apiVersion: apps/v1
                kind: StatefulSet
                metadata:
                  name: m--edge-1
                  managedFields:
                    - {manager: selvedge-operator, operation: Apply, time: '2026-03-01T%s'}
                    - {manager: kube-controller-manager, operation: Update, subresource: status, time: '%s'}
                status: {replicas: %d}
                """.formatted(asked + "Z", status, replicas), StatefulSet.class);
    }
}
