package dev.selvedge.operator.render;

import java.util.List;
import java.util.Map;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.plan.Site;
import dev.selvedge.plan.SiteNode;
import dev.selvedge.plan.SitePlan;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.rbac.RoleRef;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

final class HubPodTest {
    @Test
    void aHubWithALargeStoreHasAnHourToReadIt() {
        var startup = hub().getStartupProbe();

        assertThat(startup.getPeriodSeconds() * startup.getFailureThreshold()).isGreaterThanOrEqualTo(3600);
        assertThat(startup.getPeriodSeconds())
                .as("a hub that has little to read is seen at once")
                .isEqualTo(1);
    }

    private static Container hub() {
        var edgeHub = Serialization.unmarshal("""
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeHub
                metadata: {name: hub, namespace: site, uid: hub-uid}
                spec: {nodeSelector: {}, storage: {size: 8Gi}}
                """, EdgeHub.class);
        var plan = SitePlan.of(
                new Site(List.of(edgeHub), List.of(), List.of(SiteNode.of("edge-1", Map.of(), true)), Map.of()));
        var settings = new HubSettings(
                "hub:1",
                "IfNotPresent",
                List.of(),
                new ResourceRequirements(),
                new RoleRef("rbac.authorization.k8s.io", "ClusterRole", "selvedge-hub"));
        var material = new HubObjects.Material("CA\n", "CERTIFICATE\n", "KEY\n", "0123456789abcdef");
        return HubPod.statefulSet(plan.hubs().getFirst(), material, settings)
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst();
    }
}
