package dev.selvedge.operator.reconciler.module;

import java.util.List;

import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.identity.Credentials;
import dev.selvedge.operator.apply.Applier;
import dev.selvedge.operator.apply.RollingUpdate.Target;
import dev.selvedge.operator.apply.SiteTrust;
import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.render.ModuleObjects;
import dev.selvedge.operator.render.ModulePod;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.status.Finding;
import dev.selvedge.plan.ModuleInstance;
import dev.selvedge.twin.DesiredRules;
import io.fabric8.kubernetes.api.model.Service;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import org.jspecify.annotations.Nullable;

/** Brings what an instance of a module needs, and says how the instance itself is to be. */
final class Preparation {
    private final ClusterCaches caches;
    private final Applier applier;
    private final SiteTrust trust;
    private final List<String> pullSecrets;

    Preparation(ClusterCaches caches, Applier applier, SiteTrust trust, List<String> pullSecrets) {
        this.caches = caches;
        this.applier = applier;
        this.trust = trust;
        this.pullSecrets = List.copyOf(pullSecrets);
    }

    /** Applies an instance's twin and Secret. */
    Target of(ModuleInstance instance, Dependencies dependencies, Context<?> context) {
        var twin = twin(instance);
        if (twin != null
                && !twin.getSpec().deviceId().equals(instance.identity().deviceId())) {
            return letGo(twin, instance);
        }
        var defaults = instance.module().getSpec().twin();
        var violation =
                DesiredRules.violation(instance.identity().moduleId(), defaults == null ? null : defaults.desired());
        if (violation.isPresent()) {
            return unknown(
                    instance,
                    Reasons.ERROR,
                    "spec.twin.desired " + violation.get() + ": until then nothing of this module is changed");
        }
        applier.apply(ModuleObjects.twin(instance, twin, Applier.FIELD_MANAGER), context);
        var connection = connect(instance, ModuleObjects.credentials(twin));
        if (connection == null) {
            return unknown(instance, Reasons.PENDING, "waits for the node's hub to get its identity and address");
        }
        applier.apply(connection.secret(), context);
        var missing = dependencies.missing(instance);
        if (missing.isPresent()) {
            return unknown(instance, Reasons.WAITING_FOR_DEPENDENCY, missing.get());
        }
        try {
            return Target.of(
                    instance.node(),
                    () -> ModulePod.statefulSet(instance, connection),
                    wanted -> applier.matches(wanted, context));
        } catch (IllegalArgumentException e) {
            return unknown(instance, Reasons.INVALID_POD_TEMPLATE, String.valueOf(e.getMessage()));
        }
    }

    /** Makes room for the twin of another device, unless somebody keeps something on the present one. */
    private Target letGo(ModuleTwin twin, ModuleInstance instance) {
        var name = twin.getMetadata().getName();
        var before = twin.getSpec().deviceId();
        if (ModuleObjects.shared(twin, Applier.FIELD_MANAGER)) {
            return unknown(
                    instance,
                    Reasons.DEVICE_ID_CHANGED,
                    "ModuleTwin '" + name + "' belongs to device '" + before + "', and the node is device '"
                            + instance.identity().deviceId()
                            + "' now; it stays because somebody set properties on it: delete it, and another is made");
        }
        applier.delete(twin);
        return unknown(instance, Reasons.PENDING, "its twin of device '" + before + "' makes room for another");
    }

    private static Target unknown(ModuleInstance instance, String reason, String message) {
        var node = instance.node();
        return Target.unknown(node, ModuleObjects.name(instance), new Finding(node.name(), reason, message));
    }

    /** Null while the hub's Secrets or Service are not there yet; their coming wakes us. */
    private ModulePod.@Nullable Connection connect(ModuleInstance instance, Credentials credentials) {
        var namespace = namespace(instance);
        var node = instance.node().name();
        var address = caches.of(Service.class)
                .get(namespace, Names.hub(node))
                .map(service -> service.getSpec().getClusterIP())
                .orElse(null);
        if (address == null) {
            return null; // its Secrets come before its Service: without that nobody need be asked for them
        }
        var proof = trust.proof(namespace, node, ModuleObjects.name(instance), instance.identity(), credentials);
        if (proof.isEmpty()) {
            return null;
        }
        var secret = ModuleObjects.secret(instance, proof.get());
        return new ModulePod.Connection(secret, proof.get().anchor(), credentials.generation(), address, pullSecrets);
    }

    private @Nullable ModuleTwin twin(ModuleInstance instance) {
        return caches.of(ModuleTwin.class)
                .get(namespace(instance), ModuleObjects.twinName(instance))
                .orElse(null);
    }

    private static String namespace(ModuleInstance instance) {
        return instance.module().getMetadata().getNamespace();
    }
}
