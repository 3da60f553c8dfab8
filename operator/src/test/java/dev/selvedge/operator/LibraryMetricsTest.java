package dev.selvedge.operator;

import java.io.IOException;
import java.time.InstantSource;
import java.util.Map;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.operator.metrics.MetricsTable;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.api.reconciler.Constants;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetrics;
import io.javaoperatorsdk.operator.processing.GroupVersionKind;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.controller.ResourceAction;
import io.javaoperatorsdk.operator.processing.event.source.controller.ResourceEvent;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What the operator's libraries tell once everything that they count has happened. The Java Operator SDK does not say what its metrics mean; this does. */
class LibraryMetricsTest {
    private static final Map<String, String> CONFIGURATION = Map.of(
            "SELVEDGE_HUB_IMAGE", "hub:1", "SELVEDGE_HUB_ROLE", "ClusterRole/hub", "SELVEDGE_NAMESPACE", "selvedge");

    private static final Map<String, String> MEANINGS = Map.of(
            "operator_sdk_events_received_total", "Changes that a controller was told of.",
            "operator_sdk_events_delete_total", "Objects whose end was dealt with.",
            "operator_sdk_reconciliations_started_total",
                    "Reconciliations that began, by how often they were tried before.",
            "operator_sdk_reconciliations_success_total", "Reconciliations that ended well.",
            "operator_sdk_reconciliations_failed_total",
                    "Reconciliations that failed, by exception; they are tried again.",
            "operator_sdk_controllers_execution_reconcile_seconds", "How long reconciliations took.",
            "operator_sdk_controllers_execution_reconcile_seconds_max", "The longest of the last minutes.",
            "operator_sdk_controllers_execution_reconcile_success_total",
                    "Reconciliations that ended well, by what they asked of the SDK.",
            "operator_sdk_controllers_execution_reconcile_failure_total", "Reconciliations that failed, by exception.");

    @Test
    void thePageSaysWhatTheLibrariesTell() throws IOException {
        new MetricsTable("operator's libraries").says(scrape(), LibraryMetricsTest::meaning);
    }

    private static String meaning(String name) {
        if (name.startsWith("operator_sdk_reconciliations_executions_")) {
            return "Objects that this controller looks at now.";
        }
        if (name.startsWith("operator_sdk_reconciliations_queue_size_")) {
            return "Objects that this controller looks at now or will.";
        }
        var meaning = MEANINGS.get(name);
        if (meaning == null) {
            throw new AssertionError("nobody says what " + name + " means");
        }
        return meaning;
    }

    /** An operator to which happened once whatever its SDK counts. */
    private static String scrape() {
        var registry = OperatorMain.registry();
        var metrics = MicrometerMetrics.withoutPerResourceMetrics(registry);
        var nowhere = new ConfigBuilder(Config.empty())
                .withMasterUrl("https://127.0.0.1:1")
                .build();
        try (var client = new KubernetesClientBuilder().withConfig(nowhere).build();
                var _ = new SelvedgeOperator(
                        OperatorConfig.from(CONFIGURATION), client, InstantSource.system(), metrics, () -> {})) {
            var hub = new EdgeHub();
            hub.setMetadata(new ObjectMetaBuilder()
                    .withName("hub")
                    .withNamespace("site")
                    .build());
            var id = ResourceID.fromResource(hub);
            Map<String, Object> about = Map.of(
                    Constants.CONTROLLER_NAME,
                    "hubreconciler",
                    Constants.RESOURCE_GVK_KEY,
                    GroupVersionKind.gvkFor(EdgeHub.class));
            metrics.receivedEvent(new ResourceEvent(ResourceAction.ADDED, id, hub), about);
            metrics.reconcileCustomResource(hub, null, about);
            metrics.reconciliationExecutionStarted(hub, about);
            metrics.timeControllerExecution(new Execution(id, about, true));
            metrics.finishedReconciliation(hub, about);
            assertThatThrownBy(() -> metrics.timeControllerExecution(new Execution(id, about, false)))
                    .hasCauseInstanceOf(IllegalStateException.class);
            metrics.failedReconciliation(hub, new IllegalStateException(), about);
            metrics.reconciliationExecutionFinished(hub, about);
            metrics.cleanupDoneFor(id, about);
            return registry.scrape();
        }
    }

    private record Execution(ResourceID resourceID, Map<String, Object> metadata, boolean good)
            implements Metrics.ControllerExecution<Boolean> {
        @Override
        public String name() {
            return "reconcile";
        }

        @Override
        public String controllerName() {
            return "hubreconciler";
        }

        @Override
        public String successTypeName(Boolean result) {
            return "resource";
        }

        @Override
        public Boolean execute() {
            if (!good) {
                throw new IllegalStateException();
            }
            return good;
        }
    }
}
