package dev.selvedge.operator.render;

import java.util.Map;
import java.util.Optional;

import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.plan.HubInstance;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Secret;

/** The objects of one downstream device. */
public final class DeviceObjects {
    /** The key of the Secret with the device's connection string. */
    public static final String CONNECTION_STRING = "connectionString";

    private DeviceObjects() {}

    public static String secretName(ModuleTwin twin) {
        return "device--" + twin.getMetadata().getName();
    }

    /** The name of the twin that an object was made for; empty for what is no device's Secret. */
    public static Optional<String> twinName(HasMetadata object) {
        return object.getMetadata().getOwnerReferences().stream()
                .filter(owner -> owner.getKind().equals(ModuleTwin.class.getSimpleName()))
                .map(OwnerReference::getName)
                .findFirst();
    }

    /** What the operator owns of the user's twin: the label that lets the node's hub write its status. */
    public static ModuleTwin label(ModuleTwin twin, HubInstance hub) {
        var labelled = new ModuleTwin();
        labelled.setMetadata(new ObjectMetaBuilder()
                .withName(twin.getMetadata().getName())
                .withNamespace(twin.getMetadata().getNamespace())
                .withLabels(Map.of(Labels.NODE, Labels.value(hub.node().name())))
                .build());
        return labelled;
    }

    /** The Secret with which the device connects; it goes with the twin. */
    public static Secret secret(ModuleTwin twin, HubInstance hub, Proof proof) {
        var meta = new ObjectMetaBuilder()
                .withName(secretName(twin))
                .withNamespace(twin.getMetadata().getNamespace())
                .withLabels(Labels.device(hub.node().name()))
                .withOwnerReferences(Owners.controller(twin))
                .build();
        return IdentitySecret.of(meta, CONNECTION_STRING, gatewayHost(hub), proof);
    }

    /** The name under which devices find the hub: from outside where it is exposed. */
    public static String gatewayHost(HubInstance hub) {
        var node = hub.node().name();
        var expose = hub.hub().getSpec().expose();
        return expose == null ? Names.gatewayHost(node, hub.hub().getMetadata().getNamespace()) : expose.host(node);
    }
}
