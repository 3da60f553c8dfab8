package dev.selvedge.plan;

import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A node as the plan sees it. The device id is the node's name, or what its label {@value #DEVICE_ID_LABEL} says
 * (an empty one says nothing).
 *
 * @param reachable false while the node does not answer the API server; what runs there goes on
 */
public record SiteNode(String name, String deviceId, Map<String, String> labels, boolean reachable) {
    /** Label of a Node that overrides its name as device id. */
    public static final String DEVICE_ID_LABEL = "selvedge.dev/device-id";

    public SiteNode {
        labels = Map.copyOf(labels);
    }

    /** A node whose device id follows from its name and labels. */
    public static SiteNode of(String name, Map<String, String> labels, boolean reachable) {
        var label = labels.getOrDefault(DEVICE_ID_LABEL, "");
        return new SiteNode(name, label.isEmpty() ? name : label, labels, reachable);
    }

    boolean matches(@Nullable Map<String, String> selector) {
        return selector == null || labels.entrySet().containsAll(selector.entrySet());
    }
}
