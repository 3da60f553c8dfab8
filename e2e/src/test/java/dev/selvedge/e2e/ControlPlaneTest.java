package dev.selvedge.e2e;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.readiness.Readiness;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** The API server or the operator goes away: what runs goes on, and what changed meanwhile is followed within a minute of the return. */
@Tag("cluster")
@ExtendWith(Plant.Extension.class)
class ControlPlaneTest {
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final Duration BOUND = Duration.ofMinutes(1);
    private static final String FILTER = "filter";
    private static final String HALL = "selvedge.test/hall";
    private static final String NORTH = "north";
    private static final String BELL = "bell";
    private static final String GONG = "gong";
    private static final String TONE = "TONE";
    private static final String HIGH = "high";

    @AfterEach
    void mend(Plant plant) {
        if (plant.cluster().isLocal()) {
            plant.cluster().startApiServer();
            plant.site().nodes().forEach(plant.cluster()::restore);
        }
        scaleOperator(plant, 1);
        plant.kubectl("delete", "edgemodule", BELL, GONG, "--ignore-not-found");
        plant.site().nodes().forEach(node -> {
            plant.cluster().label(node, HALL, null);
            plant.site().patchDesired(Site.SENSOR, node, "{\"interval\":0.5}");
        });
    }

    /** Whatever was done here, nothing is lost. */
    @AfterAll
    static void settle(Plant plant) {
        plant.settle();
    }

    @Test
    void theApiServerIsRestartedAndNothingElseIs(Plant plant) throws IOException {
        assumeTrue(plant.cluster().isLocal(), "the API server can be killed in the local cluster only");
        var nodes = plant.run();
        var sources = plant.site().sources();
        var before = running(plant, nodes);
        add(plant, BELL);
        var version = version(plant);
        plant.cluster().label(nodes.getFirst(), HALL, NORTH);
        plant.site().awaitReady(BELL);

        plant.cluster().killApiServer();
        plant.awaitReadings(sources);
        plant.cluster().forget();
        plant.cluster().startApiServer();
        assertThat(gone(plant, version)).as("no watch goes on").isTrue();
        plant.site().patchDesired(Site.SENSOR, nodes.getFirst(), "{\"interval\":0.31}");
        plant.site().patchModule(BELL, tone(HIGH));
        plant.cluster().label(nodes.getLast(), HALL, NORTH);

        Site.await(
                BOUND,
                "module, EdgeModule and label are followed",
                () -> plant.site()
                                .reported(Site.SENSOR, nodes.getFirst(), "interval")
                                .equals("0.31")
                        && tones(plant).equals(Map.of(nodes.getFirst(), HIGH, nodes.getLast(), HIGH)));
        plant.awaitReadings(sources);
        assertThat(running(plant, nodes)).containsAll(before);
    }

    /** The hub's node hears neither of the end of its connections nor of what changed. */
    @Test
    void aNodeThatIsCutOffWhileTheApiServerIsRestartedHearsOfWhatItMissed(Plant plant) throws IOException {
        assumeTrue(plant.cluster().isLocal(), "nodes can be cut off in the local cluster only");
        var nodes = plant.run();
        var sources = plant.site().sources();
        var before = running(plant, nodes);
        var cut = plant.nodeWithoutOperator();
        var version = version(plant);
        plant.cluster().label(cut, HALL, NORTH);

        plant.cluster().cut(cut);
        plant.cluster().killApiServer();
        plant.cluster().forget();
        plant.cluster().startApiServer();
        assertThat(gone(plant, version)).as("no watch goes on").isTrue();
        plant.site().patchDesired(Site.SENSOR, cut, "{\"interval\":0.32}");
        plant.cluster().restore(cut);

        Site.await(
                BOUND,
                "the module obeys",
                () -> plant.site().reported(Site.SENSOR, cut, "interval").equals("0.32"));
        plant.awaitReadings(sources);
        assertThat(running(plant, nodes)).isEqualTo(before);
    }

