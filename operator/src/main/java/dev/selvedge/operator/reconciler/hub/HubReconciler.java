package dev.selvedge.operator.reconciler.hub;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeHubStatus;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.operator.apply.Announcer;
import dev.selvedge.operator.apply.Applier;
import dev.selvedge.operator.apply.Failures;
import dev.selvedge.operator.apply.Races;
import dev.selvedge.operator.apply.RollingUpdate;
import dev.selvedge.operator.apply.RollingUpdate.Target;
import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.cluster.Certificates;
import dev.selvedge.operator.cluster.Replica;
import dev.selvedge.operator.cluster.Replicas;
import dev.selvedge.operator.cluster.SiteEvents;
import dev.selvedge.operator.cluster.Troubles;
import dev.selvedge.operator.render.HubObjects;
import dev.selvedge.operator.render.HubPod;
import dev.selvedge.operator.render.HubSettings;
import dev.selvedge.operator.render.Labels;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.rollout.Strategy;
import dev.selvedge.operator.status.DeviceFindings;
import dev.selvedge.operator.status.Finding;
import dev.selvedge.plan.HubInstance;
import dev.selvedge.plan.Site;
import dev.selvedge.plan.SitePlan;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;

/** One pass over an EdgeHub: its hub on every node that matches. */
public final class HubReconciler implements Reconciler<EdgeHub> {
    /** What is missing here is not watched; this is how soon its coming is noticed. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(15);

    private static final Set<String> MADE_BY_OTHERS = Set.of(Reasons.SECRET_NOT_FOUND, Reasons.AUTHORITY_NOT_ISSUED);

    /** What the API server says to another role in a RoleBinding that is there. */
    private static final String ROLE_IS_FOR_GOOD = "cannot change roleRef";

    private static final Set<String> OWN_CONDITIONS = Set.of(
            Condition.READY,
            Condition.STORE_READY,
            Condition.STORE_NEARLY_FULL,
            Condition.UPSTREAM_CONNECTED,
            Condition.CERTIFICATE_VALID);

    private final HubSurvey survey;
    private final Replicas replicas;
    private final Certificates certificates;
    private final SiteEvents<EdgeHub> events;
    private final Applier applier;
    private final Announcer announcer;
    private final Races races;
    private final SiteAuthority authority;
    private final HubMaterial material;
    private final HubSettings settings;
    private final Troubles troubles;
    private final InstantSource clock;

    public HubReconciler(
            ClusterCaches caches,
            SiteEvents<EdgeHub> events,
            Applier applier,
            Announcer announcer,
            Races races,
            SiteAuthority authority,
            HubMaterial material,
            HubSettings settings,
            Troubles troubles,
            InstantSource clock) {
        survey = new HubSurvey(caches, clock);
        replicas = new Replicas(caches);
        certificates = new Certificates(caches);
        this.events = events;
        this.applier = applier;
        this.announcer = announcer;
        this.races = races;
        this.authority = authority;
        this.material = material;
        this.settings = settings;
        this.troubles = troubles;
        this.clock = clock;
    }

    @Override
    public List<EventSource<?, EdgeHub>> prepareEventSources(EventSourceContext<EdgeHub> context) {
        return List.of(events);
    }

    @Override
    public UpdateControl<EdgeHub> reconcile(EdgeHub primary, Context<EdgeHub> context) {
        return Failures.whole(primary, () -> look(primary, context));
    }

    private UpdateControl<EdgeHub> look(EdgeHub primary, Context<EdgeHub> context) {
        var namespace = primary.getMetadata().getNamespace();
        var site = survey.site(namespace);
        var name = primary.getMetadata().getName();
        var hub = site.hubs().stream()
                .filter(h -> h.getMetadata().getName().equals(name))
                .findFirst();
        return hub.isEmpty() ? UpdateControl.noUpdate() : pass(hub.get(), site, context);
    }

    private UpdateControl<EdgeHub> pass(EdgeHub hub, Site site, Context<EdgeHub> context) {
        var plan = SitePlan.of(site);
        var instances = plan.hubsOf(hub);
        var failures = new Failures(races, hub);
        failures.guard(
                null,
                () -> HubObjects.shared(hub.getMetadata().getNamespace(), site.hubs(), settings)
                        .forEach(object -> share(object, context)));
        var findings = new ArrayList<Finding>();
        var namespace = hub.getMetadata().getNamespace();
        failures.guard(null, () -> {
            var decisive = authority.decisive(namespace, site.hubs());
            failures.guard(null, () -> findings.addAll(authority.ask(hub, site.hubs(), decisive, context)));
            failures.guard(null, () -> authority.rotate(namespace, decisive));
        });
        var canSign = authority.canSign(namespace);
        var targets = instances.stream()
                .map(instance -> failures.guard(
                        instance.node().name(),
                        () -> canSign ? prepare(instance, context) : unknown(instance),
                        unknown(instance)))
                .toList();
        var strategy = failures.guard(null, () -> Strategy.of(hub), Strategy.STANDSTILL);
        var update =
                new RollingUpdate(applier, replicas, namespace, targets, strategy, context, troubles, clock.instant());
        for (var target : targets) {
            failures.guard(target.node().name(), () -> update.pull(target));
            failures.guard(target.node().name(), () -> findings.addAll(update.bring(target)));
        }
        prune(hub, plan, failures);
        failures.guard(null, () -> update.prunePulls(job -> of(hub, job)));
        plan.problemsOf(hub)
                .forEach(problem -> findings.add(new Finding(problem.node(), problem.reason(), problem.message())));
        instances.forEach(instance -> DeviceFindings.of(instance).ifPresent(findings::add));
        findings.addAll(failures.findings());
        missingSecret(hub).ifPresent(findings::add);
        if (!failures.onlyRaced()) {
            announce(
                    hub, survey.conditions(hub, instances, findings), survey.ready(instances) + "/" + instances.size());
        }
        var missing = findings.stream()
                .filter(finding -> MADE_BY_OTHERS.contains(finding.reason()))
                .findFirst();
        var looks = Stream.of(
                update.nextLook(), missing.map(_ -> LOOK_AGAIN), Optional.of(lookAgain(namespace, instances)));
        return failures.orElse(looks.flatMap(Optional::stream)
                .min(Comparator.naturalOrder())
                .map(wait -> UpdateControl.<EdgeHub>noUpdate().rescheduleAfter(wait))
                .orElseGet(UpdateControl::noUpdate));
    }

