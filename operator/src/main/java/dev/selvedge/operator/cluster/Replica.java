package dev.selvedge.operator.cluster;

import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

import dev.selvedge.operator.rollout.Instance;
import dev.selvedge.operator.rollout.Pull;
import dev.selvedge.operator.status.PodDiagnosis;
import dev.selvedge.plan.SiteNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import org.jspecify.annotations.Nullable;

/**
 * One instance as the cluster has it.
 *
 * @param back when its node began to answer
 */
public record Replica(
        SiteNode node, StatefulSet set, @Nullable Pod pod, Instant back) {
    /**
     * It as a rollout sees it. Its chance began when both the API server's times and what was watched say so: those times are by another clock and do not
     * tell of one that was well and went down again; and what was watched is forgotten when the operator ends.
     *
     * @param manager the field manager whose last write changed it
     * @param pull the images of its change
     */
    public Instance instance(boolean outdated, String manager, Pull pull, Troubles troubles, Instant now) {
        var up = PodDiagnosis.up(set, pod);
        var since = up ? ready() : chance(manager);
        var told = new Instance(node.name(), node.reachable(), outdated, up, since, pull);
        var meta = set.getMetadata();
        return troubles.look(meta.getUid(), meta.getGeneration(), told, now);
    }

    private Instant ready() {
        return pod == null ? Instant.EPOCH : time(PodDiagnosis.readySince(pod));
    }

    private Instant chance(String manager) {
        return Stream.of(changed(manager), back, placed())
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    private Instant changed(String manager) {
        return set.getMetadata().getManagedFields().stream()
                .filter(entry -> manager.equals(entry.getManager()) && entry.getSubresource() == null)
                .map(entry -> time(entry.getTime()))
                .max(Comparator.naturalOrder())
                .orElse(Instant.EPOCH);
    }

    /** When the scheduler had its last word on the pod: one that waited for its node has its time from then on. */
    private Instant placed() {
        return pod == null ? Instant.EPOCH : time(PodDiagnosis.placedSince(pod));
    }

    private static Instant time(@Nullable String text) {
        return Optional.ofNullable(text).map(Instant::parse).orElse(Instant.EPOCH);
    }
}
