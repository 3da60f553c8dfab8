package dev.selvedge.plan;

import java.util.List;
import java.util.Map;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;

/**
 * All that a plan is made from: the objects of one namespace and the nodes of the cluster.
 *
 * @param nodes of two that claim one device id the first keeps it: first those that have a hub, then the oldest
 * @param inForce what the hub of each node (by node name) was last told: its routes stay in force while newer ones cannot be understood
 */
public record Site(
        List<EdgeHub> hubs, List<EdgeModule> modules, List<SiteNode> nodes, Map<String, HubConfiguration> inForce) {
    public Site {
        hubs = List.copyOf(hubs);
        modules = List.copyOf(modules);
        nodes = List.copyOf(nodes);
        inForce = Map.copyOf(inForce);
    }
}
