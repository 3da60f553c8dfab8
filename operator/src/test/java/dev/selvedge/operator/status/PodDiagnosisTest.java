package dev.selvedge.operator.status;

import java.util.Map;

import dev.selvedge.plan.SiteNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

final class PodDiagnosisTest {
    private static final SiteNode NODE = SiteNode.of("edge-1", Map.of(), true);
    private static final SiteNode CUT_OFF = SiteNode.of("edge-1", Map.of(), false);

    private static final StatefulSet SET = Serialization.unmarshal("""
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: m--edge-1, generation: 3}
            status: {observedGeneration: 3, replicas: 1, updateRevision: r2, currentRevision: r2}
            """, StatefulSet.class);

    private static final String READY =
            "conditions: [{type: Ready, status: 'True'}, {type: ContainersReady, status: 'True'}]";

    @Test
    void readyMeansThatWhatWasAskedLastIsUp() {
        assertThat(found(NODE, pod("r2", READY)).reason()).isEqualTo("Ready");
        assertThat(found(NODE, pod("r1", READY)).reason()).isEqualTo("Pending");
        assertThat(PodDiagnosis.ready(SET, pod("r2", READY))).isTrue();
        assertThat(PodDiagnosis.ready(SET, pod("r1", READY))).isFalse();
    }

    @Test
    void aNodeThatIsCutOffDoesNotHideThatThingsRun() {
        var kept = "conditions: [{type: Ready, status: 'False'}, {type: ContainersReady, status: 'True'}]";

        assertThat(found(CUT_OFF, pod("r2", kept)))
                .isEqualTo(new Finding(
                        "edge-1",
                        "NodeUnreachable",
                        "the node does not answer the API server; it ran when last seen and goes on"));
        assertThat(found(CUT_OFF, null).message()).contains("did not run when last seen (Pending)");
    }

    @Test
    void aPodMayTellThatItsNodeIsCutOffBeforeTheNodeDoes() {
        var kept = pod("r2", "conditions: [{type: Ready, status: 'False'}, {type: ContainersReady, status: 'True'}]");

        assertThat(found(NODE, kept)).isEqualTo(found(CUT_OFF, kept));
        assertThat(away(NODE, kept)).isTrue();
    }

    @Test
    void onACordonedNodeWhatIsDownWaitsAndWhatRunsIsSaidToRun() {
        var cordoned = NODE.cordon();
        var placeless = "conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable, message: '%s'}]";
        var waits = pod(
                "r2",
                placeless.formatted(
                        "0/2 nodes are available: 1 node(s) were unschedulable, 1 node(s) didn''t match Pod''s node affinity/selector."));
        var large = pod("r2", placeless.formatted("0/1 nodes are available: 1 Insufficient memory."));

        assertThat(found(cordoned, null).reason()).isEqualTo("NodeCordoned");
        assertThat(found(cordoned, waits).reason()).isEqualTo("NodeCordoned");
        assertThat(found(cordoned, large).reason()).isEqualTo("NodeCordoned");
        assertThat(found(cordoned, pod("r2", READY)).reason()).isEqualTo("Ready");
        assertThat(found(cordoned, pod("r2", "conditions: [{type: PodScheduled, status: 'True'}]"))
                        .reason())
                .isEqualTo("Pending");
        assertThat(found(NODE, large).reason()).isEqualTo("Pending");
        assertThat(found(NODE, waits).reason())
                .as("of a node that is not watched, the scheduler tells")
                .isEqualTo("NodeCordoned");
        assertThat(found(CUT_OFF.cordon(), null).reason()).isEqualTo("NodeUnreachable");
    }

    @Test
    void awayIsWhatIsNotReadyBecauseOfItsNode() {
        var cordoned = NODE.cordon();
        var starts = pod("r2", "conditions: [{type: PodScheduled, status: 'True'}]");

        assertThat(away(CUT_OFF, starts)).isTrue();
        assertThat(away(CUT_OFF, null)).isTrue();
        assertThat(away(CUT_OFF, pod("r2", READY)))
                .as("not yet said to be down")
                .isFalse();
        assertThat(away(cordoned, null)).isTrue();
        assertThat(away(cordoned, starts)).as("it has a place, and may start").isFalse();
        assertThat(away(cordoned, pod("r2", READY))).isFalse();
        assertThat(PodDiagnosis.away(cordoned, SET, null, () -> new Complaints("exceeded quota", null, null)))
                .as("the cordon is not what keeps it down")
                .isFalse();
        assertThat(away(NODE, null)).isFalse();
    }

    private static boolean away(SiteNode node, @Nullable Pod pod) {
        return PodDiagnosis.away(node, SET, pod, () -> Complaints.NONE);
    }

    @Test
    void ofANodeThatHasJustComeBackThingsAreUpAsItSaidLast() {
        var kept =
                "conditions: [{type: Ready, status: 'False', lastTransitionTime: '2026-03-01T12:00:00Z'}, {type: ContainersReady, status: 'True'}]";

        assertThat(PodDiagnosis.ready(SET, pod("r2", kept))).isFalse();
        assertThat(PodDiagnosis.up(SET, pod("r2", kept))).isTrue();
        assertThat(PodDiagnosis.up(SET, pod("r1", kept))).isFalse();
        assertThat(PodDiagnosis.readySince(pod("r2", kept))).isEqualTo("2026-03-01T12:00:00Z");
        assertThat(PodDiagnosis.readySince(pod("r2", READY))).isNull();
    }

