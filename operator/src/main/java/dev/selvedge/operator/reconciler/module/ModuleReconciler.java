package dev.selvedge.operator.reconciler.module;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.EdgeModuleSpec.State;
import dev.selvedge.api.v1alpha1.EdgeModuleStatus;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.operator.apply.Announcer;
import dev.selvedge.operator.apply.Applier;
import dev.selvedge.operator.apply.Failures;
import dev.selvedge.operator.apply.Races;
import dev.selvedge.operator.apply.RollingUpdate;
import dev.selvedge.operator.apply.RollingUpdate.Target;
import dev.selvedge.operator.apply.SiteTrust;
import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.cluster.Certificates;
import dev.selvedge.operator.cluster.Replicas;
import dev.selvedge.operator.cluster.SiteEvents;
import dev.selvedge.operator.cluster.Sites;
import dev.selvedge.operator.cluster.Troubles;
import dev.selvedge.operator.render.Labels;
import dev.selvedge.operator.render.ModuleObjects;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.rollout.Strategy;
import dev.selvedge.operator.status.Conditions;
import dev.selvedge.operator.status.Finding;
import dev.selvedge.plan.ModuleInstance;
import dev.selvedge.plan.Site;
import dev.selvedge.plan.SitePlan;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;

/** One pass over an EdgeModule: its instance on every node that matches and has a hub. */
public final class ModuleReconciler implements Reconciler<EdgeModule> {
    private final ClusterCaches caches;
    private final Replicas replicas;
    private final Certificates certificates;
    private final SiteEvents<EdgeModule> events;
    private final Applier applier;
    private final Preparation preparation;
    private final Announcer announcer;
    private final Races races;
    private final Troubles troubles;
    private final InstantSource clock;

    public ModuleReconciler(
            ClusterCaches caches,
            SiteEvents<EdgeModule> events,
            Applier applier,
            SiteTrust trust,
            Announcer announcer,
            Races races,
            List<String> pullSecrets,
            Troubles troubles,
            InstantSource clock) {
        this.caches = caches;
        replicas = new Replicas(caches);
        certificates = new Certificates(caches);
        this.events = events;
        this.applier = applier;
        preparation = new Preparation(caches, applier, trust, pullSecrets);
        this.announcer = announcer;
        this.races = races;
        this.troubles = troubles;
        this.clock = clock;
    }

    @Override
    public List<EventSource<?, EdgeModule>> prepareEventSources(EventSourceContext<EdgeModule> context) {
        return List.of(events);
    }

    @Override
    public UpdateControl<EdgeModule> reconcile(EdgeModule primary, Context<EdgeModule> context) {
        return Failures.whole(primary, () -> look(primary, context));
    }

    private UpdateControl<EdgeModule> look(EdgeModule primary, Context<EdgeModule> context) {
        var site = new Sites(caches).read(primary.getMetadata().getNamespace());
        var name = primary.getMetadata().getName();
        var module = site.modules().stream()
                .filter(m -> m.getMetadata().getName().equals(name))
                .findFirst();
        return module.isEmpty() ? UpdateControl.noUpdate() : pass(module.get(), site, context);
    }

    private UpdateControl<EdgeModule> pass(EdgeModule module, Site site, Context<EdgeModule> context) {
        var plan = SitePlan.of(site);
        var rollback = new Rollback(module, caches, applier, context);
        var instances = rollback.apply(plan.instancesOf(module));
        var findings = new ArrayList<Finding>();
        plan.problemsOf(module)
                .forEach(problem -> findings.add(new Finding(problem.node(), problem.reason(), problem.message())));
        var failures = new Failures(races, module);
        var namespace = module.getMetadata().getNamespace();
        var dependencies = new Dependencies(
                site, plan, name -> replicas.exists(namespace, name), name -> replicas.ready(namespace, name));
        var targets = instances.stream()
                .map(instance -> failures.guard(
                        instance.node().name(),
                        () -> preparation.of(instance, dependencies, context),
                        Target.unknown(instance.node(), ModuleObjects.name(instance), null)))
                .toList();
        var strategy = failures.guard(null, () -> Strategy.of(module), Strategy.STANDSTILL);
        var update =
                new RollingUpdate(applier, replicas, namespace, targets, strategy, context, troubles, clock.instant());
        var brought = new ArrayList<Finding>();
        for (var target : targets) {
            var node = target.node().name();
            failures.guard(
                    node,
                    () -> brought.addAll(unlessRefused(node, module, () -> {
                        update.pull(target);
                        return List.of();
                    })));
            failures.guard(
                    node, () -> brought.addAll(unlessRefused(node, module, () -> bring(target, module, update))));
        }
        failures.guard(null, () -> rollback.judge(brought, update));
        prune(module, site, instances, failures);
        failures.guard(null, () -> update.prunePulls(job -> of(module, job)));
        findings.addAll(brought);
        findings.addAll(rollback.findings());
        findings.addAll(failures.findings());
        if (!failures.onlyRaced()) {
            announce(module, findings, ready(instances));
        }
        var lookAgain = certificates.lookAgain(namespace, instances.stream().map(ModuleObjects::name));
        return failures.orElse(UpdateControl.<EdgeModule>noUpdate()
                .rescheduleAfter(update.nextLook()
                        .filter(next -> next.compareTo(lookAgain) < 0)
                        .orElse(lookAgain)));
    }

