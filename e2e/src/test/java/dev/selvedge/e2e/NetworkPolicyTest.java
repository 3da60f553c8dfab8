package dev.selvedge.e2e;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.readiness.Readiness;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The chart's NetworkPolicies on a cluster that enforces them: who can connect to hubs and to management ports, tried by pods that the policies name
 * and by pods that they do not. Before there are policies each of these pods can connect everywhere.
 */
@Tag("cluster")
@Tag("chart")
@ExtendWith(Plant.Extension.class)
class NetworkPolicyTest {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final String ELSEWHERE = "elsewhere";
    private static final String WATCHERS = "watchers";

    private static final Caller MODULE = new Caller(Site.NAMESPACE, "fellow", "module");
    private static final Caller NEIGHBOUR = new Caller(Site.NAMESPACE, "neighbour", "neighbour");
    private static final Caller STRANGER = new Caller(ELSEWHERE, "stranger", "module");
    private static final Caller WATCHER = new Caller(WATCHERS, "watcher", "watcher");
    private static final List<Caller> CALLERS = List.of(MODULE, NEIGHBOUR, STRANGER, WATCHER);

    /** A pod that tries to connect, with the label {@code app.kubernetes.io/component}. */
    private record Caller(String namespace, String name, String component) {}

    @BeforeAll
    static void limit(Plant plant) throws IOException {
        plant.run();
        for (var namespace : List.of(ELSEWHERE, WATCHERS)) {
            plant.cluster().makeNamespace(namespace);
        }
        for (var caller : CALLERS) {
            var pod = pod(plant, caller);
            Site.await(
                    SOON,
                    caller + " runs",
                    () -> Readiness.isPodReady(
                            plant.cluster().client().resource(pod).serverSideApply()));
        }
        for (var caller : CALLERS) {
            assertThat(reached(plant, caller))
                    .as("without policies " + caller + " reaches everything")
                    .isEqualTo(all(plant));
        }
        Selvedge.install(
                plant.shell(),
                plant.cluster(),
                "networkPolicy.enabled=true",
                "networkPolicy.siteNamespaces={" + Site.NAMESPACE + "}",
                "networkPolicy.clients[0].podSelector.matchLabels.app\\.kubernetes\\.io/component=module",
                "networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.kubernetes\\.io/metadata\\.name="
                        + WATCHERS);
        Site.await(
                SOON,
                "a stranger is refused; a cluster where that never comes does not enforce NetworkPolicies, and they protect nothing there",
                () -> reached(plant, STRANGER).isEmpty());
    }

    /** The chart is as before, and whatever was done here, nothing is lost. */
    @AfterAll
    static void leave(Plant plant) {
        Selvedge.install(plant.shell(), plant.cluster());
        assertThat(plant.kubectl("get", "networkpolicies", "--output", "name")).isEmpty();
        plant.kubectl("delete", "pod", MODULE.name(), NEIGHBOUR.name(), "--ignore-not-found");
        plant.kubectl("delete", "namespace", ELSEWHERE, WATCHERS, "--ignore-not-found");
        plant.settle();
    }

    @Test
    void aModuleReachesHubsAndNoManagementPort(Plant plant) {
        awaitReached(plant, MODULE, clientPorts(plant));
    }

    @Test
    void whoIsNotNamedReachesNothing(Plant plant) {
        awaitReached(plant, NEIGHBOUR, Set.of());
        awaitReached(plant, STRANGER, Set.of());
    }

    @Test
    void whoWatchesReachesManagementPortsAlone(Plant plant) {
        awaitReached(plant, WATCHER, managementPorts(plant));
    }

    @Test
    void hubAndOperatorStartAnewAndAreFoundReadyAndReadingsArrive(Plant plant) {
        var node = plant.site().nodes().getFirst();
        var restarts = guarded(plant).collect(toMap(NetworkPolicyTest::uid, NetworkPolicyTest::restarts));
        var count = restarts.size();

        plant.kubectl("delete", "pod", plant.site().hubPod(node).getMetadata().getName());
        plant.kubectlIn(Selvedge.NAMESPACE, "delete", "pod", "--all");

        Site.await(
                SOON,
                "the kubelets' probes find hubs and operator ready",
                () -> guarded(plant).filter(Readiness::isPodReady).count() == count);
        plant.awaitReadings(plant.site().sources());
        assertThat(guarded(plant))
                .hasSize(count)
                .allSatisfy(pod -> assertThat(restarts(pod)).isEqualTo(restarts.getOrDefault(uid(pod), 0)));
    }

    private static Pod pod(Plant plant, Caller caller) {
        return Serialization.unmarshal(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s, namespace: %s, labels: {app.kubernetes.io/component: %s}}
                spec:
                  terminationGracePeriodSeconds: 0
                  automountServiceAccountToken: false
                  securityContext: {runAsNonRoot: true, runAsUser: 10001, seccompProfile: {type: RuntimeDefault}}
                  containers:
                    - name: caller
                      image: %s
                      command: [sleep, infinity]
                      securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
                """.formatted(caller.name(), caller.namespace(), caller.component(), Selvedge.busybox(plant.cluster())),
                Pod.class);
    }

    /** A connection is let in or not as of when the node has heard of the pods at both ends. */
    private static void awaitReached(Plant plant, Caller caller, Set<String> expected) {
        Site.await(
                SOON,
                caller + " reaches " + expected,
                () -> reached(plant, caller).equals(expected));
    }

    /** Those of all ports, {@code address:port}, to which a caller can connect. */
    private static Set<String> reached(Plant plant, Caller caller) {
        var tries = all(plant).stream()
                .map(port -> "nc -w 3 " + port.replace(':', ' ') + " -e true 2>/dev/null && echo " + port)
                .collect(joining("\n", "", "\ntrue"));
        return plant.kubectlIn(caller.namespace(), "exec", caller.name(), "--", "sh", "-c", tries)
                .lines()
                .collect(toSet());
    }

    private static Set<String> all(Plant plant) {
        return Stream.of(clientPorts(plant), managementPorts(plant))
                .flatMap(Set::stream)
                .collect(toSet());
    }

    private static Set<String> clientPorts(Plant plant) {
        return ports(hubs(plant), 8883, 5671, 8443).collect(toSet());
    }

    private static Set<String> managementPorts(Plant plant) {
        return Stream.concat(ports(hubs(plant), 9600), ports(operators(plant), 8080))
                .collect(toSet());
    }

    private static Stream<String> ports(Stream<Pod> pods, int... ports) {
        return pods.map(pod -> pod.getStatus().getPodIP())
                .flatMap(address -> IntStream.of(ports).mapToObj(port -> address + ":" + port));
    }

    private static Stream<Pod> guarded(Plant plant) {
        return Stream.concat(hubs(plant), operators(plant));
    }

    private static Stream<Pod> hubs(Plant plant) {
        return plant.site().nodes().stream().map(plant.site()::hubPod);
    }

    private static Stream<Pod> operators(Plant plant) {
        return plant.cluster().client().pods().inNamespace(Selvedge.NAMESPACE).list().getItems().stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null);
    }

    private static String uid(Pod pod) {
        return pod.getMetadata().getUid();
    }

    private static int restarts(Pod pod) {
        return pod.getStatus().getContainerStatuses().stream()
                .mapToInt(ContainerStatus::getRestartCount)
                .sum();
    }
}
