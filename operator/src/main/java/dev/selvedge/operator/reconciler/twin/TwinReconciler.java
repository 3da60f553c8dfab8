package dev.selvedge.operator.reconciler.twin;

import java.util.List;
import java.util.Objects;

import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.ModuleTwinStatus;
import dev.selvedge.operator.apply.Announcer;
import dev.selvedge.operator.cluster.ClusterCaches;
import dev.selvedge.operator.cluster.SiteEvents;
import dev.selvedge.operator.cluster.Sites;
import dev.selvedge.operator.status.TwinFindings;
import dev.selvedge.plan.SitePlan;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;

/** One pass over a ModuleTwin: whether anybody answers for it. The rest of its status is the hub's. */
public final class TwinReconciler implements Reconciler<ModuleTwin> {
    private final ClusterCaches caches;
    private final SiteEvents<ModuleTwin> events;
    private final Announcer announcer;

    public TwinReconciler(ClusterCaches caches, SiteEvents<ModuleTwin> events, Announcer announcer) {
        this.caches = caches;
        this.events = events;
        this.announcer = announcer;
    }

    @Override
    public List<EventSource<?, ModuleTwin>> prepareEventSources(EventSourceContext<ModuleTwin> context) {
        return List.of(events);
    }

    @Override
    public UpdateControl<ModuleTwin> reconcile(ModuleTwin primary, Context<ModuleTwin> context) {
        var meta = primary.getMetadata();
        var twin = caches.of(ModuleTwin.class).get(meta.getNamespace(), meta.getName());
        if (twin.isPresent() && twin.get().getMetadata().getDeletionTimestamp() == null) {
            announce(twin.get());
        }
        return UpdateControl.noUpdate();
    }

    private void announce(ModuleTwin twin) {
        var plan = SitePlan.of(new Sites(caches).read(twin.getMetadata().getNamespace()));
        announcer.announce(
                twin,
                new ModuleTwin(),
                List.of(TwinFindings.of(twin, plan)),
                ModuleTwinStatus::conditions,
                (generation, conditions) -> new ModuleTwinStatus(null, null, null, null, generation, conditions),
                (is, wanted) -> Objects.equals(is.conditions(), wanted.conditions())
                        && Objects.equals(is.observedGeneration(), wanted.observedGeneration()));
    }
}
