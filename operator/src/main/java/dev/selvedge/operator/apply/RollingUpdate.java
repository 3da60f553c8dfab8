package dev.selvedge.operator.apply;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.operator.cluster.Pulls;
import dev.selvedge.operator.cluster.Replicas;
import dev.selvedge.operator.cluster.Troubles;
import dev.selvedge.operator.render.Labels;
import dev.selvedge.operator.rollout.Instance;
import dev.selvedge.operator.rollout.Pull;
import dev.selvedge.operator.rollout.Rollout;
import dev.selvedge.operator.rollout.Strategy;
import dev.selvedge.operator.status.Finding;
import dev.selvedge.plan.SiteNode;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import org.jspecify.annotations.Nullable;

/**
 * Brings the instances of one object to what is asked for, as its {@link Rollout} allows; what a change brings is pulled before. What is new, what
 * was stopped and what is to stop waits for nobody, not even for a hold, as nothing is interrupted that is to run. An instance on a cordoned node is no
 * part of the rollout, for it would not come up again: it gets the change when the node is uncordoned; nor is one of which cannot be said what it is to
 * be, for it keeps what it has. One object serves one pass.
 */
public final class RollingUpdate {
    /** Time stamps of the cluster are whole seconds. */
    private static final Duration A_MOMENT = Duration.ofSeconds(1);

    /** What refused may be mended soon, and nobody tells. */
    private static final Duration AFTER_REFUSAL = Duration.ofSeconds(30);

    private final Applier applier;
    private final Replicas replicas;
    private final String namespace;
    private final Context<?> context;
    private final Troubles troubles;
    private final Instant now;
    private final List<Target> targets;
    private final Pulls pulls;
    /** By node, the Jobs that pull what the changes bring. */
    private final Map<String, Job> jobs = new HashMap<>();

    private final Rollout rollout;
    /** Whether the API server refused a Job in this pass. */
    private boolean refused;
    /** Whether that is new, so that the rollout does not know of it yet. */
    private boolean refusedAnew;
    /** The nodes whose Job was refused before and not in this pass, of which the rollout does not know either. */
    private final Set<String> taken = new HashSet<>();

    /**
     * One instance and what is to become of it.
     *
     * @param wanted renders how it is to be, which is large, and most are so already; null when that cannot be said yet, and it keeps what it has
     * @param outdated whether what is there is not so
     * @param stops whether it is to stop
     * @param waiting why it cannot be said, or null
     */
    public record Target(
            SiteNode node,
            String name,
            @Nullable Supplier<StatefulSet> wanted,
            boolean outdated,
            boolean stops,
            @Nullable Finding waiting) {
        /**
         * An instance that is to be so.
         *
         * @param wanted renders the same each time
         * @param there whether an instance is there as it was rendered
         */
        public static Target of(SiteNode node, Supplier<StatefulSet> wanted, Predicate<StatefulSet> there) {
            var set = wanted.get();
            var stops = Integer.valueOf(0).equals(set.getSpec().getReplicas());
            return new Target(node, set.getMetadata().getName(), wanted, !there.test(set), stops, null);
        }

        /** An instance that keeps what it has. */
        public static Target unknown(SiteNode node, String name, @Nullable Finding why) {
            return new Target(node, name, null, false, false, why);
        }
    }

    public RollingUpdate(
            Applier applier,
            Replicas replicas,
            String namespace,
            List<Target> targets,
            Strategy strategy,
            Context<?> context,
            Troubles troubles,
            Instant now) {
        this.applier = applier;
        this.replicas = replicas;
        this.namespace = namespace;
        this.context = context;
        this.troubles = troubles;
        this.now = now;
        this.targets = List.copyOf(targets);
        pulls = replicas.pulls(namespace, now);
        for (var target : targets) {
            if (target.wanted() != null && target.outdated() && rolls(target)) {
                replicas.pullJob(target.wanted().get())
                        .ifPresent(job -> jobs.put(target.node().name(), job));
            }
        }
        for (var target : targets) {
            if (!rolls(target)) {
                replicas.replica(target.node(), namespace, target.name())
                        .ifPresent(replica ->
                                troubles.excuse(replica.set().getMetadata().getUid()));
            }
        }
        rollout = new Rollout(
                targets.stream().filter(this::rolls).flatMap(this::instance).toList(), strategy, now);
    }

    /** Whether it is there, was not stopped and is not to stop. */
    private boolean runs(Target target) {
        return replicas.exists(namespace, target.name())
                && !replicas.stopped(namespace, target.name())
                && !target.stops();
    }

    private boolean rolls(Target target) {
        return runs(target) && !cordoned(target) && target.waiting() == null;
    }