    @Test
    void whatADayWithoutTheOperatorBringsIsFollowedWhenItIsBack(Plant plant) throws IOException {
        var nodes = plant.run();
        var node = nodes.getFirst();
        var before = uids(plant.site().pods());
        add(plant, BELL);
        add(plant, GONG);
        plant.cluster().label(node, HALL, NORTH);
        plant.site().awaitReady(BELL);
        plant.site().awaitReady(GONG);

        scaleOperator(plant, 0);
        leaseOfAnotherDay(plant);
        plant.site().patchDesired(Site.SENSOR, node, "{\"interval\":0.33}");
        Site.await(
                SOON,
                "the module obeys with no operator",
                () -> plant.site().reported(Site.SENSOR, node, "interval").equals("0.33"));
        plant.cluster().label(node, HALL, null);
        plant.cluster().label(nodes.getLast(), HALL, NORTH);
        plant.site().patchModule(BELL, tone(HIGH));
        plant.site().module(GONG).delete();
        var old = plant.site().modulePod(FILTER, node);
        plant.cluster().client().resource(old).delete();
        plant.cluster().kill(plant.site().hubPod(node));
        Site.await(
                SOON,
                "the pod is made again and runs",
                () -> !uid(plant.site().modulePod(FILTER, node)).equals(uid(old))
                        && Readiness.isPodReady(plant.site().modulePod(FILTER, node)));
        plant.awaitReadings(plant.site().sources());
        if (plant.cluster().isLocal()) {
            plant.cluster().forget();
        }
        scaleOperator(plant, 1);

        Site.await(
                BOUND,
                "labels, change and deletion are followed",
                () -> tones(plant).equals(Map.of(nodes.getLast(), HIGH))
                        && made(plant, GONG).isEmpty());
        plant.site().awaitReady();
        before.remove(uid(old));
        assertThat(uids(plant.site().pods())).containsAll(before);
    }

    /** An operator that ended without a word held it, long ago. */
    private static void leaseOfAnotherDay(Plant plant) {
        plant.cluster()
                .client()
                .leases()
                .inNamespace(Selvedge.NAMESPACE)
                .withName("selvedge-operator")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"spec\":{\"holderIdentity\":\"another\",\"renewTime\":\"2026-01-01T00:00:00.000000Z\"}}");
    }

    private static void scaleOperator(Plant plant, int replicas) {
        var client = plant.cluster().client();
        client.apps()
                .deployments()
                .inNamespace(Selvedge.NAMESPACE)
                .withName("selvedge")
                .scale(replicas);
        Site.await(SOON, "the operator has " + replicas + " pods", () -> {
            var pods = client.pods().inNamespace(Selvedge.NAMESPACE).list().getItems();
            return pods.size() == replicas && pods.stream().allMatch(Readiness::isPodReady);
        });
    }

    /** Adds a module that does nothing, on the nodes of the northern hall. */
    private static void add(Plant plant, String module) {
        plant.cluster()
                .client()
                .resource(Serialization.unmarshal(
                        """
                        apiVersion: selvedge.dev/v1alpha1
                        kind: EdgeModule
                        metadata: {name: %s, namespace: site}
                        spec:
                          image: %s
                          nodeSelector: {selvedge.test/hall: north}
                          env: [{name: TONE, value: low}]
                          podTemplate:
                            spec:
                              containers:
                                - name: module
                                  command: [sh, -c, "trap exit TERM; while true; do sleep 1; done"]
                                  securityContext: {runAsUser: 10001}
                        """.formatted(module, Selvedge.busybox(plant.cluster())), EdgeModule.class))
                .serverSideApply();
    }

    private static String tone(String tone) {
        return "{\"spec\":{\"env\":[{\"name\":\"TONE\",\"value\":\"" + tone + "\"}]}}";
    }

    /** The tones of the bells that are ready, by node. */
    private static Map<String, String> tones(Plant plant) {
        return plant.site().modulePods(BELL).stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null && Readiness.isPodReady(pod))
                .collect(Collectors.toMap(
                        pod -> pod.getSpec().getNodeName(),
                        pod -> pod.getSpec().getContainers().getFirst().getEnv().stream()
                                .filter(variable -> variable.getName().equals(TONE))
                                .map(EnvVar::getValue)
                                .collect(Collectors.joining())));
    }

    /** The names of all that there is of a module. */
    private static String made(Plant plant, String module) {
        return plant.kubectl(
                "get",
                "edgemodule,moduletwin,statefulset,pod,secret,service",
                "--selector",
                "selvedge.dev/module=" + module,
                "--output",
                "name");
    }

    /** The version of all ModuleTwins now. */
    private static String version(Plant plant) {
        return plant.cluster()
                .client()
                .resources(ModuleTwin.class)
                .inNamespace(Site.NAMESPACE)
                .list()
                .getMetadata()
                .getResourceVersion();
    }

    /** Whether a watch of ModuleTwins that begins at a version is answered with 410 Gone. */
    private static boolean gone(Plant plant, String version) {
        var events = plant.cluster()
                .client()
                .raw("/apis/selvedge.dev/v1alpha1/namespaces/site/moduletwins?watch=true&timeoutSeconds=1"
                        + "&resourceVersion=" + version);
        return events.contains("\"code\":410");
    }

    private static List<String> running(Plant plant, Collection<String> nodes) {
        return nodes.stream()
                .flatMap(node -> plant.site().running(node).stream())
                .toList();
    }

    private static Set<String> uids(Collection<Pod> pods) {
        return pods.stream().map(ControlPlaneTest::uid).collect(Collectors.toCollection(HashSet::new));
    }

    private static String uid(Pod pod) {
        return pod.getMetadata().getUid();
    }
}
