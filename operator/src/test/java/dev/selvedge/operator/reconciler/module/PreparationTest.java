package dev.selvedge.operator.reconciler.module;

import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.status.Finding;
import dev.selvedge.plan.Site;
import dev.selvedge.plan.SiteNode;
import dev.selvedge.plan.SitePlan;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

final class PreparationTest {
    @Test
    void defaultsThatAreNestedTooDeepAreFoundAndNotApplied() {
        assertRefused(
                "{a: ".repeat(66) + "}".repeat(66),
                "spec.twin.desired is nested deeper than 64 levels; make it flatter: until then nothing of this module is changed");
    }

    @Test
    void defaultsThatAreTooLargeAreFoundAndNotApplied() {
        assertRefused(
                "{a: " + "x".repeat(32_768) + "}",
                "spec.twin.desired has 32776 bytes without white space, at most 32768 are allowed; make it smaller: until then nothing of this module is changed");
    }

    /** Over caches that hold nothing, and nobody who would send anything. */
    private static void assertRefused(String desired, String message) {
        var hub = Serialization.unmarshal("""
                kind: EdgeHub
                apiVersion: selvedge.dev/v1alpha1
                metadata: {name: line, namespace: site}
                spec: {storage: {size: 128Mi}}
                """, EdgeHub.class);
        var module = Serialization.unmarshal("""
                kind: EdgeModule
                apiVersion: selvedge.dev/v1alpha1
                metadata: {name: sensor, namespace: site}
                spec: {image: x, twin: {desired: %s}}
                """.formatted(desired), EdgeModule.class);
        var node = SiteNode.of("edge-1", Map.of(), true);
        var instance = SitePlan.of(new Site(List.of(hub), List.of(module), List.of(node), Map.of()))
                .modules()
                .getFirst();
        try (var client =
                new KubernetesClientBuilder().withConfig(Config.empty()).build()) {
            var caches = new ClusterCaches(client, Set.of(), List.of(), "nobody");

            var target = new Preparation(caches, null, null, List.of()).of(instance, null, null);

            assertThat(target.wanted()).isNull();
            assertThat(target.waiting()).isEqualTo(new Finding("edge-1", "Error", message));
        }
    }
}
