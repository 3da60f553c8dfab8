package dev.selvedge.operator.cache;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

import dev.selvedge.operator.status.PodDiagnosis;
import dev.selvedge.plan.SiteNode;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeSpec;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.Pod;

/** What a Node says. */
public final class Nodes {
    private Nodes() {}

    /** A node as the plan sees it. A node that is ready or says itself that it is not is reachable. */
    static SiteNode of(Node node) {
        var labels = Optional.ofNullable(node.getMetadata().getLabels()).orElse(Map.of());
        var reachable = ready(node).map(c -> !"Unknown".equals(c.getStatus())).orElse(true);
        var seen = SiteNode.of(node.getMetadata().getName(), labels, reachable);
        return Optional.ofNullable(node.getSpec())
                        .map(NodeSpec::getUnschedulable)
                        .orElse(false)
                ? seen.cordon()
                : seen;
    }

    /**
     * A node that is named and not watched, as the cluster tells of its pods. A node none of whose pods was ever up is taken for one that answers.
     *
     * @param pods those of the node
     */
    static SiteNode of(SiteNode named, List<Pod> pods) {
        return pods.stream().anyMatch(PodDiagnosis::cutOff) && pods.stream().noneMatch(PodDiagnosis::answers)
                ? named.cutOff()
                : named;
    }

    /** Whether a Node that changed is still the same in all that anybody here reads: most changes are heart-beats. */
    public static boolean same(Node before, Node after) {
        var was = Trim.node(before);
        var is = Trim.node(after);
        return was.getSpec().equals(is.getSpec())
                && was.getStatus().equals(is.getStatus())
                && Objects.equals(
                        was.getMetadata().getLabels(), is.getMetadata().getLabels());
    }

    /** The condition Ready. */
    public static Optional<NodeCondition> ready(Node node) {
        return Optional.ofNullable(node.getStatus()).map(NodeStatus::getConditions).orElse(List.of()).stream()
                .filter(c -> "Ready".equals(c.getType()))
                .findFirst();
    }
}