    private void share(HasMetadata object, Context<EdgeHub> context) {
        try {
            applier.apply(object, context);
        } catch (KubernetesClientException e) {
            if (object instanceof RoleBinding binding && Failures.said(e).contains(ROLE_IS_FOR_GOOD)) {
                throw new IllegalStateException(
                        "RoleBinding '" + binding.getMetadata().getName()
                                + "' of this namespace does not bind role '"
                                + binding.getRoleRef().getName()
                                + "', as after the release of the operator got another name, and cannot be changed so: delete it, and it is made anew",
                        e);
            }
            throw e;
        }
    }

    private Duration lookAgain(String namespace, List<HubInstance> instances) {
        return certificates.lookAgain(
                namespace,
                instances.stream().map(instance -> Names.tls(instance.node().name())));
    }

    private static Target unknown(HubInstance instance) {
        return Target.unknown(instance.node(), Names.hub(instance.node().name()), null);
    }

    private Target prepare(HubInstance instance, Context<EdgeHub> context) {
        applier.claim(HubObjects.claim(instance));
        var secrets = material.of(instance);
        for (var object : HubObjects.of(instance, secrets)) {
            applier.apply(object, context);
        }
        // what runs is changed when its turn comes, but goes with the other EdgeHub no more
        var name = Names.hub(instance.node().name());
        replicas.replica(instance.node(), instance.hub().getMetadata().getNamespace(), name)
                .map(Replica::set)
                .filter(set -> !of(instance.hub(), set))
                .ifPresent(set -> applier.adopt(set, HubObjects.meta(instance, name)));
        return Target.of(
                instance.node(),
                () -> HubPod.statefulSet(instance, secrets, settings),
                wanted -> applier.matches(wanted, context));
    }

    /** What a hub has is named after its node, and another EdgeHub that the node goes over to takes it as it is: master key, address, twin. */
    private void prune(EdgeHub hub, SitePlan plan, Failures failures) {
        var namespace = hub.getMetadata().getNamespace();
        var nodes = plan.hubs().stream().map(i -> i.node().name()).toList();
        var hubs = nodes.stream().map(Names::hub).toList();
        var secrets = new ArrayList<String>();
        nodes.forEach(node -> secrets.addAll(List.of(Names.identity(node), Names.tls(node))));
        var twins = nodes.stream().map(node -> Names.twin(Names.HUB, node)).toList();
        failures.guard(null, () -> applier.prune(StatefulSet.class, namespace, o -> of(hub, o), hubs));
        failures.guard(null, () -> applier.prune(Service.class, namespace, o -> of(hub, o), hubs));
        failures.guard(null, () -> applier.prune(Secret.class, namespace, o -> of(hub, o), secrets));
        failures.guard(null, () -> applier.prune(ModuleTwin.class, namespace, o -> of(hub, o), twins));
    }

    private static boolean of(EdgeHub hub, HasMetadata object) {
        return hub.getMetadata().getName().equals(Labels.of(object, Labels.HUB))
                && Labels.SELVEDGE.equals(Labels.of(object, Labels.MANAGED_BY));
    }

    private Optional<Finding> missingSecret(EdgeHub hub) {
        var upstream = hub.getSpec().upstream();
        var secret = upstream == null || upstream.mqtt() == null
                ? null
                : upstream.mqtt().secretRef();
        if (secret == null || applier.find(hub.getMetadata().getNamespace(), secret.name()) != null) {
            return Optional.empty();
        }
        return Optional.of(new Finding(
                null,
                Reasons.SECRET_NOT_FOUND,
                "Secret '" + secret.name()
                        + "' of spec.upstream.mqtt.secretRef does not exist in this namespace: create it"));
    }

    private void announce(EdgeHub hub, Map<String, List<Finding>> findings, String instances) {
        announcer.announce(
                hub,
                new EdgeHub(),
                findings,
                EdgeHubStatus::conditions,
                (generation, conditions) -> new EdgeHubStatus(generation, instances, conditions),
                HubReconciler::same);
    }

    /** The API server keeps conditions by type, in an order of its own, and others may keep some beside the operator's. */
    static boolean same(EdgeHubStatus is, EdgeHubStatus wanted) {
        return Objects.equals(is.observedGeneration(), wanted.observedGeneration())
                && Objects.equals(is.instances(), wanted.instances())
                && own(is).equals(own(wanted));
    }

    private static Set<Condition> own(EdgeHubStatus status) {
        var all = Objects.requireNonNullElse(status.conditions(), List.<Condition>of());
        return all.stream().filter(c -> OWN_CONDITIONS.contains(c.type())).collect(Collectors.toSet());
    }
}
