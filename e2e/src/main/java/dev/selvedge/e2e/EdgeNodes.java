package dev.selvedge.e2e;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import io.fabric8.kubernetes.api.model.Node;

/** The nodes that the quickstart's hub is for. On a cluster of somebody's own it is theirs to say which those are. */
final class EdgeNodes {
    /** As many as the demo's own cluster has. */
    private static final int ENOUGH = 2;

    private EdgeNodes() {}

    /** Throws IllegalStateException, with the command to type, when a cluster has none. */
    static void require(Cluster cluster) {
        missing(cluster.client().nodes().list().getItems(), cluster.kubeconfig())
                .ifPresent(message -> {
                    throw new IllegalStateException(message);
                });
    }

    /** What to do when none of these nodes is one. */
    static Optional<String> missing(List<Node> nodes, Path kubeconfig) {
        if (nodes.stream().anyMatch(EdgeNodes::isEdge)) {
            return Optional.empty();
        }
        var names = nodes.stream()
                .filter(EdgeNodes::takesPods)
                .map(node -> node.getMetadata().getName())
                .sorted()
                .limit(ENOUGH)
                .toList();
        return Optional.of("no node of the cluster has the label " + Cluster.EDGE
                + "=true, by which the site of the demo finds its nodes. Label one or more, for example:\n  kubectl --kubeconfig "
                + kubeconfig + " label node " + (names.isEmpty() ? "NODE" : String.join(" ", names)) + " "
                + Cluster.EDGE
                + "=true");
    }

    private static boolean isEdge(Node node) {
        var labels = node.getMetadata().getLabels();
        return labels != null && "true".equals(labels.get(Cluster.EDGE));
    }

    private static boolean takesPods(Node node) {
        var spec = node.getSpec();
        return spec == null
                || (!Boolean.TRUE.equals(spec.getUnschedulable())
                        && spec.getTaints().stream().allMatch(taint -> "PreferNoSchedule".equals(taint.getEffect())));
    }
}
