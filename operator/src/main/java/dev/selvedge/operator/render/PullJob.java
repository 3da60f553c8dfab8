package dev.selvedge.operator.render;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpecBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicy;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The Job that has a node pull the images of a change while what runs there goes on. Its pod runs where the instance does and may pull what the instance may; it asks for
 * nothing, so that it also fits on a full node, and ends at once. Where an image has no {@code true}, its container cannot be started, and the image is there all the same.
 */
public final class PullJob {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long NOBODY = 65534;

    private PullJob() {}

    /** The Job for a change of an instance; empty when the change brings no image. */
    public static Optional<Job> of(StatefulSet running, StatefulSet wanted) {
        var pod = pod(wanted);
        var here = containers(pod(running)).map(Container::getImage).toList();
        var fresh = new LinkedHashMap<String, Container>();
        containers(pod)
                .filter(container -> !here.contains(container.getImage()))
                .forEach(container -> fresh.putIfAbsent(container.getImage(), container));
        return fresh.isEmpty() ? Optional.empty() : Optional.of(job(wanted, pod, List.copyOf(fresh.values())));
    }

    private static PodSpec pod(StatefulSet set) {
        return set.getSpec().getTemplate().getSpec();
    }

    private static Stream<Container> containers(PodSpec pod) {
        return Stream.concat(pod.getInitContainers().stream(), pod.getContainers().stream());
    }

    private static Job job(StatefulSet wanted, PodSpec pod, List<Container> fresh) {
        var meta = wanted.getMetadata();
        var spec = spec(pod, fresh);
        return new JobBuilder()
                .withNewMetadata()
                .withName(Names.pull(meta.getName(), JSON.valueToTree(spec).toString()))
                .withNamespace(meta.getNamespace())
                .withLabels(Labels.pull(meta.getLabels()))
                .withOwnerReferences(meta.getOwnerReferences())
                .endMetadata()
                .withSpec(spec)
                .build();
    }

    private static JobSpec spec(PodSpec pod, List<Container> fresh) {
        return new JobSpecBuilder()
                .withBackoffLimit(Integer.MAX_VALUE)
                .withPodFailurePolicy(failures())
                .withTemplate(new PodTemplateSpecBuilder()
                        .withNewMetadata()
                        .withLabels(Labels.pullPod())
                        .endMetadata()
                        .withSpec(puller(pod, fresh))
                        .build())
                .build();
    }

    /** A pod that the node sent away is made anew, each time later; one whose container ended, or did not start, has pulled. */
    private static PodFailurePolicy failures() {
        return new PodFailurePolicyBuilder()
                .addNewRule()
                .withAction("Ignore")
                .addNewOnPodCondition("True", "DisruptionTarget")
                .endRule()
                .addNewRule()
                .withAction("FailJob")
                .withNewOnExitCodes()
                .withOperator("NotIn")
                .withValues(0)
                .endOnExitCodes()
                .endRule()
                .build();
    }

    private static PodSpec puller(PodSpec pod, List<Container> fresh) {
        var containers = new ArrayList<Container>();
        for (var container : fresh) {
            containers.add(new ContainerBuilder()
                    .withName("image-" + containers.size())
                    .withImage(container.getImage())
                    .withImagePullPolicy(container.getImagePullPolicy())
                    .withCommand("true")
                    .withResources(nothing())
                    .withSecurityContext(Pods.readOnlyContainer())
                    .build());
        }
        return new PodSpecBuilder()
                .withRestartPolicy("Never")
                .withServiceAccountName(pod.getServiceAccountName())
                .withAutomountServiceAccountToken(false)
                .withImagePullSecrets(pod.getImagePullSecrets())
                .withRuntimeClassName(pod.getRuntimeClassName())
                .withNodeName(pod.getNodeName())
                .withNodeSelector(pod.getNodeSelector())
                .withAffinity(nodes(pod.getAffinity()))
                .withTolerations(pod.getTolerations())
                .withSecurityContext(Pods.restrictedPod(NOBODY))
                .withContainers(containers)
                .build();
    }

    /** Without what is said of other pods: the instance itself may be one that must not be near. */
    private static @Nullable Affinity nodes(@Nullable Affinity affinity) {
        return affinity == null
                ? null
                : new AffinityBuilder()
                        .withNodeAffinity(affinity.getNodeAffinity())
                        .build();
    }

    /** A quota may want to know all four. */
    private static ResourceRequirements nothing() {
        return new ResourceRequirementsBuilder()
                .addToRequests("cpu", new Quantity("0"))
                .addToRequests("memory", new Quantity("0"))
                .addToLimits("cpu", new Quantity("100m"))
                .addToLimits("memory", new Quantity("32Mi"))
                .build();
    }
}
