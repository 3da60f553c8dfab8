package dev.selvedge.operator.cluster;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.rollout.Instance;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import org.jspecify.annotations.Nullable;

/**
 * How long instances are well, or not, as this operator has seen itself. The API server's time stamps do not tell: they are by another clock, and say
 * when an instance was changed, not whether it was well since. Thread-safe.
 */
public final class Troubles {
    private final InstantSource steady;
    /** By uid of its StatefulSet. */
    private final Map<String, Watched> instances = new ConcurrentHashMap<>();
    /** By namespace and name of the instance. */
    private final Map<String, Refused> refused = new ConcurrentHashMap<>();

    /** A Job that the API server did not take, by its name, and since when it does not. */
    private record Refused(String job, Instant since) {}

    /** Begins to listen; to be made before the caches start. */
    public Troubles(ClusterCaches caches, InstantSource steady) {
        this(steady);
        caches.of(StatefulSet.class).onChange((before, after) -> {
            if (before != null && after == null) {
                instances.remove(before.getMetadata().getUid());
                refused.remove(Cache.metaNamespaceKeyFunc(before));
            }
        });
    }

    /** Those that nobody forgets. */
    public Troubles(InstantSource steady) {
        this.steady = steady;
    }

    /**
     * An instance with its trouble after this look at it. One that comes up for a moment and goes again is in trouble all the while, by the operator's own
     * clock, whatever that of its node says; while its node does not answer it is in none.
     *
     * @param generation of its StatefulSet; with another one it begins anew
     * @param told it by the API server's times. Its chance began no earlier than its trouble, if that was seen to begin
     */
    public Instance look(String uid, @Nullable Long generation, Instance told, Instant now) {
        var moment = steady.instant();
        return instances
                .compute(uid, (_, before) -> Watched.after(before, generation, told, moment))
                .of(told, now, moment);
    }

    /** Forgets the trouble of an instance that nobody waits for or looks at: its node is cordoned, or it is to stop. */
    public void excuse(String uid) {
        instances.computeIfPresent(uid, (_, watched) -> watched.excused());
    }

    /** Notes that the API server does not take the Job that is to pull for an instance of this name; whether that is new. */
    public boolean refused(String instance, Job job, Instant now) {
        var name = job.getMetadata().getName();
        var before = refusedSince(instance, job);
        refused.put(key(instance, job), new Refused(name, before.orElse(now)));
        return before.isEmpty();
    }

    /** Notes that the API server has taken the Job; whether it did not before. */
    public boolean taken(String instance, Job job) {
        return refused.remove(key(instance, job)) != null;
    }

    /** Since when it does not; empty when it was not asked to. */
    public Optional<Instant> refusedSince(String instance, Job job) {
        return Optional.ofNullable(refused.get(key(instance, job)))
                .filter(found -> found.job().equals(job.getMetadata().getName()))
                .map(Refused::since);
    }

    private static String key(String instance, Job job) {
        return Cache.namespaceKeyFunc(job.getMetadata().getNamespace(), instance);
    }
}
