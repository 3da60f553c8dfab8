package dev.selvedge.operator.status;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.plan.SiteNode;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import org.jspecify.annotations.Nullable;

/** Says of one instance whether it is up, and if not, why: from its StatefulSet, its pod and what the cluster complains of. */
public final class PodDiagnosis {
    /** Label by which the cluster says of which version of its StatefulSet a pod is. */
    public static final String REVISION = "controller-revision-hash";

    private static final String READY = "Ready";
    private static final String CONTAINERS_READY = "ContainersReady";
    private static final String SCHEDULED = "PodScheduled";
    /** The conditions of a pod that are looked at. */
    public static final Set<String> CONDITIONS = Set.of(READY, CONTAINERS_READY, SCHEDULED);

    private static final Pattern MISSING_SECRET = Pattern.compile("secret \"[^\"]+\" not found");
    /** What a kubelet adds to the cause: numbers that are others each time. */
    private static final Pattern AMOUNTS = Pattern.compile("(\\. |, requested: ).*", Pattern.DOTALL);

    private static final int LONGEST = 400;

    private PodDiagnosis() {}

    /**
     * The finding for one instance.
     *
     * @param set null while it is not there yet
     * @param pod its pod, or null
     */
    public static Finding of(SiteNode node, @Nullable StatefulSet set, @Nullable Pod pod, Complaints complaints) {
        var seen = seen(node, set, pod, complaints);
        if (reachable(node, pod)) {
            return seen.reason().equals(Reasons.PENDING) && cordoned(node, pod) && homeless(pod)
                    ? new Finding(
                            node.name(),
                            Reasons.NODE_CORDONED,
                            "the node is cordoned: nothing starts there until it is uncordoned; what is stored stays")
                    : seen;
        }
        var running = pod != null && containersReady(pod);
        return new Finding(
                node.name(),
                Reasons.NODE_UNREACHABLE,
                running
                        ? "the node does not answer the API server; it ran when last seen and goes on"
                        : "the node does not answer the API server; it did not run when last seen (" + seen.reason()
                                + ")");
    }

    /**
     * The finding for one instance that is to be stopped.
     *
     * @param pod its pod, or null when that is gone
     */
    public static Finding stopped(SiteNode node, @Nullable Pod pod) {
        var stands = "stopped as asked (spec.state)";
        if (pod != null) {
            stands = node.reachable()
                    ? "stopping as asked (spec.state), and its pod has not ended yet"
                    : "to be stopped as asked (spec.state), but the node does not answer the API server: it may run there until the node is back";
        }
        return new Finding(node.name(), Reasons.STOPPED, stands + "; twin and messages stay");
    }

    /** Whether an instance is up and is what was asked for last. */
    public static boolean ready(@Nullable StatefulSet set, @Nullable Pod pod) {
        return set != null && pod != null && current(set, pod) && condition(pod, READY, "True");
    }

    /**
     * Whether an instance's containers are ready and are what was asked for last. While a node does not answer, and for a moment after, the
     * cluster says of its pods that they are not ready, and of their containers what the node said last.
     */
    public static boolean up(@Nullable StatefulSet set, @Nullable Pod pod) {
        return set != null && pod != null && current(set, pod) && containersReady(pod);
    }

    /**
     * Whether the cluster says of a pod that its node does not answer: it is not ready for no reason, and its containers are as the node said last. A node
     * itself gives a reason.
     */
    public static boolean cutOff(Pod pod) {
        return condition(pod, CONTAINERS_READY, "True")
                && conditions(pod)
                        .anyMatch(c -> READY.equals(c.getType())
                                && "False".equals(c.getStatus())
                                && (c.getMessage() == null || c.getMessage().isEmpty()));
    }

    /** Of a node that is cut off its pods may tell before it does. */
    private static boolean reachable(SiteNode node, @Nullable Pod pod) {
        return node.reachable() && (pod == null || !cutOff(pod));
    }

    /** Whether a pod is ready, which only a node that answers lets it be. */
    public static boolean answers(Pod pod) {
        return condition(pod, READY, "True");
    }

    /** Whether a pod would not come up again if it went: its node is cordoned, or it waits for a node that is, as far as the scheduler has said. */
    public static boolean cordoned(SiteNode node, @Nullable Pod pod) {
        return node.cordoned()
                || (pod != null
                        && notScheduled(pod)
                                .map(PodCondition::getMessage)
                                .filter(WhyUnscheduled::cordoned)
                                .isPresent());
    }