    private List<Finding> bring(Target target, EdgeModule module, RollingUpdate update) {
        var found = update.bring(target);
        return module.getSpec().state() == State.Stopped && target.wanted() != null
                ? List.of(replicas.stopped(target.node(), module.getMetadata().getNamespace(), target.name()))
                : found;
    }

    /** What a part of the pass finds; or, when the API server does not take what it sends, and may not for the pod template, that. */
    private static List<Finding> unlessRefused(String node, EdgeModule module, Supplier<List<Finding>> part) {
        try {
            return part.get();
        } catch (KubernetesClientException e) {
            if (module.getSpec().podTemplate() == null || !Applier.refused(e)) {
                throw e;
            }
            return List.of(new Finding(
                    node, Reasons.INVALID_POD_TEMPLATE, "spec.podTemplate is refused: " + Failures.said(e)));
        }
    }

    /** How many instances are ready, and how many are wanted. */
    private String ready(List<ModuleInstance> instances) {
        var wanted = instances.stream().filter(i -> !i.stopped()).toList();
        var ready = wanted.stream()
                .filter(i -> replicas.ready(i.module().getMetadata().getNamespace(), ModuleObjects.name(i)))
                .count();
        return ready + "/" + wanted.size();
    }

    private void prune(EdgeModule module, Site site, List<ModuleInstance> instances, Failures failures) {
        var namespace = module.getMetadata().getNamespace();
        var names = instances.stream().map(ModuleObjects::name).toList();
        failures.guard(null, () -> applier.prune(StatefulSet.class, namespace, o -> of(module, o), names));
        failures.guard(null, () -> applier.prune(Secret.class, namespace, o -> of(module, o), names));
        failures.guard(
                null,
                () -> applier.prune(
                        ModuleTwin.class,
                        namespace,
                        twin -> of(module, twin) && !ModuleObjects.shared(twin, Applier.FIELD_MANAGER),
                        twins(module, site)));
    }

    /** A twin stays while its node may have the module, also without a hub: an outage of the hub must not forget what was reported. */
    private static List<String> twins(EdgeModule module, Site site) {
        var selector = Objects.requireNonNullElse(module.getSpec().nodeSelector(), Map.<String, String>of());
        return site.nodes().stream()
                .filter(node -> node.labels().entrySet().containsAll(selector.entrySet()))
                .map(node -> Names.twin(module.getMetadata().getName(), node.name()))
                .toList();
    }

    private static boolean of(EdgeModule module, HasMetadata object) {
        return module.getMetadata().getName().equals(Labels.of(object, Labels.MODULE))
                && Labels.SELVEDGE.equals(Labels.of(object, Labels.MANAGED_BY));
    }

    private void announce(EdgeModule module, List<Finding> findings, String instances) {
        announcer.announce(
                module,
                new EdgeModule(),
                findings,
                EdgeModuleStatus::conditions,
                (generation, conditions) -> new EdgeModuleStatus(generation, instances, conditions),
                ModuleReconciler::same);
    }

    /** Others may keep conditions beside the operator's. */
    static boolean same(EdgeModuleStatus is, EdgeModuleStatus wanted) {
        return Objects.equals(is.observedGeneration(), wanted.observedGeneration())
                && Objects.equals(is.instances(), wanted.instances())
                && Objects.equals(Conditions.ready(is.conditions()), Conditions.ready(wanted.conditions()));
    }
}
