package dev.selvedge.operator;

import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.operator.render.Names;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** Changes on their way over the nodes of a real API server. There are no kubelets: the test is the node, and says what pods do. */
@Tag("cluster")
final class RolloutClusterTest {
    /** The cluster's own controllers replace the pods, in their own time, and each must stay up for a while before the next one. */
    private static final Duration SOON = Duration.ofSeconds(60);

    private static final List<String> NODES = List.of("a", "b", "c");

    private static final String HUB = ClusterSite.HUB + """
              expose: {type: HostPort, host: "{node}.v1.example"}
            """;

    private static final String SENSOR = """
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeModule
            metadata: {name: sensor}
            spec:
              image: registry.example/sensor:v1.example
            """;

    private ClusterSite site;

    @BeforeEach
    void open() {
        site = ClusterSite.create();
    }

    @AfterEach
    void close() {
        site.close();
    }

    @Test
    void aChangeThatDoesNotRunStopsAtTheFirstNodes() {
        site.nodesPull();
        var strategy = "{maxUnavailable: 2, progressDeadline: 5s}";
        runModule(strategy);

        site.apply(module(2, strategy));
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(modules(2)).hasSize(2);
            assertThat(site.module("sensor").ready().reason()).isEqualTo("RolloutPaused");
            assertThat(site.module("sensor").ready().message()).contains("was not ready in time");
        });

        await().atMost(SOON).untilAsserted(() -> {
            modules(2).forEach(this::mayRun);
            assertThat(modules(2)).hasSize(3);
        });
    }

    @Test
    void aChangeThatDoesNotRunIsRolledBackUntilAnotherOneIsAskedFor() {
        site.nodesPull();
        var strategy = "{progressDeadline: 2s, onFailure: Rollback}";
        runModule(strategy);
        await().atMost(SOON).untilAsserted(() -> assertThat(record()).isNotNull());

        site.apply(module(2, strategy));
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.module("sensor").ready().reason()).isEqualTo("RolledBack");
            assertThat(site.module("sensor").ready().message()).contains("sensor:v2", "sensor:v1");
        });
        await().atMost(SOON).untilAsserted(() -> assertThat(modules(1)).hasSize(3));

        site.apply(module(3, strategy));
        await().atMost(SOON).untilAsserted(() -> assertThat(modules(3)).isNotEmpty());

        site.apply(module(1, strategy));
        await().atMost(SOON).untilAsserted(() -> assertThat(modules(1)).hasSize(3));
        await().atMost(SOON).untilAsserted(() -> {
            modules(1).forEach(this::mayRun);
            assertThat(site.module("sensor").ready().status()).isEqualTo("True");
        });
        await().atMost(SOON).untilAsserted(() -> assertThat(record().getData()).containsOnlyKeys("good"));
    }

    @Test
    void aChangeThatCannotBePreparedIsNotRememberedAsGood() {
        site.nodesPull();
        var strategy = "{progressDeadline: 2s, onFailure: Rollback}";
        var operator = runModule(strategy);
        await().atMost(SOON).untilAsserted(() -> assertThat(record()).isNotNull());
        var remembered = record().getData();
        var authorities = site.get(Secret.class, Names.CA).getData().get("authorities.json");

        authorities("bm9uc2Vuc2U=");
        site.apply(module(2, strategy));
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.module("sensor").ready().reason()).isEqualTo("Error");
            assertThat(site.module("sensor").ready().observedGeneration()).isEqualTo(2);
        });
        ClusterSite.settle(operator);
        assertThat(record().getData()).isEqualTo(remembered);

        authorities(authorities);
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(site.module("sensor").ready().reason()).isEqualTo("RolledBack"));
        await().atMost(SOON).untilAsserted(() -> assertThat(modules(1)).hasSize(3));
    }

    /** What the Secret of the site's authorities holds, in base64. */
    private void authorities(String value) {
        site.user()
                .secrets()
                .inNamespace(site.namespace())
                .withName(Names.CA)
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"data\":{\"authorities.json\":\"" + value + "\"}}");
    }

    @Test
    void anInstanceThatGoesDownLongAfterItsChangeTakesNothingBack() {
        site.nodesPull();
        var ahead = new AtomicReference<>(Duration.ZERO);
        site.clock(() -> InstantSource.system().instant().plus(ahead.get()));
        var strategy = "{progressDeadline: 30s, onFailure: Rollback}";
        var operator = runModule(strategy);
        await().atMost(SOON).untilAsserted(() -> assertThat(record()).isNotNull());
        site.setReady("b", "Unknown");
        site.setReady("c", "Unknown");
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(site.module("sensor").ready().reason()).isEqualTo("NodeUnreachable"));

        site.apply(module(2, strategy));
        await().atMost(SOON).untilAsserted(() -> assertThat(modules(2)).containsExactly(sensor("a")));
        comesUp(sensor("a"));
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(site.module("sensor").instances()).isEqualTo("3/3"));
        ClusterSite.settle(operator);

        ahead.set(Duration.ofHours(1));
        site.ends(sensor("a"));
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(site.module("sensor").ready().reason()).isEqualTo("Pending"));
        ClusterSite.settle(operator);
        assertThat(site.module("sensor").ready().reason()).isEqualTo("Pending");
        assertThat(record().getData()).doesNotContainKey("failed");
    }

    @Test
    void aPodThatMayNotBeAtAllIsToldOfAndTakenBack() {
        var strategy = "{progressDeadline: 5s, onFailure: Rollback}";
        runModule(strategy);
        await().atMost(SOON).untilAsserted(() -> assertThat(record()).isNotNull());

        site.apply(module(2, strategy) + "  podTemplate: {spec: {tolerations: [{key: \"a b\", operator: Exists}]}}\n");
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.module("sensor").ready().reason()).isEqualTo("InvalidPodTemplate");
            assertThat(site.module("sensor").ready().message())
                    .contains(site.node("a") + ": spec.podTemplate is refused: ", "tolerations[");
        });
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(site.module("sensor").ready().reason()).isEqualTo("RolledBack"));
        assertThat(modules(1)).hasSize(3);
    }

    @Test
    void whatOnlyWaitsOnCordonedNodesIsNotRememberedAsGood() {
        site.nodesPull();
        var strategy = "{progressDeadline: 2s, onFailure: Rollback}";
        runModule(strategy);
        await().atMost(SOON).untilAsserted(() -> assertThat(record()).isNotNull());
        var remembered = record().getData();

        NODES.forEach(node -> site.cordon(node, true));
        site.apply(module(2, strategy));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.module("sensor").ready().message())
                        .contains("waits until the node is uncordoned"));
        assertThat(record().getData()).isEqualTo(remembered);
    }

    @Test
    void aHeldModuleKeepsWhatItHas() {
        site.nodesPull();
        var strategy = "{maxUnavailable: 3}";
        runModule(strategy);
        hold(EdgeModule.class, "sensor", "true");

        site.apply(module(2, strategy));
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(site.module("sensor").ready().reason()).isEqualTo("OnHold"));
        assertThat(modules(1)).hasSize(3);

        hold(EdgeModule.class, "sensor", "false");
        await().atMost(SOON).untilAsserted(() -> assertThat(modules(2)).hasSize(3));
    }

    @Test
    void aNodeThatDoesNotAnswerGetsTheChangeInItsTurnWhenItIsBack() {
        site.nodesPull();
        var strategy = "{progressDeadline: 1h}";
        runModule(strategy);
        site.setReady("a", "Unknown");
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(site.module("sensor").ready().reason()).isEqualTo("NodeUnreachable"));

        site.apply(module(2, strategy));
        await().atMost(SOON).untilAsserted(() -> assertThat(modules(2)).containsExactly(sensor("b")));
        site.setReady("a", "True");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.module("sensor").ready().message())
                        .contains(site.node("a") + ", " + site.node("c")
                                + ": the change waits until other nodes have it"));

        await().atMost(SOON).untilAsserted(() -> {
            modules(2).forEach(this::mayRun);
            assertThat(modules(2)).hasSize(3);
        });
    }

    @Test
    void anImageIsPulledBeforeWhatRunsIsReplaced() {
        var operator = runModule("{}");
        var before = pods();

        site.apply(module(2, "{}"));
        await().atMost(SOON).untilAsserted(() -> assertThat(site.pullPods()).hasSize(1));
        ClusterSite.settle(operator);
        assertThat(site.pullPods())
                .singleElement()
                .satisfies(pod -> assertThat(pod.getSpec().getContainers())
                        .extracting(Container::getImage)
                        .containsExactly("registry.example/sensor:v2.example"));
        assertThat(modules(1)).hasSize(3);
        assertThat(pods()).isEqualTo(before);
        assertThat(site.module("sensor").ready().message())
                .contains("what ran before goes on meanwhile", "the change waits until other nodes have it");
        assertThat(site.module("sensor").instances()).isEqualTo("3/3");
        operator.writes().clear();
        operator.operator().wakeAll();
        ClusterSite.settle(operator);
        assertThat(operator.writes()).isEmpty();

        site.pulled(site.pullPods().getFirst());
        await().atMost(SOON).untilAsserted(() -> assertThat(modules(2)).containsExactly(sensor("a")));
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(site.pullJobs()).singleElement().asString().startsWith(sensor("b") + "-pull-"));

        site.nodesPull();
        await().atMost(SOON).untilAsserted(() -> {
            modules(2).forEach(this::mayRun);
            assertThat(modules(2)).hasSize(3);
        });
        await().atMost(SOON).untilAsserted(() -> assertThat(site.pullJobs()).isEmpty());
    }

    @Test
    void anImageThatCannotBePulledLeavesWhatRunsAlone() {
        var strategy = "{progressDeadline: 6s, onFailure: Rollback}";
        runModule(strategy);
        await().atMost(SOON).untilAsserted(() -> assertThat(record()).isNotNull());
        var before = pods();

        site.apply(module(2, strategy));
        await().atMost(SOON).untilAsserted(() -> {
            site.pullPods().forEach(site::notPulled);
            assertThat(events("ImagePullBackOff"))
                    .first()
                    .asString()
                    .contains(site.node("a"), "image registry.example/sensor:v2.example cannot be pulled");
        });
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.module("sensor").ready().reason()).isEqualTo("RolledBack");
            assertThat(site.module("sensor").ready().message())
                    .contains("It failed on " + site.node("a")
                            + ": the change waits until its image is pulled; what ran before goes on meanwhile; "
                            + site.node("a") + ": image registry.example/sensor:v2.example cannot be pulled");
        });

        assertThat(modules(1)).hasSize(3);
        assertThat(pods()).isEqualTo(before);
        await().atMost(SOON).untilAsserted(() -> assertThat(site.pullJobs()).isEmpty());
    }

    @Test
    void imagesArePulledOutsideTheWindow() {
        var closed = window(Duration.ofHours(12));
        runModule(closed);
        var before = pods();

        site.nodesPull();
        site.apply(module(2, closed));
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.pullJobs()).hasSize(3);
            assertThat(site.pullPods()).isEmpty();
            assertThat(site.module("sensor").ready().reason()).isEqualTo("WaitingForWindow");
        });

        assertThat(modules(1)).hasSize(3);
        assertThat(pods()).isEqualTo(before);
    }

    @Test
    void aPodThatMayNotPullIsToldOfAndNothingIsReplaced() {
        runModule("{progressDeadline: 2s}");
        var before = pods();
        site.apply("""
                apiVersion: v1
                kind: ResourceQuota
                metadata: {name: full}
                spec: {hard: {pods: "3"}}
                """);

        site.apply(module(2, "{progressDeadline: 2s}"));
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.module("sensor").ready().reason()).isEqualTo("PodRejected");
            assertThat(site.module("sensor").ready().message())
                    .contains(
                            site.node("a")
                                    + ": the pod that pulls the new image is refused: ResourceQuota 'full' of the namespace has no room",
                            "keeps what it has: the instance on " + site.node("a") + " was not ready in time");
        });

        assertThat(modules(1)).hasSize(3);
        assertThat(pods()).isEqualTo(before);
    }

    @Test
    void anOperatorThatBringsANewHubHasItPulledBeforeTheOldOneGoes() {
        site.stop(runHubs("{}"));
        site.hubImage("registry.example/selvedge-hub:next");

        site.start();
        await().atMost(SOON).untilAsserted(() -> assertThat(site.pullPods()).hasSize(1));
        assertThat(site.pullPods().getFirst().getSpec().getContainers().getFirst())
                .extracting(Container::getImage, Container::getImagePullPolicy)
                .containsExactly("registry.example/selvedge-hub:next", "IfNotPresent");
        assertThat(site.hub().ready().message())
                .contains(site.node("a") + ": the change waits until its image is pulled");
        assertThat(next()).isEmpty();

        site.pulled(site.pullPods().getFirst());
        await().atMost(SOON).untilAsserted(() -> assertThat(next()).containsExactly(hub("a")));
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(site.pullJobs()).singleElement().asString().startsWith(hub("b") + "-pull-"));
    }

    @Test
    void aChangeThatBringsNoImageAndAChangeThatIsTakenBackPullNothing() {
        var strategy = "{maxUnavailable: 3}";
        var operator = runModule(strategy);

        site.apply(module(2, strategy));
        await().atMost(SOON).untilAsserted(() -> assertThat(site.pullJobs()).hasSize(3));
        site.apply(module(1, strategy));
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.pullJobs()).isEmpty();
            assertThat(site.module("sensor").ready().status()).isEqualTo("True");
        });

        operator.writes().clear();
        site.apply(module(1, strategy)
                .replace("  updateStrategy", "  env: [{name: LEVEL, value: high}]\n  updateStrategy"));
        await().atMost(SOON).untilAsserted(() -> {
            NODES.forEach(node -> mayRun(sensor(node)));
            assertThat(operator.writes())
                    .filteredOn(write -> write.contains("/statefulsets/"))
                    .hasSize(3);
        });
        assertThat(operator.writes()).noneMatch(write -> write.contains("/jobs/"));
    }

    @Test
    void whatTheApiServerWritesOtherwiseIsNoChange() {
        site.nodesPull();
        var strategy = """
                {}
                  podTemplate:
                    spec:
                      containers:
                      - name: module
                        env: [{name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]
                        readinessProbe: {tcpSocket: {port: 8080}, initialDelaySeconds: 0}
                        volumeMounts: [{name: scratch, mountPath: /scratch, readOnly: false}]
                      volumes: [{name: scratch, emptyDir: {sizeLimit: 1024Mi}}]
                """;
        var operator = runModule(strategy);
        ClusterSite.settleWithInstances(operator);
        operator.writes().clear();
        operator.operator().wakeAll();
        ClusterSite.settle(operator);
        assertThat(operator.writes()).isEmpty();

        site.apply(module(2, strategy));
        await().atMost(SOON).untilAsserted(() -> {
            modules(2).forEach(this::mayRun);
            assertThat(modules(2)).hasSize(3);
        });
    }

    @Test
    void hubsAreReplacedOneNodeAtATime() {
        var operator = runHubs("{}");

        site.apply(hub(2, "{}"));
        await().atMost(SOON).untilAsserted(() -> assertThat(hubs(2)).containsExactly(hub("a")));
        ClusterSite.settle(operator);
        assertThat(hubs(2)).containsExactly(hub("a"));
        assertThat(site.hub().ready().message()).contains("the change waits until other nodes have it");

        comesUp(hub("a"));
        await().atMost(SOON).untilAsserted(() -> assertThat(hubs(2)).containsExactly(hub("a"), hub("b")));
        comesUp(hub("b"));
        await().atMost(SOON).untilAsserted(() -> assertThat(hubs(2)).hasSize(3));
        comesUp(hub("c"));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.hub().instances()).isEqualTo("3/3"));
    }

    @Test
    void aHubThatDoesNotComeUpStopsTheOthersAndAHubThatIsDownGetsTheNextChangeAtOnce() {
        var strategy = "{progressDeadline: 2s}";
        // in no hurry at first: one that is late then would be the one that stops the others
        runHubs("{}");

        site.apply(hub(2, strategy));
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.hub().ready().reason()).isEqualTo("RolloutPaused");
            assertThat(site.hub().ready().message()).contains("the instance on " + site.node("a"));
        });
        assertThat(hubs(2)).containsExactly(hub("a"));

        site.apply(hub(3, strategy));
        await().atMost(SOON).untilAsserted(() -> assertThat(hubs(3)).containsExactly(hub("a")));
    }

    @Test
    void aHeldHubKeepsWhatItHasAndTakesItsRoutesAllTheSame() {
        runHubs("{}");
        hold(EdgeHub.class, "hub", "true");

        site.apply(hub(2, "{}") + "  routes: {all: {route: \"FROM /messages/* INTO $upstream\"}}\n");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.hub().ready().reason()).isEqualTo("OnHold"));
        assertThat(hubs(1)).hasSize(3);
        assertThat(site.get(ModuleTwin.class, "edgehub." + site.node("a"))
                        .getSpec()
                        .properties()
                        .desired()
                        .at("/routes/all/route")
                        .asText())
                .isEqualTo("FROM /messages/* INTO $upstream");

        hold(EdgeHub.class, "hub", "false");
        await().atMost(SOON).untilAsserted(() -> assertThat(hubs(2)).containsExactly(hub("a")));
    }

    @Test
    void aChangeWaitsForItsWindowButANewNodeDoesNot() {
        site.nodesPull();
        var closed = window(Duration.ofHours(12));
        runModule(closed);

        site.apply(module(2, closed));
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.module("sensor").ready().reason()).isEqualTo("WaitingForWindow");
            assertThat(site.module("sensor").ready().message()).contains("which opens on ", " UTC");
        });
        assertThat(modules(1)).hasSize(3);
        site.addNode("d");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.set(sensor("d")))
                        .isNotNull()
                        .extracting(set -> container(set).getImage())
                        .isEqualTo("registry.example/sensor:v2.example"));
        mayRun(sensor("d"));

        site.apply(module(2, window(Duration.ofHours(-1))));
        await().atMost(SOON).untilAsserted(() -> {
            modules(2).forEach(this::mayRun);
            mayRun(sensor("d"));
            assertThat(modules(2)).hasSize(3);
        });
    }

    /** It got another image meanwhile, and the nodes pull none. */
    @Test
    void whatWasStoppedStartsOnAllNodesAtOnceInTheWindowOrNotAndAlsoWhenHeld() {
        var closed = window(Duration.ofHours(12));
        runModule(closed);
        site.apply(module(1, closed) + "  state: Stopped\n");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(NODES)
                        .allSatisfy(node -> assertThat(site.pod(sensor(node))).isNull()));
        hold(EdgeModule.class, "sensor", "true");

        site.apply(module(2, closed));

        await().atMost(SOON).untilAsserted(() -> {
            assertThat(modules(2)).hasSize(3);
            assertThat(NODES)
                    .allSatisfy(node -> assertThat(site.pod(sensor(node))).isNotNull());
        });
    }

    @Test
    void aHubWaitsForItsWindow() {
        var closed = window(Duration.ofHours(12));
        runHubs(closed);

        site.apply(hub(2, closed));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.hub().ready().reason()).isEqualTo("WaitingForWindow"));
        assertThat(hubs(1)).hasSize(3);

        site.apply(hub(2, window(Duration.ofHours(-1))));
        await().atMost(SOON).untilAsserted(() -> assertThat(hubs(2)).containsExactly(hub("a")));
    }

    /** A strategy with a window of two hours every day that opens so far from now. */
    private static String window(Duration fromNow) {
        var opens = InstantSource.system().instant().plus(fromNow).atOffset(ZoneOffset.UTC);
        return "{maintenanceWindow: {start: \""
                + DateTimeFormatter.ofPattern("HH:mm").format(opens) + "\", duration: 2h}}";
    }

    /** The sensor on three nodes, as its first version, running. */
    private ClusterSite.Running runModule(String strategy) {
        NODES.forEach(site::addNode);
        site.apply(HUB);
        site.apply(module(1, strategy));
        var operator = site.start();
        await().atMost(SOON).untilAsserted(() -> {
            NODES.forEach(node -> mayRun(sensor(node)));
            assertThat(site.module("sensor").ready().status()).isEqualTo("True");
        });
        return operator;
    }

    /** The sensor's pods, each another when it was replaced. */
    private Set<String> pods() {
        return NODES.stream()
                .map(node -> site.pod(sensor(node)).getMetadata().getUid())
                .collect(Collectors.toSet());
    }

    /** What Events with a reason say of the sensor. */
    private List<String> events(String reason) {
        return site
                .user()
                .v1()
                .events()
                .inNamespace(site.namespace())
                .withField("involvedObject.name", "sensor")
                .withField("reason", reason)
                .list()
                .getItems()
                .stream()
                .map(Event::getMessage)
                .toList();
    }

    /** Hubs on three nodes, as their first version, running. */
    private ClusterSite.Running runHubs(String strategy) {
        NODES.forEach(site::addNode);
        site.apply(hub(1, strategy));
        var operator = site.start();
        await().atMost(SOON).untilAsserted(() -> {
            NODES.forEach(node -> mayRun(hub(node)));
            assertThat(site.hub().instances()).isEqualTo("3/3");
        });
        return operator;
    }

    /** Its pod runs, if it has one that is not just being replaced. */
    private void mayRun(String set) {
        if (site.pod(set) == null) {
            return;
        }
        try {
            site.runs(set);
        } catch (KubernetesClientException e) {
            assertThat(e.getCode()).as(e.getMessage()).isIn(404, 409);
        }
    }

    /** The pod that replaces the one before runs. */
    private void comesUp(String set) {
        await().atMost(SOON).untilAsserted(() -> {
            var wanted = site.set(set);
            assertThat(wanted.getStatus().getObservedGeneration())
                    .isEqualTo(wanted.getMetadata().getGeneration());
            assertThat(site.pod(set)).isNotNull();
            assertThat(site.pod(set).getMetadata().getLabels())
                    .containsEntry(
                            "controller-revision-hash", wanted.getStatus().getUpdateRevision());
        });
        site.runs(set);
    }

    private static String module(int version, String strategy) {
        return version(SENSOR, version, strategy);
    }

    private static String hub(int version, String strategy) {
        return version(HUB, version, strategy);
    }

    private static String version(String yaml, int version, String strategy) {
        return yaml.replace("v1.example", "v" + version + ".example") + "  updateStrategy: " + strategy + "\n";
    }

    /** The sensor's StatefulSets that ask for a version. */
    private List<String> modules(int version) {
        return having(this::sensor, set -> container(set).getImage().contains(":v" + version + "."));
    }

    /** The hubs' StatefulSets that ask for a version. */
    private List<String> hubs(int version) {
        return having(
                this::hub,
                set -> container(set).getEnv().stream()
                        .anyMatch(env -> String.valueOf(env.getValue()).endsWith(".v" + version + ".example")));
    }

    /** The hubs' StatefulSets that ask for the next image. */
    private List<String> next() {
        return having(this::hub, set -> container(set).getImage().endsWith(":next"));
    }

    private List<String> having(UnaryOperator<String> name, Predicate<StatefulSet> test) {
        return NODES.stream().map(name).filter(set -> test.test(site.set(set))).toList();
    }

    private static Container container(StatefulSet set) {
        return set.getSpec().getTemplate().getSpec().getContainers().getFirst();
    }

    private ConfigMap record() {
        return site.user()
                .configMaps()
                .inNamespace(site.namespace())
                .withName("sensor--rollout")
                .get();
    }

    private <T extends HasMetadata> void hold(Class<T> kind, String name, String value) {
        site.user()
                .resources(kind)
                .inNamespace(site.namespace())
                .withName(name)
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"metadata\":{\"annotations\":{\"selvedge.dev/hold\":\"" + value + "\"}}}");
    }

    private String hub(String node) {
        return Names.hub(site.node(node));
    }

    private String sensor(String node) {
        return Names.instance("sensor", site.node(node));
    }
}
