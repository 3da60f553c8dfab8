package dev.selvedge.operator.render;

import java.util.List;

import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.rbac.RoleRef;

/**
 * How hubs run, the same for all of them: from the operator's environment.
 *
 * @param role the ClusterRole, or the Role of each namespace with a site, that hubs are bound to in their namespace
 */
public record HubSettings(
        String image, String pullPolicy, List<String> pullSecrets, ResourceRequirements resources, RoleRef role) {
    public HubSettings {
        pullSecrets = List.copyOf(pullSecrets);
    }
}
