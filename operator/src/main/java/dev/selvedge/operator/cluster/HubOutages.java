package dev.selvedge.operator.cluster;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.render.Names;
import dev.selvedge.plan.HubInstance;

/** Since when hubs are down, as far as somebody has looked since the operator started. Thread-safe. */
public final class HubOutages {
    private final Replicas replicas;
    private final InstantSource clock;
    private final Map<String, Instant> downSince = new ConcurrentHashMap<>();

    public HubOutages(ClusterCaches caches, InstantSource clock) {
        replicas = new Replicas(caches);
        this.clock = clock;
    }

    /** How long a hub has been down; empty when it is up. */
    public Optional<Duration> of(HubInstance hub) {
        var namespace = hub.hub().getMetadata().getNamespace();
        var name = Names.hub(hub.node().name());
        if (replicas.up(namespace, name)) {
            downSince.remove(namespace + "/" + name);
            return Optional.empty();
        }
        var now = clock.instant();
        return Optional.of(Duration.between(downSince.computeIfAbsent(namespace + "/" + name, _ -> now), now));
    }
}
