package dev.selvedge.operator.status;

import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.identity.Identity;
import dev.selvedge.operator.render.DeviceObjects;
import dev.selvedge.operator.render.ModuleObjects;
import dev.selvedge.operator.render.Names;
import dev.selvedge.plan.SitePlan;

/** Says whether anybody answers for a twin. */
public final class TwinFindings {
    private TwinFindings() {}

    public static Finding of(ModuleTwin twin, SitePlan plan) {
        var spec = twin.getSpec();
        var device = spec.parentDeviceId() == null ? spec.deviceId() : spec.parentDeviceId();
        var hub = plan.hubOf(device);
        if (hub.isEmpty()) {
            return new Finding(
                    null,
                    Reasons.NO_HUB,
                    "device '" + device + "' has no hub: no EdgeHub of this namespace runs on its node");
        }
        var node = hub.get().node().name();
        if (spec.moduleId() == null) {
            return new Finding(
                    node,
                    Reasons.READY,
                    "a downstream device: it connects to " + DeviceObjects.gatewayHost(hub.get()) + " with Secret '"
                            + DeviceObjects.secretName(twin) + "'");
        }
        if (spec.moduleId().equals(Identity.EDGE_HUB)) {
            return named(twin, Names.twin(Names.HUB, node), node, "the hub's own configuration");
        }
        return plan.moduleOf(Identity.module(device, spec.moduleId()))
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