    private boolean cordoned(Target target) {
        return replicas.cordoned(target.node(), namespace, target.name());
    }

    private Stream<Instance> instance(Target target) {
        var job = jobs.get(target.node().name());
        var pull = job == null ? Pull.NEEDLESS : pull(target, job);
        return replicas.replica(target.node(), namespace, target.name()).stream()
                .map(replica -> replica.instance(target.outdated(), Applier.FIELD_MANAGER, pull, troubles, now));
    }

    /** How far a Job is. One that the API server does not take has its time all the same. */
    private Pull pull(Target target, Job job) {
        var pull = pulls.of(target.node(), job);
        return pull.equals(Pull.DUE)
                ? troubles.refusedSince(target.name(), job)
                        .map(since -> Pull.since(since, false))
                        .orElse(pull)
                : pull;
    }

    /** Has a node pull what the change of its instance brings, if that may be now. Throws KubernetesClientException when the API server refuses. */
    public void pull(Target target) {
        job(target).ifPresent(job -> {
            try {
                applier.apply(job, context);
                if (troubles.taken(target.name(), job)) {
                    taken.add(target.node().name());
                }
            } catch (KubernetesClientException e) {
                if (Applier.refused(e)) {
                    refused = true;
                    refusedAnew |= troubles.refused(target.name(), job, now);
                }
                throw e;
            }
        });
    }

    private Optional<Job> job(Target target) {
        var node = target.node().name();
        return rollout.pulls(node) ? Optional.ofNullable(jobs.get(node)) : Optional.empty();
    }

    /** Changes one instance if that may be now, and says where it stands. Throws KubernetesClientException when the API server refuses. */
    public List<Finding> bring(Target target) {
        var node = target.node().name();
        var waiting = rollout.waits(node).or(() -> waitsForUncordon(target));
        var wanted = target.wanted();
        if (wanted != null && target.outdated() && (!runs(target) || rollout.goes(node))) {
            applier.apply(wanted.get(), context);
        }
        var findings = new ArrayList<Finding>();
        Optional.ofNullable(target.waiting()).or(() -> waiting).ifPresent(findings::add);
        if (target.node().reachable()) {
            job(target).flatMap(job -> pulls.trouble(target.node(), job)).ifPresent(findings::add);
        }
        if (replicas.exists(namespace, target.name())) {
            findings.add(replicas.diagnosis(target.node(), namespace, target.name()));
        }
        return findings;
    }

    private Optional<Finding> waitsForUncordon(Target target) {
        return target.outdated() && runs(target) && cordoned(target)
                ? Optional.of(new Finding(
                        target.node().name(), Reasons.NODE_CORDONED, "the change waits until the node is uncordoned"))
                : Optional.empty();
    }

    /**
     * Deletes the Jobs that need not pull, or keep what they pulled, any more. Of an instance of which nothing can be said now they stay.
     *
     * @param mine whether a Job is of this object
     */
    public void prunePulls(Predicate<Job> mine) {
        var unknown = targets.stream()
                .filter(target -> target.wanted() == null)
                .map(target -> Labels.value(target.node().name()))
                .collect(Collectors.toSet());
        var wanted = targets.stream()
                .flatMap(target -> job(target).stream())
                .map(job -> job.getMetadata().getName())
                .toList();
        applier.prune(
                Job.class,
                namespace,
                job -> mine.test(job) && !unknown.contains(String.valueOf(Labels.of(job, Labels.NODE))),
                wanted);
    }

    /** The nodes on which what is asked for failed. Of one that could not be looked at nobody knows what it failed with. */
    public List<String> failed() {
        var known = targets.stream()
                .filter(target -> target.wanted() != null)
                .map(target -> target.node().name())
                .collect(Collectors.toSet());
        return rollout.failed().stream()
                .filter(known::contains)
                .filter(node -> !taken.contains(node))
                .toList();
    }

    /** Whether all instances whose nodes answer are as asked, and stay up. One that could not be looked at may be anything. */
    public boolean finished() {
        return rollout.finished() && targets.stream().allMatch(this::known);
    }

    /** Whether it can be said what an instance is to be; where nothing can be changed now, nobody asks. */
    private boolean known(Target target) {
        return target.wanted() != null || !target.node().reachable() || cordoned(target);
    }

    /** How long until the time alone may change something. */
    public Optional<Duration> nextLook() {
        var afterRefusal = refusedAnew ? now : now.plus(AFTER_REFUSAL);
        return Stream.concat(rollout.nextLook().stream(), refused ? Stream.of(afterRefusal) : Stream.empty())
                .min(Comparator.naturalOrder())
                .map(moment -> Duration.between(now, moment).plus(A_MOMENT));
    }
}