    /**
     * Whether an instance is not ready because of its node, which is cut off or cordoned.
     *
     * @param complaints asked for only when they matter
     */
    public static boolean away(SiteNode node, StatefulSet set, @Nullable Pod pod, Supplier<Complaints> complaints) {
        if (ready(set, pod)) {
            return false;
        }
        return !reachable(node, pod)
                || (cordoned(node, pod)
                        && of(node, set, pod, complaints.get()).reason().equals(Reasons.NODE_CORDONED));
    }

    /** Since when a pod is ready, or not, RFC 3339; null when nobody says. */
    public static @Nullable String readySince(Pod pod) {
        return since(pod, READY);
    }

    /** Since when a pod has its node, or none, RFC 3339; null when nobody says. */
    public static @Nullable String placedSince(Pod pod) {
        return since(pod, SCHEDULED);
    }

    private static @Nullable String since(Pod pod, String type) {
        return conditions(pod)
                .filter(c -> type.equals(c.getType()))
                .map(PodCondition::getLastTransitionTime)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private static Finding seen(SiteNode node, @Nullable StatefulSet set, @Nullable Pod pod, Complaints complaints) {
        if (ready(set, pod)) {
            return new Finding(node.name(), Reasons.READY, "running and ready");
        }
        if (pod == null) {
            var refusal = complaints.refusal();
            return refusal == null
                    ? new Finding(node.name(), Reasons.PENDING, "the pod is being created")
                    : new Finding(
                            node.name(), Reasons.POD_REJECTED, cut("the pod is refused: " + WhyRefused.of(refusal)));
        }
        if (pod.getMetadata().getDeletionTimestamp() != null || (set != null && !current(set, pod))) {
            return new Finding(node.name(), Reasons.PENDING, "the pod is being replaced");
        }
        return sentAway(pod)
                .map(why -> new Finding(node.name(), Reasons.PENDING, cut("the pod was sent away by the node: " + why)))
                .or(() -> containers(pod)
                        .map(status -> trouble(node, status))
                        .filter(Objects::nonNull)
                        .findFirst())
                .orElseGet(() -> new Finding(node.name(), Reasons.PENDING, cut(waitingFor(pod, complaints))));
    }

    /** Why a node did not take a pod, or did not keep it; empty when it did. Another pod takes its place. */
    private static Optional<String> sentAway(Pod pod) {
        return Optional.ofNullable(pod.getStatus())
                .filter(status -> "Failed".equals(status.getPhase()) && status.getReason() != null)
                .map(status -> status.getMessage() == null
                        ? status.getReason()
                        : status.getReason() + ": "
                                + AMOUNTS.matcher(status.getMessage()).replaceFirst(""));
    }

    private static boolean current(StatefulSet set, Pod pod) {
        var status = set.getStatus();
        if (status == null || status.getUpdateRevision() == null) {
            return false;
        }
        var seen = status.getObservedGeneration();
        var labels = pod.getMetadata().getLabels();
        return seen != null
                && seen.equals(set.getMetadata().getGeneration())
                && labels != null
                && status.getUpdateRevision().equals(labels.get(REVISION));
    }

    private static boolean containersReady(Pod pod) {
        return condition(pod, CONTAINERS_READY, "True") || condition(pod, READY, "True");
    }

    static Stream<ContainerStatus> containers(Pod pod) {
        var all = new ArrayList<ContainerStatus>();
        Optional.ofNullable(pod.getStatus())
                .map(PodStatus::getInitContainerStatuses)
                .ifPresent(all::addAll);
        Optional.ofNullable(pod.getStatus())
                .map(PodStatus::getContainerStatuses)
                .ifPresent(all::addAll);
        return all.stream();
    }

    private static @Nullable Finding trouble(SiteNode node, ContainerStatus container) {
        var state = container.getState();
        var waiting = state == null ? null : state.getWaiting();
        if (waiting != null && waiting.getReason() != null) {
            var found = waiting(node, container, waiting);
            if (found != null) {
                return found;
            }
        }
        if (Boolean.TRUE.equals(container.getReady())) {
            return null;
        }
        var restarts = Objects.requireNonNullElse(container.getRestartCount(), 0);
        var ended = state == null ? null : state.getTerminated();
        var ends = ended == null ? restarts : restarts + 1;
        if (ended == null && container.getLastState() != null) {
            ended = container.getLastState().getTerminated();
        }
        if (ended == null || (restarts == 0 && Integer.valueOf(0).equals(ended.getExitCode()))) {
            return null;
        }
        return ends < 2 ? restart(node, container, ended) : crash(node, container, ended);
    }

    private static @Nullable Finding waiting(SiteNode node, ContainerStatus container, ContainerStateWaiting waiting) {
        var message = Objects.requireNonNullElse(waiting.getMessage(), "");
        return switch (waiting.getReason()) {
            case "CrashLoopBackOff" ->
                crash(
                        node,
                        container,
                        container.getLastState() == null
                                ? null
                                : container.getLastState().getTerminated());
            case "CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError" ->
                new Finding(
                        node.name(),
                        MISSING_SECRET.matcher(message).find() ? Reasons.SECRET_NOT_FOUND : Reasons.POD_REJECTED,
                        cut("container " + container.getName() + " cannot be created: " + message));
            default -> notPulled(node, container, waiting);
        };
    }

    /** What is wrong with the image of a container that waits; null when that is not what it waits for. */
    static @Nullable Finding notPulled(SiteNode node, ContainerStatus container, ContainerStateWaiting waiting) {
        return switch (String.valueOf(waiting.getReason())) {
            case "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError" ->
                new Finding(
                        node.name(),
                        Reasons.IMAGE_PULL_BACK_OFF,
                        cut("image " + container.getImage() + " cannot be pulled"
                                + WhyNotPulled.of(Objects.requireNonNullElse(waiting.getMessage(), ""))));
            default -> null;
        };
    }

    /** Of one end nobody knows whether there are more: its node may have been restarted. */
    private static Finding restart(SiteNode node, ContainerStatus container, ContainerStateTerminated ended) {
        return new Finding(
                node.name(),
                Reasons.PENDING,
                cut("container " + container.getName() + " is started again after it ended " + WhyEnded.of(ended)));
    }

    private static Finding crash(SiteNode node, ContainerStatus container, @Nullable ContainerStateTerminated ended) {
        return new Finding(
                node.name(),
                Reasons.CRASH_LOOP_BACK_OFF,
                cut("container " + container.getName() + " ends again and again"
                        + (ended == null ? "; see its log" : " " + WhyEnded.of(ended))));
    }

    private static String waitingFor(Pod pod, Complaints complaints) {
        if (!condition(pod, SCHEDULED, "True") && complaints.claim() != null) {
            return "the volume claim is not bound: " + complaints.claim();
        }
        var unscheduled = unscheduled(pod);
        if (unscheduled.isPresent()) {
            return "the pod is not scheduled: " + unscheduled.get();
        }
        if (complaints.mount() != null && containers(pod).noneMatch(PodDiagnosis::ran)) {
            return "a volume cannot be mounted: " + Phrase.steady(complaints.mount());
        }
        var started = containers(pod)
                .allMatch(c -> c.getState() != null && c.getState().getRunning() != null);
        return started && containers(pod).findAny().isPresent()
                ? "the container runs and is not ready yet"
                : "the pod is starting";
    }

    /** Whether there is no pod that has a place to stay. */
    private static boolean homeless(@Nullable Pod pod) {
        return pod == null
                || pod.getMetadata().getDeletionTimestamp() != null
                || notScheduled(pod).isPresent();
    }

    /** Why no node is found for a pod; empty when one is, or nobody has looked yet. */
    static Optional<String> unscheduled(Pod pod) {
        return notScheduled(pod)
                .map(c -> c.getMessage() == null ? "no reason given" : WhyUnscheduled.of(c.getMessage()));
    }

    private static Optional<PodCondition> notScheduled(Pod pod) {
        return conditions(pod)
                .filter(c -> SCHEDULED.equals(c.getType()) && "False".equals(c.getStatus()))
                .findFirst();
    }

    private static boolean ran(ContainerStatus container) {
        var state = container.getState();
        return state != null && (state.getRunning() != null || state.getTerminated() != null);
    }

    private static Stream<PodCondition> conditions(Pod pod) {
        return Optional.ofNullable(pod.getStatus()).map(PodStatus::getConditions).orElse(List.of()).stream();
    }

    private static boolean condition(Pod pod, String type, String status) {
        return conditions(pod).anyMatch(c -> type.equals(c.getType()) && status.equals(c.getStatus()));
    }

    static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST - 1) + "…";
    }
}
