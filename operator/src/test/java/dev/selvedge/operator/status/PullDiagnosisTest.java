package dev.selvedge.operator.status;

import java.util.Map;

import dev.selvedge.plan.SiteNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

final class PullDiagnosisTest {
    private static final SiteNode NODE = SiteNode.of("edge-1", Map.of(), true);

    /** What a kubelet says of a container, in the order in which it may come. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            waiting: {reason: ContainerCreating}                                  |           | false
            waiting: {reason: ErrImagePull, message: not found}                   |           | false
            waiting: {reason: ImagePullBackOff}                                   |           | false
            waiting: {reason: ErrImageNeverPull}                                  |           | false
            waiting: {reason: ImageInspectError}                                  |           | false
            waiting: {reason: InvalidImageName}                                   |           | false
            waiting: {reason: SomethingNew}                                       |           | false
            waiting: {reason: CreateContainerConfigError, message: root}          |           | true
            waiting: {reason: CreateContainerError, message: no true}             |           | true
            waiting: {reason: RunContainerError, message: no true}                |           | true
            running: {}                                                           | sha256:12 | true
            terminated: {exitCode: 0, reason: Completed}                          | sha256:12 | true
            terminated: {exitCode: 128, reason: StartError}                       | sha256:12 | true
            terminated: {exitCode: 137, reason: ContainerStatusUnknown}           |           | false
            """)
    void anImageIsThereWhenItsContainerWasMadeOrCouldNotBeMadeOfIt(String state, String imageId, boolean done) {
        assertThat(PullDiagnosis.done(pod(container("x:1", state, imageId)))).isEqualTo(done);
    }

    @Test
    void allImagesMustBeThere() {
        var there = container("x:1", "terminated: {exitCode: 0}", "sha256:12");
        var coming = container("y:1", "waiting: {reason: ContainerCreating}", null);

        assertThat(PullDiagnosis.done(pod(there + there))).isTrue();
        assertThat(PullDiagnosis.done(pod(there + coming))).isFalse();
        assertThat(PullDiagnosis.done(pod(""))).isFalse();
    }

    @Test
    void anImageThatCannotBePulledIsNamedWithTheCause() {
        var there = container("x:1", "terminated: {exitCode: 128, reason: StartError}", "sha256:12");
        var missing = container("y:1", "waiting: {reason: ErrImagePull, message: 'y:1: not found'}", null);

        assertThat(PullDiagnosis.trouble(NODE, pod(there + missing), null))
                .contains(new Finding(
                        "edge-1",
                        "ImagePullBackOff",
                        "image y:1 cannot be pulled: there is no such image (y:1: not found)"));
        assertThat(PullDiagnosis.trouble(NODE, pod(there), null)).isEmpty();
    }

    @Test
    void aRefusedPodSaysWhoRefusedUntilItIsThere() {
        var refusal = "Error creating: pods \"m--edge-1-pull-1a2b3-x7k2p\" is forbidden: exceeded quota: small, "
                + "requested: pods=1, used: pods=2, limited: pods=2";

        assertThat(PullDiagnosis.trouble(NODE, null, refusal))
                .contains(
                        new Finding(
                                "edge-1",
                                "PodRejected",
                                "the pod that pulls the new image is refused: ResourceQuota 'small' of the namespace has no room: it wants pods=1, the limit is pods=2"));
        assertThat(PullDiagnosis.trouble(
                        NODE, pod(container("x:1", "waiting: {reason: ContainerCreating}", null)), refusal))
                .isEmpty();
        assertThat(PullDiagnosis.trouble(NODE, null, null)).isEmpty();
    }

    @Test
    void aPodThatFindsNoPlaceSaysWhy() {
        var cordoned = read("""
                conditions: [{type: PodScheduled, status: 'False', message: '0/1 nodes are available: 1 node(s) were unschedulable.'}]
                """);
        var evicted = read("{phase: Failed, reason: Evicted}");

        assertThat(PullDiagnosis.trouble(NODE, cordoned, null))
                .contains(new Finding(
                        "edge-1",
                        "Pending",
                        "the pod that pulls the new image is not scheduled: the node is cordoned"));
        assertThat(PullDiagnosis.trouble(NODE, evicted, null))
                .contains(new Finding(
                        "edge-1", "Pending", "the pod that pulls the new image was sent away by the node: Evicted"));
    }

    private static String container(String image, String state, String imageId) {
        return "  - {name: image-0, ready: false, restartCount: 0, image: '%s', imageID: '%s', state: {%s}}%n"
                .formatted(image, imageId == null ? "" : imageId, state);
    }

    private static Pod pod(String containers) {
        return read(containers.isEmpty() ? "{}" : "containerStatuses:\n" + containers);
    }

    private static Pod read(String status) {
        return Serialization.unmarshal(
                "apiVersion: v1\nkind: Pod\nmetadata: {name: m--edge-1-pull-1a2b3-x7k2p}\nstatus:\n" + status.indent(2),
                Pod.class);
    }
}
