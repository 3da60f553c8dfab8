package dev.selvedge.operator.cluster;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.render.Labels;
import dev.selvedge.operator.rollout.Pull;
import dev.selvedge.operator.status.Finding;
import dev.selvedge.operator.status.PodDiagnosis;
import dev.selvedge.operator.status.PullDiagnosis;
import dev.selvedge.plan.SiteNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import org.jspecify.annotations.Nullable;

/** The Jobs of a namespace that pull images, and their pods, as the cluster has them. One object serves one pass. */
public final class Pulls {
    private final ClusterCaches caches;

    private final Replicas replicas;
    private final String namespace;
    private final Instant now;
    private @Nullable Map<String, List<Pod>> pods;

    Pulls(ClusterCaches caches, Replicas replicas, String namespace, Instant now) {
        this.caches = caches;
        this.replicas = replicas;
        this.namespace = namespace;
        this.now = now;
    }

    /** How far a Job is that is to be, or is already. While its node is cordoned it has all its time before it. */
    public Pull of(SiteNode node, Job wanted) {
        return job(wanted)
                .map(job -> Pull.since(
                        pods(job).stream().anyMatch(pod -> PodDiagnosis.cordoned(node, pod))
                                ? now
                                : Replicas.later(
                                        Replicas.time(job.getMetadata().getCreationTimestamp())
                                                .orElseThrow(),
                                        replicas.back(node)),
                        PullDiagnosis.done(job) || pods(job).stream().anyMatch(PullDiagnosis::done)))
                .orElse(Pull.DUE);
    }

    /** What keeps a Job from pulling; empty while it is only a matter of time. */
    public Optional<Finding> trouble(SiteNode node, Job wanted) {
        return job(wanted)
                .flatMap(job -> PullDiagnosis.trouble(
                        node,
                        pods(job).stream()
                                .max(Comparator.comparing(
                                        pod -> pod.getMetadata().getCreationTimestamp()))
                                .orElse(null),
                        caches.refusal(job)));
    }

    private Optional<Job> job(Job wanted) {
        return caches.of(Job.class).get(namespace, wanted.getMetadata().getName());
    }

    private List<Pod> pods(Job job) {
        var all = pods;
        if (all == null) {
            all = caches.of(Pod.class).list(namespace).stream()
                    .filter(pod -> Labels.of(pod, Labels.JOB) != null)
                    .collect(Collectors.groupingBy(pod -> String.valueOf(Labels.of(pod, Labels.JOB))));
            pods = all;
        }
        return all.getOrDefault(job.getMetadata().getName(), List.of());
    }
}