    @Test
    void aPodThatIsNotReadyForNoReasonIsOnANodeThatIsCutOff() {
        var conditions = "conditions: [{type: Ready, status: '%s'%s}, {type: ContainersReady, status: '%s'}]";

        assertThat(PodDiagnosis.cutOff(pod("r2", conditions.formatted("False", "", "True"))))
                .isTrue();
        assertThat(PodDiagnosis.cutOff(pod("r2", READY))).isFalse();
        assertThat(PodDiagnosis.cutOff(pod("r2", conditions.formatted("False", "", "False"))))
                .isFalse();
        assertThat(PodDiagnosis.cutOff(pod(
                        "r2",
                        conditions.formatted(
                                "False",
                                ", message: 'corresponding condition of pod readiness gate \"x\" does not exist.'",
                                "True"))))
                .as("its node gives a reason")
                .isFalse();
        assertThat(PodDiagnosis.cutOff(pod("r2", "phase: Pending"))).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ErrImagePull     | failed to pull and unpack image "x:1": not found                          | ImagePullBackOff | image x:1 cannot be pulled: there is no such image ("x:1": not found)
            ImagePullBackOff | Back-off pulling image "x:1": ErrImagePull: failed to pull and unpack image "x:1": not found | ImagePullBackOff | image x:1 cannot be pulled: there is no such image ("x:1": not found)
            InvalidImageName | couldn't parse image name                                                 | ImagePullBackOff | couldn't parse
            CrashLoopBackOff | back-off 10s restarting failed container                                  | CrashLoopBackOff | with exit code 137 (OOMKilled)
            CreateContainerConfigError | secret "db" not found                                           | SecretNotFound   | secret "db" not found
            CreateContainerConfigError | container has runAsNonRoot and image will run as root           | PodRejected      | will run as root
            ContainerCreating |                                                                          | Pending          | the pod is starting
            """)
    void aWaitingContainerSaysWhy(String reason, String message, String found, String said) {
        var status = """
                containerStatuses:
                  - name: module
                    image: x:1
                    ready: false
                    restartCount: 2
                    state: {waiting: {reason: %s, message: '%s'}}
                    lastState: {%s}
                """.formatted(
                        reason,
                        message == null ? "" : message.replace("'", "''"),
                        reason.startsWith("CrashLoop") ? "terminated: {exitCode: 137, reason: OOMKilled}" : "");

        var finding = found(NODE, pod("r2", status));

        assertThat(finding.reason()).isEqualTo(found);
        assertThat(finding.message()).contains(said);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Evicted      | The node was low on resource: memory. Threshold quantity: 100Mi, available: 52Mi.                            | Evicted: The node was low on resource: memory
            Evicted      | The node had condition: [DiskPressure]. ''                                                                   | Evicted: The node had condition: [DiskPressure]
            NodeAffinity | Pod was rejected: Predicate NodeAffinity failed                                                              | NodeAffinity: Pod was rejected: Predicate NodeAffinity failed
            OutOfcpu     | Pod was rejected: Node didn''t have enough resource: cpu, requested: 500, used: 3800, capacity: 4000         | OutOfcpu: Pod was rejected: Node didn't have enough resource: cpu
            UnexpectedAdmissionError | Pod was rejected: Allocate failed due to no healthy devices present, which is unexpected         | UnexpectedAdmissionError: Pod was rejected: Allocate failed due to no healthy devices present, which is unexpected
            Terminated   |                                                                                                              | Terminated
            """)
    void aPodThatItsNodeSendsAwaySaysWhy(String reason, String message, String said) {
        var status =
                "phase: Failed\nreason: %s\nmessage: %s".formatted(reason, message == null ? "" : "'" + message + "'");

        assertThat(found(NODE, pod("r2", status)))
                .isEqualTo(new Finding("edge-1", "Pending", "the pod was sent away by the node: " + said));
        assertThat(found(NODE, pod("r2", status + """

                containerStatuses:
                  - {name: module, ready: false, restartCount: 0, state: {terminated: {exitCode: 137}}}""")).message())
                .as("its containers were ended with it")
                .endsWith(said);
    }

    @Test
    void itIsStoppedOnlyWhenItsPodIsGone() {
        var rest = "; twin and messages stay";

        assertThat(PodDiagnosis.stopped(NODE, null))
                .isEqualTo(new Finding("edge-1", "Stopped", "stopped as asked (spec.state)" + rest));
        assertThat(PodDiagnosis.stopped(CUT_OFF, null).message()).isEqualTo("stopped as asked (spec.state)" + rest);
        assertThat(PodDiagnosis.stopped(NODE, pod("r2", READY)))
                .isEqualTo(new Finding(
                        "edge-1", "Stopped", "stopping as asked (spec.state), and its pod has not ended yet" + rest));
        assertThat(PodDiagnosis.stopped(CUT_OFF, pod("r2", READY)))
                .isEqualTo(new Finding(
                        "edge-1",
                        "Stopped",
                        "to be stopped as asked (spec.state), but the node does not answer the API server:"
                                + " it may run there until the node is back" + rest));
    }

