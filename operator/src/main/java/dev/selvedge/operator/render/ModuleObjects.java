package dev.selvedge.operator.render;

import java.util.List;
import java.util.Optional;

import dev.selvedge.api.v1alpha1.EdgeModuleSpec.TwinDefaults;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.ModuleTwinSpec;
import dev.selvedge.identity.Credentials;
import dev.selvedge.plan.ModuleInstance;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import org.jspecify.annotations.Nullable;

/** The objects of one module on one node, but for its pod. */
public final class ModuleObjects {
    /** The variable, and the key of the Secret, with the module's connection string. */
    public static final String CONNECTION_STRING = "EdgeHubConnectionString";

    private ModuleObjects() {}

    public static String name(ModuleInstance instance) {
        return Names.instance(
                instance.module().getMetadata().getName(), instance.node().name());
    }

    public static String twinName(ModuleInstance instance) {
        return Names.twin(
                instance.module().getMetadata().getName(), instance.node().name());
    }

    /**
     * The twin with the module's defaults, without the keys that somebody else owns on the twin as it is: theirs win, key by key.
     *
     * @param current the twin as it is, or null when there is none
     * @param fieldManager the operator's own name among the field managers
     */
    public static ModuleTwin twin(ModuleInstance instance, @Nullable ModuleTwin current, String fieldManager) {
        var others = FieldOwners.others(
                current == null
                        ? List.<ManagedFieldsEntry>of()
                        : current.getMetadata().getManagedFields(),
                fieldManager);
        var defaults = Optional.ofNullable(instance.module().getSpec().twin());
        var tags = defaults.map(TwinDefaults::tags)
                .map(all -> others.leaveOut(all, "spec", "tags"))
                .filter(left -> !left.isEmpty());
        var desired = defaults.map(TwinDefaults::desired)
                .map(all -> others.leaveOut(all, "spec", "properties", "desired"))
                .filter(left -> !left.isEmpty());
        var identity = instance.identity();
        var twin = new ModuleTwin();
        twin.setMetadata(meta(instance, twinName(instance)));
        twin.setSpec(new ModuleTwinSpec(
                identity.deviceId(),
                identity.moduleId(),
                null,
                tags.orElse(null),
                desired.map(ModuleTwinSpec.Properties::new).orElse(null),
                null));
        return twin;
    }

    /**
     * Whether somebody else keeps properties on a twin: it is then theirs to delete.
     *
     * @param fieldManager the operator's own name among the field managers
     */
    public static boolean shared(ModuleTwin twin, String fieldManager) {
        return FieldOwners.others(twin.getMetadata().getManagedFields(), fieldManager)
                .any("spec");
    }

    /** How an instance proves itself: as the user asked on the twin. */
    public static Credentials credentials(@Nullable ModuleTwin twin) {
        return twin == null ? Credentials.DEFAULT : twin.getSpec().credentials();
    }

    /** The Secret from which the module learns where its hub is and how to prove itself. */
    public static Secret secret(ModuleInstance instance, Proof proof) {
        return IdentitySecret.of(meta(instance, name(instance)), CONNECTION_STRING, gatewayHost(instance), proof);
    }

    static String gatewayHost(ModuleInstance instance) {
        return Names.gatewayHost(
                instance.node().name(), instance.module().getMetadata().getNamespace());
    }

    static ObjectMeta meta(ModuleInstance instance, String name) {
        var module = instance.module();
        return new ObjectMetaBuilder()
                .withName(name)
                .withNamespace(module.getMetadata().getNamespace())
                .withLabels(Labels.module(
                        module.getMetadata().getName(), instance.node().name()))
                .withOwnerReferences(Owners.controller(module))
                .build();
    }
}
