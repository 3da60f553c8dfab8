package dev.selvedge.operator.cluster;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.plan.SitePlan;
import io.fabric8.kubernetes.api.model.Node;

/** The plan of each site, made anew only when a node, a hub or a module of any site has changed: for those who ask once for every twin. Thread-safe. */
public final class SitePlans {
    private final ClusterCaches caches;
    private final Map<String, Held> plans = new ConcurrentHashMap<>();

    public SitePlans(ClusterCaches caches) {
        this.caches = caches;
    }

    private record Held(List<Long> madeOf, SitePlan plan) {}

    /** The plan as of now. */
    public SitePlan of(String namespace) {
        var now = List.of(
                caches.of(Node.class).changes(),
                caches.of(EdgeHub.class).changes(),
                caches.of(EdgeModule.class).changes());
        return plans.compute(
                        namespace,
                        (_, held) -> held != null && held.madeOf().equals(now)
                                ? held
                                : new Held(now, SitePlan.of(new Sites(caches).read(namespace))))
                .plan();
    }
}
