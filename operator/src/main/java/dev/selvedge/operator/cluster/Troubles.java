package dev.selvedge.operator.cluster;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.rollout.Instance;
import dev.selvedge.operator.rollout.Rollout;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import org.jspecify.annotations.Nullable;

/**
 * How long instances have not been well, as this operator has seen itself. The API server's time stamps do not tell: they are by another clock, and say
 * when an instance was changed, not whether it was well since. Thread-safe.
 */
public final class Troubles {
    private final InstantSource steady;
    /** By uid of its StatefulSet. */
    private final Map<String, Seen> instances = new ConcurrentHashMap<>();
    /** By namespace and name of the instance. */
    private final Map<String, Refused> refused = new ConcurrentHashMap<>();

    /**
     * @param change what it has
     * @param since when it was first seen not to be well with that; null when it was not
     * @param begun whether that was seen to begin; else it is older
     * @param upSince when it was seen to come up again; null while it is down
     */
    private record Seen(
            String change,
            @Nullable Instant since,
            boolean begun,
            @Nullable Instant upSince) {
        boolean inTrouble(Instant moment) {
            return since != null
                    && (upSince == null || upSince.plus(Rollout.SETTLED).isAfter(moment));
        }
    }

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
        var change = change(generation, told);
        var moment = steady.instant();
        var up = told.up() && !told.pulling();
        var seen = instances.compute(uid, (_, before) -> {
            var same = before != null && before.change().equals(change);
            if (!told.reachable()) {
                return new Seen(change, null, true, null);
            }
            if (same && before.inTrouble(moment)) {
                var upSince = before.upSince() == null ? moment : before.upSince();
                return new Seen(change, before.since(), before.begun(), up ? upSince : null);
            }
            return up ? new Seen(change, null, true, null) : new Seen(change, moment, before != null, null);
        });
        var since = seen.since();
        var lasted = since == null ? Duration.ZERO : Duration.between(since, moment);
        return told.troubled(seen.begun() ? now.minus(lasted) : Instant.EPOCH, lasted);
    }

    /** Forgets the trouble of an instance that nobody waits for: its node is cordoned. */
    public void excuse(String uid) {
        instances.computeIfPresent(uid, (_, seen) -> new Seen(seen.change(), null, true, null));
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

    /** To pull for a change and to run with it are two things, and each has its time. */
    private static String change(@Nullable Long generation, Instance instance) {
        return instance.pulling() ? "pulls since " + instance.pull().begun() : "runs as " + generation;
    }
}
