package dev.selvedge.operator.reconciler.twin;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.ModuleTwinStatus;
import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.identity.Identity;
import dev.selvedge.operator.apply.Announcer;
import dev.selvedge.operator.apply.Applier;
import dev.selvedge.operator.apply.Failures;
import dev.selvedge.operator.apply.Races;
import dev.selvedge.operator.apply.SiteTrust;
import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.cluster.Certificates;
import dev.selvedge.operator.cluster.HubOutages;
import dev.selvedge.operator.cluster.SiteEvents;
import dev.selvedge.operator.cluster.SitePlans;
import dev.selvedge.operator.render.DeviceObjects;
import dev.selvedge.operator.status.Conditions;
import dev.selvedge.operator.status.Finding;
import dev.selvedge.operator.status.TwinFindings;
import dev.selvedge.plan.HubInstance;
import dev.selvedge.plan.TwinOrder;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import org.jspecify.annotations.Nullable;

/**
 * One pass over a ModuleTwin: what a downstream device needs to connect, and whether anybody answers for the twin. The rest of its status is the
 * hub's.
 */
public final class TwinReconciler implements Reconciler<ModuleTwin> {
    /** A hub that is silent for less may only be starting, or its node flap: the twins of the node need not all be written for that. */
    private static final Duration START = Duration.ofSeconds(30);

    private final ClusterCaches caches;
    private final HubOutages outages;
    private final Certificates certificates;
    private final SitePlans plans;
    private final SiteEvents<ModuleTwin> events;
    private final Applier applier;
    private final SiteTrust trust;
    private final Announcer announcer;
    private final Races races;

    public TwinReconciler(
            ClusterCaches caches,
            SitePlans plans,
            SiteEvents<ModuleTwin> events,
            Applier applier,
            SiteTrust trust,
            Announcer announcer,
            Races races,
            InstantSource clock) {
        this.caches = caches;
        outages = new HubOutages(caches, clock);
        certificates = new Certificates(caches);
        this.plans = plans;
        this.events = events;
        this.applier = applier;
        this.trust = trust;
        this.announcer = announcer.without(TwinFindings.OF_HUB);
        this.races = races;
    }

    @Override
    public List<EventSource<?, ModuleTwin>> prepareEventSources(EventSourceContext<ModuleTwin> context) {
        return List.of(events);
    }

    @Override
    public UpdateControl<ModuleTwin> reconcile(ModuleTwin primary, Context<ModuleTwin> context) {
        return Failures.whole(primary, () -> look(primary, context));
    }

    private UpdateControl<ModuleTwin> look(ModuleTwin primary, Context<ModuleTwin> context) {
        var meta = primary.getMetadata();
        var twin = caches.of(ModuleTwin.class).get(meta.getNamespace(), meta.getName());
        if (twin.isPresent() && twin.get().getMetadata().getDeletionTimestamp() == null) {
            return pass(twin.get(), context);
        }
        return UpdateControl.noUpdate();
    }

    private UpdateControl<ModuleTwin> pass(ModuleTwin twin, Context<ModuleTwin> context) {
        var plan = plans.of(twin.getMetadata().getNamespace());
        var findings = new ArrayList<Finding>();
        var failures = new Failures(races, twin);
        if (twin.getSpec().moduleId() == null) {
            plan.hubOf(String.valueOf(twin.getSpec().parentDeviceId()))
                    .ifPresent(hub -> failures.guard(null, () -> findings.addAll(connect(twin, hub, context))));
        }
        findings.addAll(failures.findings());
        var outage = TwinFindings.hub(twin, plan).flatMap(outages::of);
        var start = outage.map(o -> START.minus(o.lasted())).filter(left -> left.isPositive() && !saysOtherwise(twin));
        var silence =
                start.isPresent() ? null : outage.map(HubOutages.Outage::reason).orElse(null);
        findings.add(TwinFindings.of(twin, plan, rivals(twin), silence));
        var unspoken = start.isPresent() && ready(twin) == null;
        var found = findings.stream().anyMatch(finding -> !finding.reason().equals(Reasons.READY));
        if (!failures.onlyRaced() && (!unspoken || found)) {
            announce(twin, findings);
        }
        return failures.orElse(Stream.concat(start.stream(), lookAgain(twin).stream())
                .min(Comparator.naturalOrder())
                .map(wait -> UpdateControl.<ModuleTwin>noUpdate().rescheduleAfter(wait))
                .orElseGet(UpdateControl::noUpdate));
    }

    /** None counts before the twin of a module on a node, which is found by its name ({@link TwinOrder}). */
    private List<ModuleTwin> rivals(ModuleTwin twin) {
        return twin.getSpec().moduleId() == null
                ? caches.of(ModuleTwin.class).list(twin.getMetadata().getNamespace())
                : List.of();
    }

    private static boolean saysOtherwise(ModuleTwin twin) {
        var ready = ready(twin);
        return ready != null && !Condition.TRUE.equals(ready.status());
    }

    private static @Nullable Condition ready(ModuleTwin twin) {
        return twin.getStatus() == null
                ? null
                : Conditions.ready(twin.getStatus().conditions());
    }

    private Optional<Duration> lookAgain(ModuleTwin twin) {
        return twin.getSpec().moduleId() == null
                ? Optional.of(certificates.lookAgain(
                        twin.getMetadata().getNamespace(), Stream.of(DeviceObjects.secretName(twin))))
                : Optional.empty();
    }

    /** Gives a downstream device what it needs to connect, and says what is still missing. */
    private List<Finding> connect(ModuleTwin twin, HubInstance hub, Context<ModuleTwin> context) {
        applier.apply(DeviceObjects.label(twin, hub), context);
        var node = hub.node().name();
        var proof = trust.proof(
                twin.getMetadata().getNamespace(),
                node,
                DeviceObjects.secretName(twin),
                Identity.device(twin.getSpec().deviceId()),
                twin.getSpec().credentials());
        if (proof.isEmpty()) {
            return List.of(new Finding(node, Reasons.PENDING, "waits for the node's hub to get its identity"));
        }
        applier.apply(DeviceObjects.secret(twin, hub, proof.get()), context);
        return List.of();
    }

    private void announce(ModuleTwin twin, List<Finding> findings) {
        announcer.announce(
                twin,
                new ModuleTwin(),
                findings,
                ModuleTwinStatus::conditions,
                (generation, conditions) -> new ModuleTwinStatus(null, null, null, null, generation, conditions),
                (is, wanted) -> Objects.equals(Conditions.ready(is.conditions()), Conditions.ready(wanted.conditions()))
                        && Objects.equals(is.observedGeneration(), wanted.observedGeneration()));
    }
}
