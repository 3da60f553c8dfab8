package dev.selvedge.operator.render;

import java.util.List;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.EdgeModuleSpec;
import dev.selvedge.api.v1alpha1.EnvVar;
import dev.selvedge.plan.ModuleInstance;
import org.jspecify.annotations.Nullable;

/** The part of a module's spec that its pods are made of: what a rollout changes and a rollback brings back. Routes and twins are no part of it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Workload(
        String image, @Nullable List<EnvVar> env, @Nullable ObjectNode podTemplate) {
    public static Workload of(EdgeModule module) {
        var spec = module.getSpec();
        return new Workload(spec.image(), spec.env(), spec.podTemplate());
    }

    /** The same instance, made of this. */
    public ModuleInstance in(ModuleInstance instance) {
        var asked = instance.module();
        var spec = asked.getSpec();
        var module = new EdgeModule();
        module.setMetadata(asked.getMetadata());
        module.setStatus(asked.getStatus());
        module.setSpec(new EdgeModuleSpec(
                spec.moduleId(),
                spec.nodeSelector(),
                image,
                env,
                spec.routes(),
                spec.twin(),
                spec.state(),
                spec.dependsOn(),
                spec.updateStrategy(),
                podTemplate));
        return new ModuleInstance(module, instance.node(), instance.hub());
    }
}
