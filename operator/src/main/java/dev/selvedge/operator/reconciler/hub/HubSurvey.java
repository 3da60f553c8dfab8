package dev.selvedge.operator.reconciler.hub;

import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
    /** What keeps a hub that runs from doing its work: it takes no message, or nobody connects to it. */
    private static final Set<String> UNFIT = Set.of(Reasons.STORE_FULL, Reasons.CERTIFICATE_EXPIRED);

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
        var certified = certificates.findings(instances);
        var all = new LinkedHashMap<String, List<Finding>>();
        all.put(Condition.READY, ready(ready, said.getOrDefault(Condition.STORE_READY, List.of()), certified));
        all.putAll(said);
        if (!certified.isEmpty()) {
            all.put(Condition.CERTIFICATE_VALID, certified);
        }
        return all;
    }

    static List<Finding> ready(List<Finding> found, List<Finding> store, List<Finding> certified) {
        return Stream.concat(
                        found.stream(),
                        Stream.concat(store.stream(), certified.stream())
                                .filter(finding -> UNFIT.contains(finding.reason())))
                .toList();
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
