package dev.selvedge.operator.status;

import java.util.Objects;
import java.util.Optional;
import java.util.Set;

import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.plan.SiteNode;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import org.jspecify.annotations.Nullable;

/** Says of a pod that is there to have its images pulled whether they are on its node, and if not, why. What its containers do does not matter. */
public final class PullDiagnosis {
    private static final String POD = "the pod that pulls the new image ";
    /** What a kubelet says of a container that it cannot make or start, for which it has pulled the image before. */
    private static final Set<String> AFTER_PULL = Set.of(
            "CreateContainerConfigError",
            "PreCreateHookError",
            "CreateContainerError",
            "PreStartHookError",
            "RunContainerError",
            "StartError");

    private PullDiagnosis() {}

    /** Whether a Job has ended, which it does when one of its pods has pulled; that pod may be gone. */
    public static boolean done(Job job) {
        return job.getStatus() != null
                && job.getStatus().getConditions().stream()
                        .anyMatch(condition -> "True".equals(condition.getStatus())
                                && ("Complete".equals(condition.getType())
                                        || ("Failed".equals(condition.getType())
                                                && "PodFailurePolicy".equals(condition.getReason()))));
    }

    /** Whether all images of a pod are on its node. */
    public static boolean done(Pod pod) {
        var containers = PodDiagnosis.containers(pod).toList();
        return !containers.isEmpty() && containers.stream().allMatch(PullDiagnosis::pulled);
    }

    private static boolean pulled(ContainerStatus container) {
        var image = container.getImageID();
        var state = container.getState();
        var waiting = state == null ? null : state.getWaiting();
        return (image != null && !image.isEmpty())
                || (waiting != null && AFTER_PULL.contains(String.valueOf(waiting.getReason())));
    }

    /**
     * What keeps the images from being pulled; empty while it is only a matter of time.
     *
     * @param pod null while it is not there
     * @param refusal why it cannot be created, or null
     */
    public static Optional<Finding> trouble(SiteNode node, @Nullable Pod pod, @Nullable String refusal) {
        if (pod == null) {
            return Optional.ofNullable(refusal)
                    .map(why -> new Finding(
                            node.name(),
                            Reasons.POD_REJECTED,
                            PodDiagnosis.cut(POD + "is refused: " + WhyRefused.of(why))));
        }
        if (done(pod)) {
            return Optional.empty();
        }
        return PodDiagnosis.containers(pod)
                .map(container -> notPulled(node, container))
                .filter(Objects::nonNull)
                .findFirst()
                .or(() -> PodDiagnosis.unscheduled(pod).map(why -> pending(node, "is not scheduled: " + why)))
                .or(() -> sentAway(pod).map(why -> pending(node, "was sent away by the node: " + why)));
    }

    private static @Nullable Finding notPulled(SiteNode node, ContainerStatus container) {
        var state = container.getState();
        return state == null || state.getWaiting() == null
                ? null
                : PodDiagnosis.notPulled(node, container, state.getWaiting());
    }

    private static Optional<String> sentAway(Pod pod) {
        var status = pod.getStatus();
        return status == null || !"Failed".equals(status.getPhase())
                ? Optional.empty()
                : Optional.of(Objects.requireNonNullElse(status.getReason(), "no reason given"));
    }

    private static Finding pending(SiteNode node, String what) {
        return new Finding(node.name(), Reasons.PENDING, PodDiagnosis.cut(POD + what));
    }
}