    @Test
    void aContainerBetweenTwoCrashesIsStillCrashing() {
        var finding = found(NODE, pod("r2", """
                containerStatuses:
                  - {name: module, ready: false, restartCount: 3, state: {running: {}}, lastState: {terminated: {exitCode: 1, reason: Error}}}
                """));

        assertThat(finding.reason()).isEqualTo("CrashLoopBackOff");
        assertThat(finding.message()).contains("exit code 1;");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 | state: {terminated: %s}                                               | Pending          | container module is started again after it ended with exit code 137: it was killed; see its log
            1 | state: {running: {}}, lastState: {terminated: %s}                     | Pending          | container module is started again after it ended with exit code 137: it was killed; see its log
            1 | state: {terminated: %s}                                               | CrashLoopBackOff | container module ends again and again with exit code 137: it was killed; see its log
            2 | state: {running: {}}, lastState: {terminated: %s}                     | CrashLoopBackOff | container module ends again and again with exit code 137: it was killed; see its log
            1 | state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: %s} | CrashLoopBackOff | container module ends again and again with exit code 137: it was killed; see its log
            """)
    void aContainerThatEndedOnceDoesNotEndAgainAndAgain(int restarts, String state, String reason, String message) {
        var finding =
                found(NODE, pod("r2", """
                containerStatuses:
                  - {name: module, ready: false, restartCount: %d, %s}
                """.formatted(restarts, state.formatted("{exitCode: 137, reason: Error}"))));

        assertThat(finding).isEqualTo(new Finding("edge-1", reason, message));
    }

    @Test
    void aRefusedPodSaysWhoRefused() {
        var complaint =
                "create Pod m--edge-1-0 in StatefulSet m--edge-1 failed error: pods \"m--edge-1-0\" is forbidden: "
                        + "violates PodSecurity \"restricted:latest\": host namespaces (hostNetwork=true)";

        var finding = PodDiagnosis.of(NODE, SET, null, new Complaints(complaint, null, null));

        assertThat(finding)
                .isEqualTo(
                        new Finding(
                                "edge-1",
                                "PodRejected",
                                "the pod is refused: Pod Security 'restricted' of the namespace does not allow: host namespaces (hostNetwork=true)"));
        assertThat(PodDiagnosis.of(NODE, SET, pod("r2", READY), new Complaints(complaint, null, null))
                        .reason())
                .as("an old complaint about a pod that is there now")
                .isEqualTo("Ready");
    }

    @Test
    void aClaimThatNobodyProvidesIsWhyAPodWaits() {
        var complaints = new Complaints(null, null, "storageclass.storage.k8s.io \"fast\" not found");

        assertThat(PodDiagnosis.of(NODE, SET, pod("r2", "phase: Pending"), complaints)
                        .message())
                .isEqualTo("the volume claim is not bound: storageclass.storage.k8s.io \"fast\" not found");
        assertThat(PodDiagnosis.of(NODE, SET, pod("r2", READY), complaints).reason())
                .isEqualTo("Ready");
    }

    @Test
    void aVolumeThatCannotBeMountedIsWhyAPodDoesNotStart() {
        var complaints = new Complaints(null, "MountVolume.SetUp failed for volume \"dev\" : not a directory", null);
        var creating = """
                conditions: [{type: PodScheduled, status: 'True'}]
                containerStatuses:
                  - {name: module, image: x, ready: false, restartCount: 0, state: {waiting: {reason: ContainerCreating}}}
                """;

        assertThat(PodDiagnosis.of(NODE, SET, pod("r2", creating), complaints).message())
                .isEqualTo("a volume cannot be mounted: MountVolume.SetUp failed for volume \"dev\" : not a directory");
        assertThat(PodDiagnosis.of(
                                NODE,
                                SET,
                                pod("r2", creating.replace("waiting: {reason: ContainerCreating}", "running: {}")),
                                complaints)
                        .message())
                .as("an old complaint about a volume that is there now")
                .isEqualTo("the container runs and is not ready yet");
    }

    @Test
    void aPodWithoutANodeSaysWhy() {
        var finding =
                found(NODE, pod("r2", "conditions: [{type: PodScheduled, status: 'False', message: 'no volume'}]"));

        assertThat(finding.reason()).isEqualTo("Pending");
        assertThat(finding.message()).isEqualTo("the pod is not scheduled: no volume");
    }

    private static Finding found(SiteNode node, Pod pod) {
        return PodDiagnosis.of(node, SET, pod, Complaints.NONE);
    }

    private static Pod pod(String revision, String status) {
        return Serialization.unmarshal("""
                apiVersion: v1
                kind: Pod
                metadata: {name: m--edge-1-0, labels: {controller-revision-hash: %s}}
                status:
                %s
                """.formatted(revision, status.indent(2)), Pod.class);
    }
}
