package dev.selvedge.operator.reconciler.module;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.EdgeModuleSpec.OnFailure;
import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.operator.apply.Applier;
import dev.selvedge.operator.apply.RollingUpdate;
import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.render.Hold;
import dev.selvedge.operator.render.Labels;
import dev.selvedge.operator.render.RolloutRecord;
import dev.selvedge.operator.render.Workload;
import dev.selvedge.operator.status.Conditions;
import dev.selvedge.operator.status.Finding;
import dev.selvedge.plan.ModuleInstance;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import org.jspecify.annotations.Nullable;

/**
 * Brings a module back to what last ran on all nodes when what is asked for does not become ready in time, and keeps it there until something else
 * is asked for. Only with {@code updateStrategy.onFailure: Rollback}. One object serves one pass.
 */
final class Rollback {
    private static final Set<String> AS_ASKED = Set.of(Reasons.READY, Reasons.NODE_UNREACHABLE, Reasons.NODE_CORDONED);

    private final EdgeModule module;
    private final Applier applier;
    private final Context<EdgeModule> context;
    private final Workload asked;
    private final RolloutRecord record;
    /** What runs in place of what is asked for; null when that is to run. */
    private final @Nullable Workload instead;

    Rollback(EdgeModule module, ClusterCaches caches, Applier applier, Context<EdgeModule> context) {
        this.module = module;
        this.applier = applier;
        this.context = context;
        asked = Workload.of(module);
        record = caches.of(ConfigMap.class)
                .get(module.getMetadata().getNamespace(), RolloutRecord.name(module))
                .map(RolloutRecord::read)
                .orElse(RolloutRecord.NOTHING);
        instead = wanted() && record.rollsBack(asked) ? record.good() : null;
    }

    /** The instances as they are to be now. */
    List<ModuleInstance> apply(List<ModuleInstance> instances) {
        return instead == null ? instances : instances.stream().map(instead::in).toList();
    }

    /**
     * Remembers what came of a pass.
     *
     * @param found what was found of the instances
     */
    void judge(List<Finding> found, RollingUpdate update) {
        if (!wanted()) {
            applier.prune(
                    ConfigMap.class,
                    module.getMetadata().getNamespace(),
                    o -> module.getMetadata().getName().equals(Labels.of(o, Labels.MODULE)),
                    List.of());
            return;
        }
        if (instead != null || Hold.of(module)) {
            return;
        }
        var failed = update.failed();
        if (!failed.isEmpty() && record.hasOtherThan(asked)) {
            var why = found.stream()
                    .filter(finding -> failed.contains(finding.node()) && !Conditions.good(finding.reason()))
                    .map(finding -> finding.node() + ": " + finding.message())
                    .collect(Collectors.joining("; "));
            applier.apply(record.withFailed(asked, why).configMap(module), context);
        } else if (update.finished() && runs(found)) {
            applier.apply(record.withGood(asked).configMap(module), context);
        }
    }

    /**
     * Also on a node that does not answer an instance may run, and on one that is cordoned none can, but one somewhere must be seen; on a node where
     * the change waits it is what ran before that is Ready.
     */
    private static boolean runs(List<Finding> found) {
        var others = found.stream()
                .filter(finding -> !finding.reason().equals(Reasons.READY))
                .toList();
        var waiting = others.stream().map(Finding::node).toList();
        return others.stream().allMatch(finding -> AS_ASKED.contains(finding.reason()))
                && found.stream()
                        .anyMatch(
                                finding -> finding.reason().equals(Reasons.READY) && !waiting.contains(finding.node()));
    }

    List<Finding> findings() {
        return instead == null
                ? List.of()
                : List.of(new Finding(
                        null,
                        Reasons.ROLLED_BACK,
                        "what the spec asks for (image " + asked.image()
                                + ") was not ready in time, and what ran before (image " + instead.image()
                                + ") runs again; change the spec to try another. It failed on " + record.why()));
    }

    private boolean wanted() {
        var strategy = module.getSpec().updateStrategy();
        return strategy != null && strategy.onFailure() == OnFailure.Rollback;
    }
}
