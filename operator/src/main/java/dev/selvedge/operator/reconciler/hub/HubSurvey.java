package dev.selvedge.operator.reconciler.hub;

import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.cluster.Replicas;
import dev.selvedge.operator.cluster.Sites;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.status.Finding;
import dev.selvedge.operator.status.HubFindings;
import dev.selvedge.plan.HubInstance;
import dev.selvedge.plan.Site;

/** Reads what is known of a site's hubs: what is asked of them, and what their pods, their twins and their certificates say. */
final class HubSurvey {
    private final ClusterCaches caches;
    private final Replicas replicas;
    private final HubCertificates certificates;

    HubSurvey(ClusterCaches caches, InstantSource clock) {
        this.caches = caches;
        replicas = new Replicas(caches);
        certificates = new HubCertificates(caches, clock);
    }

    Site site(String namespace) {
        return new Sites(caches).read(namespace);
    }

    /** How many hubs are up and are what was asked for last. */
    long ready(List<HubInstance> hubs) {
        return hubs.stream().filter(this::isReady).count();
    }

    /** All conditions of an EdgeHub, by type: {@code ready} with what its hubs say that keeps them from doing their work, and the others. */
    Map<String, List<Finding>> conditions(EdgeHub hub, List<HubInstance> instances, List<Finding> ready) {
        var said = HubFindings.of(
                instances.stream()
                        .map(i -> new HubFindings.Hub(i.node(), isReady(i), said(i)))
                        .toList(),
                hub.getSpec().upstream() != null);
        var all = new LinkedHashMap<String, List<Finding>>();
        var full = said.getOrDefault(Condition.STORE_READY, List.of()).stream()
                .filter(finding -> finding.reason().equals(Reasons.STORE_FULL));
        all.put(Condition.READY, Stream.concat(ready.stream(), full).toList());
        all.putAll(said);
        var certified = certificates.findings(instances);
        if (!certified.isEmpty()) {
            all.put(Condition.CERTIFICATE_VALID, certified);
        }
        return all;
    }

    private boolean isReady(HubInstance hub) {
        return replicas.ready(namespace(hub), name(hub));
    }

    private List<Condition> said(HubInstance hub) {
        return caches.of(ModuleTwin.class)
                .get(namespace(hub), Names.twin(Names.HUB, hub.node().name()))
                .map(twin -> HubFindings.said(twin.getStatus()))
                .orElse(List.of());
    }

    private static String name(HubInstance hub) {
        return Names.hub(hub.node().name());
    }

    private static String namespace(HubInstance hub) {
        return hub.hub().getMetadata().getNamespace();
    }
}
