package dev.selvedge.operator.status;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.identity.Identity;
import dev.selvedge.operator.render.DeviceObjects;
import dev.selvedge.operator.render.ModuleObjects;
import dev.selvedge.operator.render.Names;
import dev.selvedge.plan.HubInstance;
import dev.selvedge.plan.SitePlan;
import dev.selvedge.plan.TwinOrder;
import dev.selvedge.twin.DesiredRules;
import org.jspecify.annotations.Nullable;

/** Says whether anybody answers for a twin, and whether its hub can. */
public final class TwinFindings {
    /** The reasons that tell of a twin's hub, or of its node, and that their own objects tell too. */
    public static final Set<String> OF_HUB =
            Set.of(Reasons.NODE_UNREACHABLE, Reasons.NODE_CORDONED, Reasons.WAITING_FOR_DEPENDENCY);

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
     * @param all the twins that may be of the same device
     * @param silence one of {@link #OF_HUB}, for which its hub cannot be heard; null when it can
     */
    public static Finding of(ModuleTwin twin, SitePlan plan, List<ModuleTwin> all, @Nullable String silence) {
        return hub(twin, plan)
                .map(hub -> of(twin, plan, hub, all, silence))
                .orElseGet(() -> new Finding(
                        null,
                        Reasons.NO_HUB,
                        "device '" + device(twin) + "' has no hub: no EdgeHub of this namespace runs on its node"));
    }

    private static Finding of(
            ModuleTwin twin, SitePlan plan, HubInstance hub, List<ModuleTwin> all, @Nullable String silence) {
        var planned = planned(twin, plan, hub, all);
        return silence != null && planned.reason().equals(Reasons.READY) ? silent(hub, silence) : planned;
    }

    /** The device whose hub answers for a twin. */
    private static String device(ModuleTwin twin) {
        var parent = twin.getSpec().parentDeviceId();
        return parent == null ? twin.getSpec().deviceId() : parent;
    }

    private static Finding silent(HubInstance hub, String reason) {
        var why = switch (reason) {
            case Reasons.NODE_UNREACHABLE -> "the node does not answer the API server";
            case Reasons.NODE_CORDONED ->
                "the node is cordoned, and its hub does not start there until it is uncordoned";
            default ->
                "the node's hub is not ready (EdgeHub '"
                        + hub.hub().getMetadata().getName() + "' says why)";
        };
        return new Finding(hub.node().name(), reason, why + "; " + AS_OF_THEN);
    }

    private static Finding planned(ModuleTwin twin, SitePlan plan, HubInstance hub, List<ModuleTwin> all) {
        var spec = twin.getSpec();
        var node = hub.node().name();
        var properties = spec.properties();
        var violation = DesiredRules.violation(spec.moduleId(), properties == null ? null : properties.desired());
        if (violation.isPresent()) {
            return new Finding(
                    node,
                    Reasons.ERROR,
                    "spec.properties.desired " + violation.get()
                            + ": until then the hub goes on with the last good twin");
        }
        if (spec.moduleId() == null) {
            var obeyed = obeyed(twin, all, node);
            if (!obeyed.equals(twin.getMetadata().getName())) {
                return new Finding(
                        node,
                        Reasons.CONFLICT,
                        "the hub obeys ModuleTwin '" + obeyed + "', which is of device '" + spec.deviceId()
                                + "' too and older; delete this one, or that one to have this one obeyed");
            }
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

    /** The name of the twin that a hub takes for a downstream device of which there are several. */
    private static String obeyed(ModuleTwin twin, List<ModuleTwin> all, String node) {
        return Stream.concat(Stream.of(twin), all.stream().filter(other -> sameDevice(twin, other)))
                .min(TwinOrder.on(node))
                .map(first -> first.getMetadata().getName())
                .orElseThrow();
    }

    /** Whether two twins are of one downstream device of one hub. */
    private static boolean sameDevice(ModuleTwin twin, ModuleTwin other) {
        return twin.getSpec().moduleId() == null
                && other.getSpec().moduleId() == null
                && twin.getSpec().deviceId().equals(other.getSpec().deviceId())
                && device(twin).equals(device(other));
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
