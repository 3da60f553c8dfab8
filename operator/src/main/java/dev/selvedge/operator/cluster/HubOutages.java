package dev.selvedge.operator.cluster;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.render.Names;
import dev.selvedge.plan.HubInstance;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.informers.cache.Cache;

/** Since when hubs cannot be heard, as far as somebody has looked since the operator started. Thread-safe. */
public final class HubOutages {
    private final Function<HubInstance, Optional<String>> why;
    private final InstantSource clock;
    private final Map<String, Instant> since = new ConcurrentHashMap<>();

    /**
     * The outage of one hub.
     *
     * @param reason one of {@link dev.selvedge.operator.status.TwinFindings#OF_HUB}
     */
    public record Outage(String reason, Duration lasted) {}

    /** Begins to listen; to be made before the caches start. */
    public HubOutages(ClusterCaches caches, InstantSource clock) {
        this(new Replicas(caches)::outage, clock);
        caches.of(StatefulSet.class).onChange((before, after) -> {
            if (before == null) {
                forget(Cache.metaNamespaceKeyFunc(after));
            } else if (after == null) {
                forget(Cache.metaNamespaceKeyFunc(before));
            }
        });
    }

    /**
     * Outages of hubs.
     *
     * @param why the reason for which a hub cannot be heard; empty when it can
     */
    HubOutages(Function<HubInstance, Optional<String>> why, InstantSource clock) {
        this.why = why;
        this.clock = clock;
    }

    /** The outage of a hub; empty when it can be heard. */
    public Optional<Outage> of(HubInstance hub) {
        var key = Cache.namespaceKeyFunc(
                hub.hub().getMetadata().getNamespace(), Names.hub(hub.node().name()));
        var reason = why.apply(hub);
        if (reason.isEmpty()) {
            forget(key);
            return Optional.empty();
        }
        var now = clock.instant();
        return reason.map(r -> new Outage(r, Duration.between(since.computeIfAbsent(key, _ -> now), now)));
    }

    /** Begins anew for a hub whose StatefulSet, of this key, came or went. */
    void forget(String key) {
        since.remove(key);
    }
}
