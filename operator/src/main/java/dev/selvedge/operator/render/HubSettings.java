package dev.selvedge.operator.render;

import java.util.List;

import io.fabric8.kubernetes.api.model.ResourceRequirements;

/**
 * How hubs run, the same for all of them: from the operator's environment.
 *
 * @param clusterRole name of the ClusterRole that hubs are bound to in their namespace
 */
public record HubSettings(
        String image, String pullPolicy, List<String> pullSecrets, ResourceRequirements resources, String clusterRole) {
    public HubSettings {
        pullSecrets = List.copyOf(pullSecrets);
    }
}
