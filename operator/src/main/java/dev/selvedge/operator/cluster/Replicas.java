package dev.selvedge.operator.cluster;

import java.time.Instant;
import java.util.Optional;

import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.cache.Nodes;
import dev.selvedge.operator.render.Labels;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.render.PullJob;
import dev.selvedge.operator.status.Complaints;
import dev.selvedge.operator.status.Finding;
import dev.selvedge.operator.status.PodDiagnosis;
import dev.selvedge.plan.HubInstance;
import dev.selvedge.plan.SiteNode;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import org.jspecify.annotations.Nullable;

/** The instances of a site as the cluster has them: each a StatefulSet of one, by its name, and its pod. */
public final class Replicas {
    private final ClusterCaches caches;

    public Replicas(ClusterCaches caches) {
        this.caches = caches;
    }

    public boolean exists(String namespace, String name) {
        return set(namespace, name) != null;
    }

    /** Whether it is a module that was told to have no pod. Of a hub nobody asks that but who scales it by hand, to look at its volume. */
    public boolean stopped(String namespace, String name) {
        var set = set(namespace, name);
        return set != null
                && Labels.of(set, Labels.MODULE) != null
                && set.getSpec() != null
                && Integer.valueOf(0).equals(set.getSpec().getReplicas());
    }

    /** The Job that pulls what a change of it brings; empty when the change brings no image, or nothing is there to change. */
    public Optional<Job> pullJob(StatefulSet wanted) {
        var meta = wanted.getMetadata();
        var sets = caches.of(StatefulSet.class);
        return sets.get(meta.getNamespace(), meta.getName())
                .flatMap(sets::whole)
                .flatMap(running -> PullJob.of(running, wanted));
    }

    /** The images on their way to the nodes of a namespace. */
    public Pulls pulls(String namespace, Instant now) {
        return new Pulls(caches, this, namespace, now);
    }

    /** Whether it is up and is what was asked for last. */
    public boolean ready(String namespace, String name) {
        return PodDiagnosis.ready(set(namespace, name), pod(namespace, name));
    }

    /** Whether its containers are ready, as far as its node has said, and are what was asked for last. */
    boolean up(String namespace, String name) {
        return PodDiagnosis.up(set(namespace, name), pod(namespace, name));
    }

    /** Why it is up or not. */
    public Finding diagnosis(SiteNode node, String namespace, String name) {
        var set = set(namespace, name);
        var complaints = set == null ? Complaints.NONE : caches.complaints(set);
        return PodDiagnosis.of(node, set, pod(namespace, name), complaints);
    }

    /** Whether it is there and is not ready because of its node, which is cut off or cordoned. */
    public boolean away(SiteNode node, String namespace, String name) {
        var set = set(namespace, name);
        return set != null && PodDiagnosis.away(node, set, pod(namespace, name), () -> caches.complaints(set));
    }

    /** The reason for which a hub cannot be heard; empty when it can. */
    Optional<String> outage(HubInstance hub) {
        var node = hub.node();
        var namespace = hub.hub().getMetadata().getNamespace();
        var name = Names.hub(node.name());
        if (!node.reachable()) {
            return Optional.of(Reasons.NODE_UNREACHABLE);
        }
        if (up(namespace, name)) {
            return Optional.empty();
        }
        return Optional.of(away(node, namespace, name) ? Reasons.NODE_CORDONED : Reasons.WAITING_FOR_DEPENDENCY);
    }

    /** How far one is that is to be stopped. */
    public Finding stopped(SiteNode node, String namespace, String name) {
        return PodDiagnosis.stopped(node, pod(namespace, name));
    }

    /** Whether it would not come up again, because nothing may start on its node. */
    public boolean cordoned(SiteNode node, String namespace, String name) {
        return PodDiagnosis.cordoned(node, pod(namespace, name));
    }

    /** One as it is now; empty when it is not there. */
    public Optional<Replica> replica(SiteNode node, String namespace, String name) {
        return caches.of(StatefulSet.class)
                .get(namespace, name)
                .map(set -> new Replica(node, set, pod(namespace, name), back(node)));
    }

    /** When a node began to answer. */
    Instant back(SiteNode node) {
        return caches.of(Node.class).get("", node.name()).stream()
                .flatMap(n -> Nodes.ready(n).stream())
                .flatMap(ready -> time(ready.getLastTransitionTime()).stream())
                .findFirst()
                .orElse(Instant.EPOCH);
    }

    static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }

    static Optional<Instant> time(@Nullable String text) {
        return Optional.ofNullable(text).map(Instant::parse);
    }

    private @Nullable StatefulSet set(String namespace, String name) {
        return caches.of(StatefulSet.class).get(namespace, name).orElse(null);
    }

    private @Nullable Pod pod(String namespace, String name) {
        return caches.of(Pod.class).get(namespace, name + "-0").orElse(null);
    }
}
