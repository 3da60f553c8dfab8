package dev.selvedge.operator.cluster;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.plan.SitePlan;

/** The plan of each site, kept until something that it is made of changes: for those who ask once for every twin. Thread-safe. */
public final class SitePlans {
    private final Sites sites;
    private final Map<String, SitePlan> plans = new ConcurrentHashMap<>();

    public SitePlans(ClusterCaches caches) {
        sites = new Sites(caches);
    }

    /** The plan as of the last change. */
    public SitePlan of(String namespace) {
        return plans.computeIfAbsent(namespace, name -> SitePlan.of(sites.read(name)));
    }

    /** Forgets the plan of a site; called after the caches know of the change. */
    void changed(String namespace) {
        plans.remove(namespace);
    }
}
