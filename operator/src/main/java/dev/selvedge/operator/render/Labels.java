package dev.selvedge.operator.render;

import java.util.Map;
import java.util.TreeMap;

import dev.selvedge.plan.TwinOrder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import org.jspecify.annotations.Nullable;

/** Labels of what the operator makes. None is copied from the user's objects: Argo CD would take the copy for its own. */
public final class Labels {
    public static final String MANAGED_BY = "app.kubernetes.io/managed-by";
    public static final String SELVEDGE = "selvedge";
    public static final String COMPONENT = "app.kubernetes.io/component";
    /** The node's name: an admission policy compares it with the node of the hub that writes a twin's status. */
    public static final String NODE = "selvedge.dev/node";
    /** Name of the EdgeHub. */
    public static final String HUB = "selvedge.dev/hub";
    /** Name of the EdgeModule. */
    public static final String MODULE = TwinOrder.MODULE_LABEL;

    /** Which Job a pod is of; Kubernetes sets it. */
    public static final String JOB = "batch.kubernetes.io/job-name";

    private static final String NAME = "app.kubernetes.io/name";
    private static final String PART_OF = "app.kubernetes.io/part-of";
    private static final String PULL = "pull";
    private static final int LONGEST_VALUE = 63;

    private Labels() {}

    public static Map<String, String> site() {
        return labels("site", "selvedge");
    }

    public static Map<String, String> hub(String edgeHub, String node) {
        var labels = labels("hub", Names.HUB);
        labels.put(HUB, edgeHub);
        labels.put(NODE, value(node));
        return labels;
    }

    public static Map<String, String> module(String edgeModule, String node) {
        var labels = labels("module", edgeModule);
        labels.put(MODULE, edgeModule);
        labels.put(NODE, value(node));
        return labels;
    }

    public static Map<String, String> rollout(String edgeModule) {
        var labels = labels("rollout", edgeModule);
        labels.put(MODULE, edgeModule);
        return labels;
    }

    /** Of the Job that pulls images for an instance: the instance's own, as another component. */
    public static Map<String, String> pull(Map<String, String> instance) {
        var labels = new TreeMap<>(instance);
        labels.put(COMPONENT, PULL);
        return labels;
    }

    /** Of the pod of that Job: nothing by which somebody looks for the instance. */
    public static Map<String, String> pullPod() {
        return new TreeMap<>(Map.of(MANAGED_BY, SELVEDGE, COMPONENT, PULL));
    }

    public static Map<String, String> device(String node) {
        var labels = labels("device", "device");
        labels.put(NODE, value(node));
        return labels;
    }

    /** What a hub's Service and StatefulSet select by; it never changes while the node keeps its name. */
    public static Map<String, String> hubSelector(String node) {
        return new TreeMap<>(Map.of(COMPONENT, "hub", NODE, value(node)));
    }

    public static Map<String, String> moduleSelector(String edgeModule, String node) {
        return new TreeMap<>(Map.of(MODULE, edgeModule, NODE, value(node)));
    }

    /** The value of a label of an object, or null. */
    public static @Nullable String of(HasMetadata object, String label) {
        var labels = object.getMetadata().getLabels();
        return labels == null ? null : labels.get(label);
    }

    /** A node's name as a label value: names beyond 63 characters are cut and end in a hash. */
    public static String value(String node) {
        return node.length() <= LONGEST_VALUE ? node : node.substring(0, LONGEST_VALUE - 9) + "-" + Names.hash(node, 8);
    }

    private static Map<String, String> labels(String component, String name) {
        var labels = new TreeMap<String, String>();
        labels.put(MANAGED_BY, SELVEDGE);
        labels.put(PART_OF, SELVEDGE);
        labels.put(COMPONENT, component);
        labels.put(NAME, name);
        return labels;
    }
}
