package dev.selvedge.operator.cluster;

import java.util.Set;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;

/** Wakes the reconciler of one kind. Its caches are the shared ones, so it holds none itself. */
public final class SiteEvents<P extends HasMetadata> extends AbstractEventSource<HasMetadata, P> {
    public SiteEvents(Class<P> kind) {
        super(HasMetadata.class, "site-events-of-" + kind.getSimpleName());
    }

    /** Asks for a pass over one object; passes that were asked for meanwhile become one. */
    void wake(String namespace, String name) {
        if (isRunning()) {
            getEventHandler().handleEvent(new Event(new ResourceID(name, namespace)));
        }
    }

    @Override
    public Set<HasMetadata> getSecondaryResources(P primary) {
        return Set.of();
    }
}
