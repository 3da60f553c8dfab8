package dev.selvedge.operator.status;

import java.util.Optional;

import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.identity.Identity;
import dev.selvedge.operator.render.DeviceObjects;
import dev.selvedge.operator.render.ModuleObjects;
import dev.selvedge.operator.render.Names;
import dev.selvedge.plan.HubInstance;
import dev.selvedge.plan.SitePlan;

/** Says whether anybody answers for a twin, and whether its hub can. */
public final class TwinFindings {
    private static final String AS_OF_THEN =
            "what this status tells of the connection and of reported properties is as of when the hub last spoke";

    private TwinFindings() {}

    /** The hub that answers for a twin; empty when none does. */
    public static Optional<HubInstance> hub(ModuleTwin twin, SitePlan plan) {
        return plan.hubOf(device(twin));
    }

    /**
     * The finding for one twin.
     *
     * @param up whether its hub is, if it has one
     */
    public static Finding of(ModuleTwin twin, SitePlan plan, boolean up) {
        return hub(twin, plan)
                .map(hub -> of(twin, plan, hub, up))
                .orElseGet(() -> new Finding(
                        null,
                        Reasons.NO_HUB,
                        "device '" + device(twin) + "' has no hub: no EdgeHub of this namespace runs on its node"));
    }

    private static Finding of(ModuleTwin twin, SitePlan plan, HubInstance hub, boolean up) {
        var planned = planned(twin, plan, hub);
        return planned.reason().equals(Reasons.READY) ? silent(hub, up).orElse(planned) : planned;
    }

    /** The device whose hub answers for a twin. */
    private static String device(ModuleTwin twin) {
        var parent = twin.getSpec().parentDeviceId();
        return parent == null ? twin.getSpec().deviceId() : parent;
    }

    private static Optional<Finding> silent(HubInstance hub, boolean up) {
        var node = hub.node();
        if (!node.reachable()) {
            return Optional.of(new Finding(
                    node.name(), Reasons.NODE_UNREACHABLE, "the node does not answer the API server; " + AS_OF_THEN));
        }
        return up
                ? Optional.empty()
                : Optional.of(new Finding(
                        node.name(),
                        Reasons.WAITING_FOR_DEPENDENCY,
                        "the node's hub is not ready (EdgeHub '"
                                + hub.hub().getMetadata().getName() + "' says why); " + AS_OF_THEN));
    }

    private static Finding planned(ModuleTwin twin, SitePlan plan, HubInstance hub) {
        var spec = twin.getSpec();
        var node = hub.node().name();
        if (spec.moduleId() == null) {
            return new Finding(
                    node,
                    Reasons.READY,
                    "a downstream device: it connects to " + DeviceObjects.gatewayHost(hub) + " with Secret '"
                            + DeviceObjects.secretName(twin) + "'");
        }
        if (spec.moduleId().equals(Identity.EDGE_HUB)) {
            return named(twin, Names.twin(Names.HUB, node), node, "the hub's own configuration");
        }
        return plan.moduleOf(Identity.module(device(twin), spec.moduleId()))
                .map(m -> named(
                        twin,
                        ModuleObjects.twinName(m),
                        node,
                        "the twin of EdgeModule '" + m.module().getMetadata().getName() + "'"))
                .orElseGet(() -> new Finding(
                        node,
                        Reasons.NO_MODULE,
                        "no EdgeModule puts a module '" + spec.moduleId() + "' on device '" + spec.deviceId() + "'"));
    }

    private static Finding named(ModuleTwin twin, String name, String node, String message) {
        return twin.getMetadata().getName().equals(name)
                ? new Finding(node, Reasons.READY, message)
                : new Finding(
                        node,
                        Reasons.CONFLICT,
                        "the twin of this identity is ModuleTwin '" + name + "'; delete this one");
    }
}
