package dev.selvedge.operator.cluster;

import java.util.Optional;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeConditionBuilder;
import io.fabric8.kubernetes.api.model.NodeSpec;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;

/** What the operator keeps of large objects. */
final class Trim {
    private Trim() {}

    /** Name, labels, age, taints, whether it is cordoned, and whether it is ready and since when; no heart-beat. */
    static Node node(Node node) {
        var spec = Optional.ofNullable(node.getSpec()).orElseGet(NodeSpec::new);
        var ready = Sites.ready(node).map(Trim::withoutHeartBeat).stream().toList();
        return new NodeBuilder()
                .withMetadata(meta(node.getMetadata()))
                .withNewSpec()
                .withTaints(spec.getTaints())
                .withUnschedulable(spec.getUnschedulable())
                .endSpec()
                .withNewStatus()
                .withConditions(ready)
                .endStatus()
                .build();
    }

    /** Metadata without annotations and managers, and the parts of the status that say why a pod is not up. */
    static Pod pod(Pod pod) {
        var status = Optional.ofNullable(pod.getStatus()).orElseGet(PodStatus::new);
        return new PodBuilder()
                .withMetadata(meta(pod.getMetadata()))
                .withStatus(new PodStatusBuilder()
                        .withPhase(status.getPhase())
                        .withReason(status.getReason())
                        .withMessage(status.getMessage())
                        .withConditions(status.getConditions())
                        .withInitContainerStatuses(status.getInitContainerStatuses())
                        .withContainerStatuses(status.getContainerStatuses())
                        .build())
                .build();
    }

    private static ObjectMeta meta(ObjectMeta meta) {
        return new ObjectMetaBuilder()
                .withName(meta.getName())
                .withNamespace(meta.getNamespace())
                .withUid(meta.getUid())
                .withResourceVersion(meta.getResourceVersion())
                .withCreationTimestamp(meta.getCreationTimestamp())
                .withDeletionTimestamp(meta.getDeletionTimestamp())
                .withLabels(meta.getLabels())
                .build();
    }

    private static NodeCondition withoutHeartBeat(NodeCondition condition) {
        return new NodeConditionBuilder()
                .withType(condition.getType())
                .withStatus(condition.getStatus())
                .withLastTransitionTime(condition.getLastTransitionTime())
                .build();
    }
}
