package dev.selvedge.plan;

import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A node as the plan sees it.
 *
 * @param deviceId the device that it is: as {@link #asked()}, until a hub of another device runs there
 * @param reachable false while the node does not answer the API server; what runs there goes on
 * @param cordoned whether nothing may start there; what runs there goes on
 */
public record SiteNode(String name, String deviceId, Map<String, String> labels, boolean reachable, boolean cordoned) {
    /** Label of a Node that overrides its name as device id. */
    public static final String DEVICE_ID_LABEL = "selvedge.dev/device-id";

    public SiteNode {
        labels = Map.copyOf(labels);
    }

    /** A node that is the device that its name and labels ask for, and is not cordoned. */
    public static SiteNode of(String name, Map<String, String> labels, boolean reachable) {
        return new SiteNode(name, asked(name, labels), labels, reachable, false);
    }

    /** This node as another device than its name and labels ask for. */
    public SiteNode as(String device) {
        return new SiteNode(name, device, labels, reachable, cordoned);
    }

    /** This node with nothing allowed to start there. */
    public SiteNode cordon() {
        return new SiteNode(name, deviceId, labels, reachable, true);
    }

    /** This node when it does not answer the API server. */
    public SiteNode cutOff() {
        return new SiteNode(name, deviceId, labels, false, cordoned);
    }

    /** The device that the node is asked to be: its name, or what its label {@value #DEVICE_ID_LABEL} says (an empty one says nothing). */
    public String asked() {
        return asked(name, labels);
    }

    private static String asked(String name, Map<String, String> labels) {
        var label = labels.getOrDefault(DEVICE_ID_LABEL, "");
        return label.isEmpty() ? name : label;
    }

    boolean matches(@Nullable Map<String, String> selector) {
        return selector == null || labels.entrySet().containsAll(selector.entrySet());
    }
}
