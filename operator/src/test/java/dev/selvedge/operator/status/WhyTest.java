package dev.selvedge.operator.status;

import io.fabric8.kubernetes.api.model.ContainerStateTerminatedBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/** What parts of a cluster really say, and what becomes of it. */
final class WhyTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            0/3 nodes are available: 1 Insufficient memory, 2 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling. | the node has too little free memory
            0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod. | the node has too little free cpu; the node has too little free memory
            0/1 nodes are available: 1 Insufficient example.com/gpu. | the node has too little free example.com/gpu
            0/1 nodes are available: 1 Too many pods. | the node runs as many pods as it may
            0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) were unschedulable. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling. | the node is cordoned
            0/2 nodes are available: 1 node(s) had untolerated taint {dedicated: press}, 1 node(s) didn't match Pod's node affinity/selector. | the node has the taint dedicated=press, which it does not tolerate
            0/2 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) didn't match Pod's node affinity/selector. | the node has a taint that it does not tolerate
            0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling. | the node has the taint node.kubernetes.io/disk-pressure, which it does not tolerate
            0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. | a host port that it wants is taken on the node
            0/2 nodes are available: 1 node(s) had volume node affinity conflict, 1 node(s) didn't match Pod's node affinity/selector. | its volume lies on another node
            0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling. | its volume claim is not bound: no StorageClass that exists is named, and none is the default
            0/1 nodes are available: persistentvolumeclaim "data" not found. preemption: not eligible due to preemptionPolicy=Never. | its volume claim 'data' does not exist
            0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. | no node has the label kubernetes.io/hostname that it was made for
            no volume | no volume
            """)
    void theSchedulerSpeaksOfOneNode(String message, String said) {
        assertThat(WhyUnscheduled.of(message)).isEqualTo(said);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            rpc error: code = NotFound desc = failed to pull and unpack image "r.example/x:1": failed to resolve reference "r.example/x:1": r.example/x:1: not found | there is no such image (r.example/x:1: not found)
            Back-off pulling image "r.example/x:1": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "r.example/x:1": failed to resolve reference "r.example/x:1": r.example/x:1: not found | there is no such image (r.example/x:1: not found)
            failed to pull and unpack image "docker.io/library/x:1": failed to resolve reference "docker.io/library/x:1": pull access denied, repository does not exist or may require authorization | the registry wants credentials, or there is no such image (pull access denied, repository does not exist or may require authorization)
            failed to pull and unpack image "r.example/x:1": failed to resolve reference "r.example/x:1": pulling from host r.example failed with status code [manifests 1]: 401 Unauthorized | the registry wants credentials, or there is no such image (pulling from host r.example failed with status code [manifests 1]: 401 Unauthorized)
            rpc error: code = Unknown desc = failed to pull and unpack image "r.example/x:1": failed to resolve reference "r.example/x:1": failed to do request: Head "https://r.example/v2/x/manifests/1": dial tcp: lookup r.example on 10.43.0.10:53: read udp 10.42.0.5:53412->10.43.0.10:53: i/o timeout | the node does not reach the registry (failed to do request: Head "https://r.example/v2/x/manifests/1": dial tcp: lookup r.example on 10.43.0.10:53: read udp 10.43.0.10:53: i/o timeout)
            rpc error: code = Unknown desc = failed to do request: Head "https://r.example/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority | the node does not trust the certificate of the registry (failed to do request: Head "https://r.example/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority)
            failed to pull and unpack image "x:1": no match for platform in manifest: not found | it is not made for this node's architecture ("x:1": no match for platform in manifest: not found)
            Container image "x:1" is not present with pull policy of Never | it is not on the node, and imagePullPolicy is Never (Container image "x:1" is not present with pull policy of Never)
            something new | something new
            """)
    void aPullErrorHasACause(String message, String said) {
        assertThat(WhyNotPulled.of(message)).isEqualTo(": " + said);
    }

    @Test
    void noPullErrorIsNoWords() {
        assertThat(WhyNotPulled.of("Back-off pulling image \"x:1\"")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            create Pod m--a-0 in StatefulSet m--a failed error: pods "m--a-0" is forbidden: violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true), hostPort (container "hub" uses hostPort 8883) | Pod Security 'restricted' of the namespace does not allow: host namespaces (hostNetwork=true), hostPort (container "hub" uses hostPort 8883)
            create Pod m--a-0 in StatefulSet m--a failed error: pods "m--a-0" is forbidden: exceeded quota: small, requested: limits.memory=128Mi,pods=1, used: limits.memory=1Gi,pods=7, limited: limits.memory=1Gi,pods=10 | ResourceQuota 'small' of the namespace has no room: it wants limits.memory=128Mi,pods=1, the limit is limits.memory=1Gi,pods=10
            create Pod m--a-0 in StatefulSet m--a failed error: pods "m--a-0" is forbidden: failed quota: small: must specify limits.memory for: module | ResourceQuota 'small' of the namespace wants to know more: set limits.memory for: module in spec.podTemplate
            create Pod m--a-0 in StatefulSet m--a failed error: pods "m--a-0" is forbidden: error looking up service account site/robot: serviceaccount "robot" not found | ServiceAccount 'robot' does not exist
            create Pod m--a-0 in StatefulSet m--a failed error: pods "m--a-0" is forbidden: no PriorityClass with name high was found | PriorityClass 'high' does not exist
            create Pod m--a-0 in StatefulSet m--a failed error: admission webhook "policy.example" denied the request: images must be signed | admission webhook 'policy.example' says: images must be signed
            create Pod m--a-0 in StatefulSet m--a failed error: something new | something new
            Error creating: pods "m--a-pull-1a2b3-x7k2p" is forbidden: exceeded quota: small, requested: pods=1, used: pods=10, limited: pods=10 | ResourceQuota 'small' of the namespace has no room: it wants pods=1, the limit is pods=10
            """)
    void aRefusalNamesWhoRefuses(String message, String said) {
        assertThat(WhyRefused.of(message)).isEqualTo(said);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            1   | Error            |                              | with exit code 1; see its log
            137 | OOMKilled        |                              | with exit code 137 (OOMKilled): it needs more memory than its limit; see its log
            137 | Error            | working                      | with exit code 137: it was killed; its last words: working
            127 | Error            |                              | with exit code 127: its command is not in the image; see its log
            0   | Completed        | done                         | with exit code 0: it ends by itself, but a module has to keep running; its last words: done
            128 | StartError       | exec: "run": no such file    | with exit code 128 (StartError); its last words: exec: "run": no such file
            """)
    void anEndHasAMeaning(int code, String reason, String message, String said) {
        assertThat(ended(code, reason, message)).isEqualTo(said);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            2026-03-01T12:00:00.123Z ERROR no broker
            [2026-03-01 12:00:00] ERROR no broker
            2026/03/01 12:00:00 ERROR no broker
            12:00:00,123 ERROR no broker
            ERROR no broker
            """)
    void lastWordsHaveNoTimeSoThatTheSameEndIsTheSameText(String line) {
        assertThat(ended(1, "Error", "first line\n" + line + "\n"))
                .isEqualTo("with exit code 1; its last words: ERROR no broker");
    }

    private static String ended(int code, String reason, String message) {
        return WhyEnded.of(new ContainerStateTerminatedBuilder()
                .withExitCode(code)
                .withReason(reason)
                .withMessage(message)
                .build());
    }
}
