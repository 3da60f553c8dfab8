package dev.selvedge.operator;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.operator.pki.Lifetimes;
import dev.selvedge.operator.render.Hold;
import dev.selvedge.operator.render.HubObjects;
import dev.selvedge.operator.render.Labels;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.render.Texts;
import dev.selvedge.operator.status.Conditions;
import dev.selvedge.plan.SiteNode;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static dev.selvedge.operator.ClusterSite.HUB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Nodes of a real API server join, leave, are replaced, cordoned, become other devices and are away for a week: what {@code docs/operations/nodes.md}
 * promises. There are no kubelets: the test is the node, and says what pods do.
 */
@Tag("cluster")
final class NodesClusterTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int MANY = 20;
    private static final String LINE = "selvedge.test/line";

    private static final String SENSOR = """
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeModule
            metadata: {name: sensor}
            spec:
              image: registry.example/sensor:1
              twin: {desired: {interval: 5}}
              updateStrategy: {progressDeadline: 3s, onFailure: Rollback}
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
    void aSiteOfTwentyNodesBecomesOneOfOneAndVolumesStay() {
        var nodes = IntStream.rangeClosed(1, MANY).mapToObj(i -> "n" + i).toList();
        nodes.forEach(site::addNode);
        var operator = run(nodes);

        assertThat(site.hub().instances()).isEqualTo("20/20");
        assertThat(site.module("sensor").instances()).isEqualTo("20/20");
        assertThat(nodes).allSatisfy(node -> {
            assertThat(deviceOfHub(node)).isEqualTo(site.node(node));
            assertThat(deviceOfTwin("sensor", node)).isEqualTo(site.node(node));
        });
        restsAfter(operator);

        nodes.stream().skip(1).forEach(site::removeNode);
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.hub().instances()).isEqualTo("1/1");
            assertThat(site.module("sensor").instances()).isEqualTo("1/1");
            assertThat(site.hub().words("Ready")).startsWith("True Ready");
        });
        assertThat(nodes).allSatisfy(node -> assertThat(claim(node)).isNotNull());
        assertThat(site.user()
                        .apps()
                        .statefulSets()
                        .inNamespace(site.namespace())
                        .list()
                        .getItems())
                .hasSize(2);
        restsAfter(operator);
    }

    @Test
    void aNodeThatLeavesAndReturnsIsTheSameDeviceWithTheSameVolume() {
        nodes("a", "b");
        run(List.of("a", "b"));
        var volume = uid(claim("a"));
        var key = secret(Names.identity(site.node("a"))).getData();
        var others = List.of(uid(site.set(hub("b"))), uid(site.set(sensor("b"))), uid(twin("sensor", "b")));

        site.removeNode("a");
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.set(hub("a"))).isNull();
            assertThat(site.set(sensor("a"))).isNull();
            assertThat(secret(Names.identity(site.node("a")))).isNull();
            assertThat(twin("edgehub", "a")).isNull();
            assertThat(twin("sensor", "a")).isNull();
        });
        assertThat(uid(claim("a"))).isEqualTo(volume);

        site.addNode("a");
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(deviceOfHub("a")).isEqualTo(site.node("a"));
            assertThat(site.set(sensor("a"))).isNotNull();
        });
        assertThat(uid(claim("a"))).isEqualTo(volume);
        assertThat(secret(Names.identity(site.node("a"))).getData()).isNotEqualTo(key);
        assertThat(List.of(uid(site.set(hub("b"))), uid(site.set(sensor("b"))), uid(twin("sensor", "b"))))
                .as("nobody else noticed")
                .isEqualTo(others);
    }

    @Test
    void aNewNodeWithTheOldVolumeTakesTheDeviceOverOnceTheOldOneIsGone() {
        nodes("old");
        run(List.of("old"));
        var device = site.node("old");
        site.apply("""
                apiVersion: selvedge.dev/v1alpha1
                kind: ModuleTwin
                metadata: {name: camera}
                spec: {deviceId: camera, parentDeviceId: DEVICE}
                """.replace("DEVICE", device));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(secret("device--camera")).isNotNull());
        site.apply("""
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata: {name: CLAIM}
                spec:
                  accessModes: [ReadWriteOnce]
                  storageClassName: local-path
                  volumeName: old-disk
                  resources: {requests: {storage: 128Mi}}
                """.replace("CLAIM", hub("new")));
        var volume = uid(claim("new"));

        site.addNode("new", Map.of(SiteNode.DEVICE_ID_LABEL, device));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.hub().words("Ready"))
                        .startsWith("False Conflict")
                        .contains("nodes " + device + " and " + site.node("new") + " have the same device id"));
        assertThat(site.set(hub("new"))).isNull();
        assertThat(deviceOfHub("old")).isEqualTo(device);

        site.removeNode("old");
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(deviceOfHub("new")).isEqualTo(device);
            assertThat(deviceOfTwin("sensor", "new")).isEqualTo(device);
            assertThat(site.set(hub("old"))).isNull();
        });
        assertThat(uid(claim("new"))).isEqualTo(volume);
        assertThat(claim("new").getSpec().getVolumeName()).isEqualTo("old-disk");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(Texts.text(secret("device--camera"), "connectionString"))
                        .hasValueSatisfying(text ->
                                assertThat(text).contains(Names.gatewayHost(site.node("new"), site.namespace()))));
        await().atMost(SOON).untilAsserted(() -> {
            mayRun(hub("new"));
            mayRun(sensor("new"));
            assertThat(site.hub().words("Ready")).startsWith("True Ready");
        });
    }

    @Test
    void aNodeThatGoesOverToAnotherEdgeHubKeepsKeyAddressTwinAndVolume() {
        site.addNode("a", Map.of(LINE, "1"));
        site.apply(hubOfLine("first", 1));
        // what runs goes with it also while it may not be changed
        site.apply(hubOfLine("second", 2)
                .replace("name: second", "name: second, annotations: {" + Hold.ANNOTATION + ": \"true\"}"));
        site.apply(SENSOR);
        var operator = site.start();
        site.nodesPull();
        await().atMost(SOON).untilAsserted(() -> {
            mayRun(hub("a"));
            assertThat(site.set(sensor("a"))).isNotNull();
            mayRun(sensor("a"));
        });
        ClusterSite.settle(operator);
        var key = secret(Names.identity(site.node("a"))).getData();
        var connection = secret(sensor("a")).getData();
        var kept = ofHub("a");

        for (var next : List.of("second", "first")) {
            site.label("a", LINE, next.equals("first") ? "1" : "2");
            await().atMost(SOON).untilAsserted(() -> {
                mayRun(hub("a"));
                assertThat(Labels.of(secret(Names.identity(site.node("a"))), Labels.HUB))
                        .isEqualTo(next);
                assertThat(Labels.of(site.set(hub("a")), Labels.HUB)).isEqualTo(next);
                assertThat(site.set(hub("a")).getMetadata().getOwnerReferences())
                        .extracting(OwnerReference::getName)
                        .containsExactly(next);
            });
            ClusterSite.settle(operator);
            assertThat(secret(Names.identity(site.node("a"))).getData()).isEqualTo(key);
            assertThat(secret(Names.identity(site.node("a"))).getMetadata().getOwnerReferences())
                    .extracting(OwnerReference::getName)
                    .containsExactly(next);
            assertThat(secret(sensor("a")).getData()).isEqualTo(connection);
            assertThat(ofHub("a")).isEqualTo(kept);
        }

        site.label("a", LINE, null);
        await("of no EdgeHub any more")
                .atMost(SOON)
                .untilAsserted(
                        () -> assertThat(secret(Names.identity(site.node("a")))).isNull());
    }

    private static String hubOfLine(String name, int line) {
        return HUB.replace("name: hub", "name: " + name).replace("{MARK}", "{MARK, " + LINE + ": \"" + line + "\"}");
    }

    /** What a node's hub has, by uid. */
    private List<String> ofHub(String node) {
        return Stream.of(
                        secret(Names.identity(site.node(node))),
                        secret(Names.tls(site.node(node))),
                        site.get(Service.class, hub(node)),
                        site.set(hub(node)),
                        claim(node),
                        twin("edgehub", node))
                .map(NodesClusterTest::uid)
                .toList();
    }

    @Test
    void anotherDeviceIdIsSaidAndAllElseGoesOnAsBefore() {
        nodes("a", "b");
        run(List.of("a", "b"));
        var device = site.node("a");

        site.label("a", SiteNode.DEVICE_ID_LABEL, "press-2");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.hub().words("Ready"))
                        .isEqualTo("False DeviceIdChanged: " + device
                                + ": the node is asked to be device 'press-2' and goes on as '" + device
                                + "', whose messages are on its volume: set the label selvedge.dev/device-id to '"
                                + device + "', or let go of that device by deleting ModuleTwin 'edgehub." + device
                                + "'"));
        site.apply(SENSOR.replace("interval: 5", "interval: 6").replace("sensor:1", "sensor:2"));
        await().atMost(SOON).untilAsserted(() -> {
            List.of("a", "b").forEach(node -> mayRun(sensor(node)));
            assertThat(twin("sensor", "a").getSpec().properties().desired().toString())
                    .isEqualTo("{\"interval\":6}");
            assertThat(images()).containsOnly("registry.example/sensor:2");
            assertThat(site.module("sensor").words("Ready")).startsWith("True Ready");
        });
        assertThat(deviceOfHub("a")).isEqualTo(device);
        assertThat(deviceOfTwin("edgehub", "a")).isEqualTo(device);
        assertThat(deviceOfTwin("sensor", "a")).isEqualTo(device);

        site.label("b", SiteNode.DEVICE_ID_LABEL, device);
        site.label("a", SiteNode.DEVICE_ID_LABEL, device);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.hub().words("Ready"))
                        .contains(site.node("b") + ": the node is asked")
                        .doesNotContain("'press-2'"));
        site.label("a", SiteNode.DEVICE_ID_LABEL, null);
        site.label("b", SiteNode.DEVICE_ID_LABEL, null);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.hub().words("Ready")).startsWith("True Ready"));
    }

    @Test
    void whoLetsGoOfADeviceGetsTheOtherAndKeepsWhatPeopleSetOnTwins() {
        nodes("a");
        run(List.of("a"));
        site.apply(SENSOR.replace("name: sensor", "name: second"));
        await().atMost(SOON).untilAsserted(() -> assertThat(twin("second", "a")).isNotNull());
        site.apply("""
                apiVersion: selvedge.dev/v1alpha1
                kind: ModuleTwin
                metadata: {name: second.NODE}
                spec: {deviceId: NODE, moduleId: second, properties: {desired: {mine: true}}}
                """.replace("NODE", site.node("a")));
        site.label("a", SiteNode.DEVICE_ID_LABEL, "press-2");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.hub().words("Ready")).startsWith("False DeviceIdChanged"));
        var identity = secret(sensor("a")).getData();

        site.user().resource(twin("edgehub", "a")).delete();
        await().atMost(SOON).untilAsserted(() -> {
            mayRun(hub("a"));
            assertThat(deviceOfTwin("edgehub", "a")).isEqualTo("press-2");
            assertThat(deviceOfHub("a")).isEqualTo("press-2");
            assertThat(deviceOfTwin("sensor", "a")).isEqualTo("press-2");
            assertThat(secret(sensor("a")).getData()).isNotEqualTo(identity);
            assertThat(site.hub().words("Ready")).doesNotContain("DeviceIdChanged");
        });
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.module("second").words("Ready"))
                        .startsWith("False DeviceIdChanged: " + site.node("a") + ": ModuleTwin 'second."
                                + site.node("a") + "' belongs to device '" + site.node("a")
                                + "', and the node is device 'press-2' now"));
        assertThat(twin("second", "a").getSpec().properties().desired().toString())
                .contains("\"mine\":true");

        site.user().resource(twin("second", "a")).delete();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(deviceOfTwin("second", "a")).isEqualTo("press-2"));
    }

    @Test
    void aModuleThatKeepsItsOldDeviceDoesNotFailTheRolloutOfTheOthers() {
        nodes("a", "b");
        run(List.of("a", "b"));
        site.apply("""
                apiVersion: selvedge.dev/v1alpha1
                kind: ModuleTwin
                metadata: {name: sensor.NODE}
                spec: {deviceId: NODE, moduleId: sensor, properties: {desired: {mine: true}}}
                """.replace("NODE", site.node("a")));
        site.label("a", SiteNode.DEVICE_ID_LABEL, "press-2");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.hub().words("Ready")).startsWith("False DeviceIdChanged"));
        site.user().resource(twin("edgehub", "a")).delete();
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(site.module("sensor").words("Ready")).startsWith("False DeviceIdChanged"));
        site.user().resource(site.pod(sensor("a"))).withGracePeriod(0).delete();
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(site.module("sensor").instances()).isEqualTo("1/2"));
        await().during(Duration.ofSeconds(4))
                .atMost(SOON)
                .until(() -> image("b").endsWith(":1"));

        site.apply(SENSOR.replace("sensor:1", "sensor:2"));
        await().atMost(SOON).untilAsserted(() -> {
            mayRun(sensor("b"));
            assertThat(image("b")).isEqualTo("registry.example/sensor:2");
            assertThat(site.module("sensor").instances()).isEqualTo("1/2");
        });
        assertThat(image("a")).isEqualTo("registry.example/sensor:1");
        assertThat(site.module("sensor").words("Ready"))
                .startsWith("False DeviceIdChanged")
                .doesNotContain("It failed on");
    }

    @Test
    void aDrainedNodeIsSaidAndHoldsUpNobody() {
        nodes("a", "b");
        run(List.of("a", "b"));

        site.cordon("a", true);
        site.apply(SENSOR.replace("sensor:1", "sensor:2"));
        await().atMost(SOON).untilAsserted(() -> {
            mayRun(sensor("b"));
            assertThat(image("b")).isEqualTo("registry.example/sensor:2");
            assertThat(site.module("sensor").words("Ready"))
                    .isEqualTo("False NodeCordoned: " + site.node("a")
                            + ": the change waits until the node is uncordoned");
        });
        assertThat(image("a"))
                .as("what runs on a cordoned node is not replaced")
                .isEqualTo("registry.example/sensor:1");
        assertThat(site.module("sensor").instances()).isEqualTo("2/2");

        for (var set : List.of(hub("a"), sensor("a"))) {
            site.user().resource(site.pod(set)).withGracePeriod(0).delete();
        }
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.hub().words("Ready"))
                    .isEqualTo(
                            "False NodeCordoned: " + site.node("a")
                                    + ": the node is cordoned: nothing starts there until it is uncordoned; what is stored stays");
            assertThat(site.module("sensor").instances()).isEqualTo("1/2");
        });
        site.apply(SENSOR.replace("sensor:1", "sensor:3"));
        await().atMost(SOON).untilAsserted(() -> {
            mayRun(sensor("b"));
            assertThat(image("b")).isEqualTo("registry.example/sensor:3");
            assertThat(site.module("sensor").words("Ready")).startsWith("False NodeCordoned");
        });

        site.cordon("a", false);
        await().atMost(SOON).untilAsserted(() -> {
            List.of(hub("a"), sensor("a"), sensor("b")).forEach(this::mayRun);
            assertThat(images()).containsOnly("registry.example/sensor:3");
            assertThat(site.hub().words("Ready")).startsWith("True Ready");
            assertThat(site.module("sensor").words("Ready")).startsWith("True Ready");
        });
    }

    @Test
    void aTwinSaysWhenItsHubCannotBeHeardAndNotOfARestart() {
        var ahead = new Duration[] {Duration.ZERO};
        site.certificates(
                Lifetimes.DEFAULT, () -> InstantSource.system().instant().plus(ahead[0]));
        nodes("a", "b");
        var operator = run(List.of("a", "b"));
        await().atMost(SOON).untilAsserted(() -> assertThat(twinsReady()).containsOnly("True Ready"));
        var written = versionsOfTwins();

        site.user().resource(site.pod(hub("a"))).withGracePeriod(0).delete();
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.hub().words("Ready")).startsWith("False Pending");
            assertThat(site.pod(hub("a"))).isNotNull();
        });
        site.runs(hub("a"));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.hub().words("Ready")).startsWith("True Ready"));
        ClusterSite.settle(operator);
        assertThat(versionsOfTwins()).as("the hub was only restarted").isEqualTo(written);

        site.setReady("a", "Unknown");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.hub().words("Ready")).startsWith("Unknown NodeUnreachable"));
        ClusterSite.settle(operator);
        assertThat(versionsOfTwins()).as("the node may only flap").isEqualTo(written);
        ahead[0] = Duration.ofMinutes(1);
        operator.operator().wakeAll();
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(twinReady("sensor", "a")).isEqualTo("Unknown NodeUnreachable");
            assertThat(twinReady("edgehub", "a")).isEqualTo("Unknown NodeUnreachable");
        });
        assertThat(twinReady("sensor", "b")).isEqualTo("True Ready");
        site.setReady("a", "True");
        await().atMost(SOON).untilAsserted(() -> {
            mayRun(hub("a"));
            assertThat(twinsReady()).containsOnly("True Ready");
        });

        site.user().resource(site.pod(hub("a"))).withGracePeriod(0).delete();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.hub().words("Ready")).startsWith("False Pending"));
        ClusterSite.settle(operator);
        ahead[0] = Duration.ofMinutes(2);
        operator.operator().wakeAll();
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(twinReady("sensor", "a")).isEqualTo("False WaitingForDependency");
            assertThat(twinReady("edgehub", "a")).isEqualTo("False WaitingForDependency");
        });
        restsAfter(operator);
        await().atMost(SOON).untilAsserted(() -> {
            mayRun(hub("a"));
            assertThat(twinsReady()).containsOnly("True Ready");
        });

        site.cordon("a", true);
        site.user().resource(site.pod(hub("a"))).withGracePeriod(0).delete();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.hub().words("Ready")).startsWith("False NodeCordoned"));
        ClusterSite.settle(operator);
        ahead[0] = Duration.ofMinutes(3);
        operator.operator().wakeAll();
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(twinReady("sensor", "a")).isEqualTo("False NodeCordoned");
            assertThat(twinReady("edgehub", "a")).isEqualTo("False NodeCordoned");
        });
        restsAfter(operator);
        site.cordon("a", false);
        await().atMost(SOON).untilAsserted(() -> {
            mayRun(hub("a"));
            assertThat(twinsReady()).containsOnly("True Ready");
        });
        assertThat(site.user()
                        .v1()
                        .events()
                        .inNamespace(site.namespace())
                        .list()
                        .getItems())
                .filteredOn(
                        event -> "ModuleTwin".equals(event.getInvolvedObject().getKind()))
                .as("one of each twin; those of the EdgeHub tell the rest")
                .extracting(Event::getReason)
                .hasSize(twinsReady().size())
                .containsOnly("Ready");
    }

    @Test
    void aNodeThatReturnsAfterAWeekGetsWhatHappenedMeanwhile() {
        var ahead = new Duration[] {Duration.ZERO};
        site.certificates(
                new Lifetimes(Duration.ofDays(60), Duration.ofDays(15)),
                () -> InstantSource.system().instant().plus(ahead[0]));
        nodes("a", "b");
        var operator = run(List.of("a", "b"));
        var certificate = certificate("a");
        var claims = List.of(uid(claim("a")), uid(site.pod(hub("a"))), uid(site.pod(sensor("a"))));

        site.setReady("a", "Unknown");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.hub().words("Ready")).startsWith("Unknown NodeUnreachable"));
        ahead[0] = Duration.ofDays(11);
        operator.operator().wakeAll();
        await().atMost(SOON).untilAsserted(() -> assertThat(certificate("a")).isNotEqualTo(certificate));
        for (var version : List.of(2, 3)) {
            site.apply(SENSOR.replace("sensor:1", "sensor:" + version)
                    .replace("progressDeadline: 3s", "progressDeadline: 1000h"));
            await().atMost(SOON).untilAsserted(() -> {
                mayRun(sensor("b"));
                assertThat(image("b")).isEqualTo("registry.example/sensor:" + version);
                assertThat(site.module("sensor").words("Ready"))
                        .startsWith("Unknown NodeUnreachable")
                        .contains("goes on");
            });
        }
        assertThat(image("a")).isEqualTo("registry.example/sensor:1");
        assertThat(List.of(uid(claim("a")), uid(site.pod(hub("a"))), uid(site.pod(sensor("a")))))
                .as("nothing there was touched")
                .isEqualTo(claims);

        site.setReady("a", "True");
        await().atMost(SOON).untilAsserted(() -> {
            List.of(hub("a"), sensor("a"), sensor("b")).forEach(this::mayRun);
            assertThat(images()).containsOnly("registry.example/sensor:3");
            assertThat(site.module("sensor").words("Ready")).startsWith("True Ready");
            assertThat(site.hub().words("Ready")).startsWith("True Ready");
        });
        assertThat(uid(site.pod(hub("a")))).as("the hub was not restarted").isEqualTo(claims.get(1));
        restsAfter(operator);
    }

    private void nodes(String... names) {
        List.of(names).forEach(site::addNode);
    }

    /** Hub and sensor on these nodes, running. */
    private ClusterSite.Running run(List<String> nodes) {
        site.apply(HUB);
        site.apply(SENSOR);
        var operator = site.start();
        site.nodesPull();
        await().atMost(SOON.multipliedBy(2)).untilAsserted(() -> {
            nodes.forEach(node -> {
                mayRun(hub(node));
                mayRun(sensor(node));
            });
            assertThat(site.hub().words("Ready")).startsWith("True Ready");
            assertThat(site.module("sensor").words("Ready")).startsWith("True Ready");
        });
        return operator;
    }

    /** After another look at everything nothing is written. */
    private static void restsAfter(ClusterSite.Running operator) {
        ClusterSite.settleWithInstances(operator);
        operator.writes().clear();
        operator.operator().wakeAll();
        ClusterSite.settle(operator);
        assertThat(operator.writes()).isEmpty();
    }

    /** Its pod runs, if it has one that is not running already or just being replaced. */
    private void mayRun(String set) {
        var pod = site.pod(set);
        if (pod == null
                || pod.getStatus().getConditions().stream()
                        .anyMatch(c ->
                                c.getType().equals("Ready") && c.getStatus().equals("True"))) {
            return;
        }
        try {
            site.runs(set);
        } catch (KubernetesClientException e) {
            assertThat(e.getCode()).as(e.getMessage()).isIn(404, 409);
        }
    }

    private static String uid(HasMetadata object) {
        return object.getMetadata().getUid();
    }

    private String hub(String node) {
        return Names.hub(site.node(node));
    }

    private String sensor(String node) {
        return Names.instance("sensor", site.node(node));
    }

    private @Nullable PersistentVolumeClaim claim(String node) {
        return site.get(PersistentVolumeClaim.class, hub(node));
    }

    private @Nullable Secret secret(String name) {
        return site.get(Secret.class, name);
    }

    private String certificate(String node) {
        return Texts.text(secret(Names.tls(site.node(node))), HubObjects.TLS_CERTIFICATE)
                .orElseThrow();
    }

    private @Nullable ModuleTwin twin(String module, String node) {
        return site.get(ModuleTwin.class, module + "." + site.node(node));
    }

    private List<String> twinsReady() {
        return Stream.of("a", "b")
                .flatMap(node -> Stream.of(twinReady("sensor", node), twinReady("edgehub", node)))
                .toList();
    }

    /** Status and reason of the condition Ready of a twin. */
    private String twinReady(String module, String node) {
        var twin = twin(module, node);
        var ready = twin == null || twin.getStatus() == null
                ? null
                : Conditions.ready(twin.getStatus().conditions());
        return ready == null ? "" : ready.status() + " " + ready.reason();
    }

    private List<String> versionsOfTwins() {
        return site.user().resources(ModuleTwin.class).inNamespace(site.namespace()).list().getItems().stream()
                .map(twin ->
                        twin.getMetadata().getName() + " " + twin.getMetadata().getResourceVersion())
                .sorted()
                .toList();
    }

    private String deviceOfTwin(String module, String node) {
        var twin = twin(module, node);
        return twin == null ? "" : twin.getSpec().deviceId();
    }

    /** The device that the pod of a node's hub is told to be. */
    private String deviceOfHub(String node) {
        var set = site.set(hub(node));
        return set == null
                ? ""
                : set.getSpec().getTemplate().getSpec().getContainers().getFirst().getEnv().stream()
                        .filter(variable -> variable.getName().equals("SELVEDGE_DEVICE_ID"))
                        .map(EnvVar::getValue)
                        .findFirst()
                        .orElseThrow();
    }

    private String image(String node) {
        return site.set(sensor(node))
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getImage();
    }

    private List<String> images() {
        return List.of(image("a"), image("b"));
    }
}
