package dev.selvedge.hub.kubernetes;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.hub.twin.TwinSource.Listener;
import dev.selvedge.identity.Identity;
import dev.selvedge.plan.TwinOrder;
import dev.selvedge.twin.DesiredRules;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which ModuleTwin is in force for each identity. Of two that claim one it is the first by {@link TwinOrder}; when it goes, the other takes over. One
 * thread, but for {@link #name}.
 */
final class Claims {
    private static final Logger LOG = LoggerFactory.getLogger(Claims.class);

    private final Comparator<ModuleTwin> order;
    private final Supplier<List<ModuleTwin>> existing;
    private final Listener listener;
    private final Map<Identity, ObjectMeta> inForce = new ConcurrentHashMap<>();
    private final Set<Identity> contested = new HashSet<>();
    private boolean complete;

    /**
     * Nothing is in force yet.
     *
     * @param node the hub's
     * @param existing all twins that the watches know now
     */
    Claims(String node, Supplier<List<ModuleTwin>> existing, Listener listener) {
        order = TwinOrder.on(node);
        this.existing = existing;
        this.listener = listener;
    }

    /**
     * All that was there at the start is known; before, nothing is passed on, lest of two the wrong one comes first. The hub's own twin comes last: its
     * routes let clients in, and those whose twins were not known yet would be turned away.
     */
    Set<Identity> complete() {
        complete = true;
        existing.get().stream()
                .flatMap(twin -> identity(twin).stream())
                .distinct()
                .sorted(Comparator.comparing(identity -> Identity.EDGE_HUB.equals(identity.moduleId())))
                .forEach(this::passAlone);
        var identities = Set.copyOf(inForce.keySet());
        listener.complete(identities);
        return identities;
    }

    /** A twin came, changed or went. */
    void changed(ModuleTwin twin) {
        if (complete) {
            identity(twin).ifPresent(this::passAlone);
        }
    }

    /** The name of the twin that is in force; null when there is none. Any thread. */
    @Nullable
    String name(Identity identity) {
        var metadata = inForce.get(identity);
        return metadata == null ? null : metadata.getName();
    }

    /** A twin that the hub cannot take keeps no other from it. */
    private void passAlone(Identity identity) {
        try {
            pass(identity);
        } catch (RuntimeException | StackOverflowError e) {
            LOG.error("ModuleTwin not taken, its next change is: identity={} name={}", identity, name(identity), e);
        }
    }

    private void pass(Identity identity) {
        var claimants = existing.get().stream()
                .filter(twin -> claims(twin, identity))
                .sorted(order)
                .toList();
        if (claimants.isEmpty()) {
            if (inForce.remove(identity) != null) {
                listener.removed(identity);
            }
            return;
        }
        var chosen = claimants.getFirst();
        if (claimants.size() == 1) {
            contested.remove(identity);
        } else if (contested.add(identity)) {
            LOG.warn(
                    "several ModuleTwins claim one identity, one is in force: identity={} name={}",
                    identity,
                    chosen.getMetadata().getName());
        }
        inForce.put(identity, chosen.getMetadata());
        pass(identity, chosen);
    }

    private void pass(Identity identity, ModuleTwin twin) {
        var metadata = twin.getMetadata();
        var spec = twin.getSpec();
        var properties = spec.properties();
        var desired = properties == null || properties.desired() == null
                ? JsonNodeFactory.instance.objectNode()
                : properties.desired();
        var violation = DesiredRules.violation(identity.moduleId(), desired);
        if (violation.isPresent()) {
            LOG.error(
                    "ModuleTwin refused but for its credentials, the last good one stays in force: name={} identity={} reason=spec.properties.desired {}",
                    metadata.getName(),
                    identity,
                    violation.get());
            listener.credentials(identity, metadata.getUid(), spec.credentials());
            return;
        }
        listener.desired(identity, metadata.getUid(), metadata.getGeneration(), spec.credentials(), desired);
    }

    private static boolean claims(ModuleTwin twin, Identity identity) {
        return twin.getSpec().deviceId().equals(identity.deviceId())
                && Objects.equals(twin.getSpec().moduleId(), identity.moduleId());
    }

    private static Optional<Identity> identity(ModuleTwin twin) {
        try {
            return Optional.of(
                    new Identity(twin.getSpec().deviceId(), twin.getSpec().moduleId()));
        } catch (IllegalArgumentException e) {
            LOG.warn(
                    "ModuleTwin left out: name={} reason={}", twin.getMetadata().getName(), e.getMessage());
            return Optional.empty();
        }
    }
}
