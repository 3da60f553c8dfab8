package dev.selvedge.plan;

import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.EdgeModuleSpec.State;
import dev.selvedge.identity.Identity;

/** A module on one node, beside that node's hub. */
public record ModuleInstance(EdgeModule module, SiteNode node, HubInstance hub) {
    /** The module id of an EdgeModule: {@code spec.moduleId}, or its name. */
    public static String moduleId(EdgeModule module) {
        var id = module.getSpec().moduleId();
        return id == null ? module.getMetadata().getName() : id;
    }

    public Identity identity() {
        return Identity.module(node.deviceId(), moduleId(module));
    }

    public boolean stopped() {
        return module.getSpec().state() == State.Stopped;
    }
}
