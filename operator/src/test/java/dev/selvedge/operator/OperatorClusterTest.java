package dev.selvedge.operator;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.ModuleTwinStatus;
import dev.selvedge.api.v1alpha1.ModuleTwinStatus.ConnectionState;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Identity;
import dev.selvedge.identity.MasterKey;
import dev.selvedge.operator.apply.AuthoritySecret;
import dev.selvedge.operator.render.HubObjects;
import dev.selvedge.operator.render.ModuleObjects;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.render.Texts;
import dev.selvedge.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** The operator on a real API server. There are no kubelets: the test is the node, and says what pods do. */
@Tag("cluster")
final class OperatorClusterTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    private static final String HUB = ClusterSite.HUB + """
              routes:
                toCloud: {route: "FROM /messages/* INTO $upstream"}
            """;

    private static final String SENSOR = """
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeModule
            metadata: {name: sensor}
            spec:
              moduleId: Sensor
              image: registry.example/sensor:1
              env: [{name: EMPTY, value: ""}, {name: RATE, value: "5"}]
              twin: {tags: {line: "4"}, desired: {interval: 5, nested: {a: 1, b: 2.5}, list: [1, 2]}}
              podTemplate:
                spec:
                  containers: [{name: module, resources: {limits: {memory: 0.125Gi, cpu: "0.5"}}}]
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
    void ofTwoTwinsOfADownstreamDeviceTheOtherIsReadyWhenTheFirstGoes() {
        site.addNode("a");
        site.apply(HUB);
        camera("camera");
        site.start();
        await().atMost(SOON).untilAsserted(() -> assertThat(site.pod(hub("a"))).isNotNull());
        site.runs(hub("a"));
        await().atMost(SOON).untilAsserted(() -> assertThat(reason("camera")).isEqualTo("Ready"));

        camera("camera-2");
        await().atMost(SOON).untilAsserted(() -> assertThat(reason("camera-2")).isEqualTo("Conflict"));
        assertThat(reason("camera")).isEqualTo("Ready");

        site.user()
                .resources(ModuleTwin.class)
                .inNamespace(site.namespace())
                .withName("camera")
                .delete();
        await().atMost(SOON).untilAsserted(() -> assertThat(reason("camera-2")).isEqualTo("Ready"));
    }

    private void camera(String name) {
        site.apply("""
                apiVersion: selvedge.dev/v1alpha1
                kind: ModuleTwin
                metadata: {name: %s}
                spec: {deviceId: camera, parentDeviceId: %s}
                """.formatted(name, site.node("a")));
    }

    private String reason(String twin) {
        var status = site.get(ModuleTwin.class, twin).getStatus();
        var ready = status == null ? null : Conditions.ready(status.conditions());
        return ready == null ? "" : ready.reason();
    }

    @Test
    void aHubAndAModuleBecomeTheirObjectsAndASecondPassWritesNothing() {
        site.addNode("a");
        site.apply(HUB);
        site.apply(SENSOR);
        var operator = site.start();

        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.set(hub("a"))).isNotNull();
            assertThat(site.set(sensor("a"))).isNotNull();
        });
        ClusterSite.settle(operator);
        assertThat(secret(Names.identity(site.node("a"))).getData()).containsOnlyKeys("key");
        assertThat(secret(hub("a") + "-tls").getData()).containsOnlyKeys("ca.crt", "tls.crt", "tls.key");
        assertThat(secret(Names.CA).getMetadata().getOwnerReferences()).isEmpty();
        var claim = site.user()
                .persistentVolumeClaims()
                .inNamespace(site.namespace())
                .withName(hub("a"))
                .get();
        assertThat(claim.getMetadata().getOwnerReferences()).isEmpty();
        assertThat(twin("sensor.").getSpec().properties().desired().toString())
                .isEqualTo("{\"interval\":5,\"list\":[1,2],\"nested\":{\"a\":1,\"b\":2.5}}");
        assertThat(twin("edgehub.")
                        .getSpec()
                        .properties()
                        .desired()
                        .at("/routes/toCloud/route")
                        .asText())
                .isEqualTo("FROM /messages/* INTO $upstream");
        var pod = site.set(sensor("a")).getSpec().getTemplate().getSpec();
        assertThat(pod.getHostAliases().getFirst().getHostnames())
                .containsExactly(hub("a") + "." + site.namespace() + ".svc");
        assertThat(site.hub().ready().reason()).isEqualTo("Pending");

        operator.writes().clear();
        site.stop(operator);
        var again = site.start();
        poke(again);
        ClusterSite.settle(again);
        assertThat(again.writes()).isEmpty();
    }

    @Test
    void whatTheUserSetsOnATwinWinsKeyByKey() {
        site.addNode("a");
        site.apply(HUB);
        site.apply(SENSOR);
        var operator = site.start();
        await().atMost(SOON).untilAsserted(() -> assertThat(twin("sensor.")).isNotNull());
        ClusterSite.settle(operator);

        site.apply("""
                apiVersion: selvedge.dev/v1alpha1
                kind: ModuleTwin
                metadata: {name: TWIN}
                spec:
                  deviceId: NODE
                  moduleId: Sensor
                  tags: {line: "9"}
                  properties: {desired: {interval: 1, mine: true, nested: {b: 7}}}
                """.replace("TWIN", "sensor." + site.node("a")).replace("NODE", site.node("a")));
        site.apply(SENSOR.replace("interval: 5", "interval: 6").replace("{a: 1,", "{a: 3,"));

        await().atMost(SOON)
                .untilAsserted(() -> assertThat(
                                twin("sensor.").getSpec().properties().desired().toString())
                        .isEqualTo("{\"interval\":1,\"list\":[1,2],\"mine\":true,\"nested\":{\"a\":3,\"b\":7}}"));
        assertThat(twin("sensor.").getSpec().tags()).containsExactly(Map.entry("line", "9"));
        ClusterSite.settle(operator);
        operator.writes().clear();
        poke(operator);
        ClusterSite.settle(operator);
        assertThat(operator.writes()).isEmpty();
    }

    @Test
    void nodesComeAndGo() {
        site.addNode("a");
        site.apply(HUB);
        site.apply(SENSOR);
        site.start();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.set(sensor("a"))).isNotNull());

        site.addNode("b");
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.set(hub("b"))).isNotNull();
            assertThat(site.set(sensor("b"))).isNotNull();
        });

        site.label("b", "selvedge.test/site", null);
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.set(hub("b"))).isNull();
            assertThat(site.set(sensor("b"))).isNull();
        });
        assertThat(site.user()
                        .persistentVolumeClaims()
                        .inNamespace(site.namespace())
                        .withName(hub("b"))
                        .get())
                .isNotNull();

        site.label("b", "selvedge.test/site", site.mark().get("selvedge.test/site"));
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.set(hub("b"))).isNotNull();
            assertThat(site.set(sensor("b"))).isNotNull();
        });

        site.user().nodes().withName(site.node("a")).delete();
        site.user().nodes().withName(site.node("b")).delete();
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.set(hub("a"))).isNull();
            assertThat(site.set(hub("b"))).isNull();
            assertThat(site.hub().ready().reason()).isEqualTo("NoNode");
        });
    }

    @Test
    void whatCannotBeWhereItIsWantedSaysWhyAndWhoIsThere() {
        site.addNode("a");
        site.addNode("bare", Map.of("selvedge.test/bare", site.namespace()));
        site.label("bare", "selvedge.test/site", null);
        site.apply(HUB);
        site.apply(SENSOR);
        site.start();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.set(sensor("a"))).isNotNull());

        site.apply(ClusterSite.HUB.replace("name: hub", "name: hub-2"));
        site.apply(SENSOR.replace("name: sensor", "name: sensor-2"));
        site.apply(SENSOR.replace("name: sensor", "name: bare")
                .replace("moduleId: Sensor", "nodeSelector: {selvedge.test/bare: NS}"));

        await().atMost(SOON).untilAsserted(() -> {
            assertThat(Said.by(site.get(EdgeHub.class, "hub-2")).words("Ready"))
                    .startsWith("False Conflict: ")
                    .contains(site.node("a"), "already has the hub of EdgeHub 'hub'");
            assertThat(site.module("sensor-2").words("Ready"))
                    .startsWith("False Conflict: ")
                    .contains("module id 'Sensor' is taken on node " + site.node("a") + " by EdgeModule 'sensor'");
            assertThat(site.module("bare").words("Ready"))
                    .startsWith("False NoHub: ")
                    .contains("node " + site.node("bare") + " has no hub");
        });
        assertThat(site.hub().ready().reason()).isEqualTo("Pending");
        assertThat(site.set(Names.instance("sensor-2", site.node("a")))).isNull();
        assertThat(site.set(Names.instance("bare", site.node("bare")))).isNull();
    }

    @Test
    void conditionsSayWhatIsWrongAndWhere() {
        site.addNode("a");
        site.apply(HUB);
        site.apply(SENSOR);
        site.start();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.pod(sensor("a"))).isNotNull());

        site.runs(sensor("a"));
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.module("sensor").ready().status()).isEqualTo("True");
            assertThat(site.module("sensor").instances()).isEqualTo("1/1");
        });

        site.setReady("a", "Unknown");
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.module("sensor").ready().reason()).isEqualTo("NodeUnreachable");
            assertThat(site.module("sensor").ready().message()).contains(site.node("a"), "goes on");
        });
        site.setReady("a", "True");

        site.apply(HUB.replace("INTO $upstream", "INTO nowhere"));
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.hub().ready().reason()).isEqualTo("InvalidRoute");
            assertThat(site.hub().ready().message()).contains("toCloud", "last good one stays in force");
        });
        assertThat(twin("edgehub.")
                        .getSpec()
                        .properties()
                        .desired()
                        .at("/routes/toCloud/route")
                        .asText())
                .isEqualTo("FROM /messages/* INTO $upstream");

        site.apply(SENSOR.replace("memory: 0.125Gi", "memory: plenty"));
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.module("sensor").ready().reason()).isEqualTo("InvalidPodTemplate");
            assertThat(site.module("sensor").ready().message()).contains(site.node("a"));
        });

        site.apply(SENSOR + "  state: Stopped\n");
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.module("sensor").ready().reason()).isEqualTo("Stopped");
            assertThat(site.set(sensor("a")).getSpec().getReplicas()).isZero();
            assertThat(site.module("sensor").ready().message()).contains("stopped as asked");
        });
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(eventsOf("EdgeModule"))
                        .contains(
                                "Normal Ready",
                                "Warning NodeUnreachable",
                                "Warning InvalidPodTemplate",
                                "Normal Stopped"));
    }

    @Test
    void aModuleStartsAfterTheHubAndWhatItDependsOn() {
        site.addNode("a");
        site.apply(HUB);
        site.apply(SENSOR);
        site.apply(SENSOR.replace("sensor", "second").replace("moduleId: Sensor", "dependsOn: [sensor]"));
        site.start();
        var second = Names.instance("second", site.node("a"));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.pod(sensor("a"))).isNotNull());
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(site.module("second").ready().reason()).isEqualTo("WaitingForDependency"));
        assertThat(site.module("second").ready().message()).contains("starts when the hub, sensor are ready");
        assertThat(site.set(second)).isNull();

        site.runs(sensor("a"));
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(site.module("second").ready().message()).contains("starts when the hub is ready"));
        assertThat(site.set(second)).isNull();

        await().atMost(SOON).untilAsserted(() -> assertThat(site.pod(hub("a"))).isNotNull());
        site.runs(hub("a"));
        await().atMost(SOON).untilAsserted(() -> assertThat(site.set(second)).isNotNull());
        site.user()
                .pods()
                .inNamespace(site.namespace())
                .withName(sensor("a") + "-0")
                .withGracePeriod(0)
                .delete();
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(site.module("sensor").ready().reason()).isEqualTo("Pending"));
        assertThat(site.set(second)).isNotNull();
    }

    @Test
    void whatWasMadeGoesWithItsOwnerButTheVolumeStays() {
        site.addNode("a");
        site.apply(HUB);
        site.apply(SENSOR);
        site.start();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.set(sensor("a"))).isNotNull());

        site.user().resource(module()).delete();
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            assertThat(site.set(sensor("a"))).isNull();
            assertThat(secret(sensor("a"))).isNull();
            assertThat(twin("sensor.")).isNull();
        });
        site.user().resource(hub()).delete();
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            assertThat(site.set(hub("a"))).isNull();
            assertThat(secret(Names.identity(site.node("a")))).isNull();
            assertThat(twin("edgehub.")).isNull();
        });
        assertThat(site.user()
                        .persistentVolumeClaims()
                        .inNamespace(site.namespace())
                        .withName(hub("a"))
                        .get())
                .isNotNull();
        assertThat(secret(Names.CA)).isNotNull();
    }

    @Test
    void twoOperatorsAtOnceMakeOneAuthorityAndOneKey() {
        site.addNode("a");
        var operators = List.of(site.start(), site.start());
        site.apply(HUB);
        site.apply(SENSOR);

        var key = Names.identity(site.node("a"));
        await().atMost(SOON).untilAsserted(() -> assertThat(secret(key)).isNotNull());
        var made = List.of(secret(Names.CA), secret(key));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.set(sensor("a"))).isNotNull());
        operators.forEach(ClusterSite::settle);
        ClusterSite.settle(site.start());
        assertThat(List.of(secret(Names.CA), secret(key)))
                .as("who came second, or later, wrote neither")
                .isEqualTo(made);
        assertThat(AuthoritySecret.read(secret(Names.CA)).all()).hasSize(1);
        assertThat(Texts.text(secret(sensor("a")), ModuleObjects.CONNECTION_STRING))
                .hasValueSatisfying(text -> assertThat(text)
                        .contains(MasterKey.of(Texts.bytes(secret(key), HubObjects.MASTER_KEY)
                                        .orElseThrow())
                                .derive(Identity.module(site.node("a"), "Sensor"), Credentials.DEFAULT.generation())));
        assertThat(secret(hub("a") + "-tls").getData().get("ca.crt"))
                .isEqualTo(secret(Names.CA).getData().get("ca.crt"));
        assertThat(secret(sensor("a")).getData().get("ca.crt"))
                .isEqualTo(secret(Names.CA).getData().get("ca.crt"));
    }

    @Test
    void aPodThatTheApiServerRefusesIsSaid() {
        site.user().namespaces().withName(site.namespace()).edit(ns -> {
            ns.getMetadata().setLabels(Map.of("pod-security.kubernetes.io/enforce", "restricted"));
            return ns;
        });
        site.addNode("a");
        site.apply(HUB);
        site.apply(
                SENSOR.replace("    spec:\n      containers", "    spec:\n      hostNetwork: true\n      containers"));
        site.start();
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(site.module("sensor").ready().reason()).isEqualTo("PodRejected");
            assertThat(site.module("sensor").ready().message()).contains("host namespaces");
        });
        await().atMost(SOON).untilAsserted(() -> assertThat(site.pod(hub("a"))).isNotNull());

        site.apply(SENSOR);
        await("what asks for nothing special is restricted enough")
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(site.pod(sensor("a"))).isNotNull());
    }

    @Test
    void aBindingOfAnotherRoleIsSaidAndMadeAnewOnceItIsGone() {
        site.addNode("a");
        site.apply("""
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: selvedge-hub, labels: {app.kubernetes.io/managed-by: selvedge}}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edge-selvedge-hub}
                subjects: [{kind: ServiceAccount, name: selvedge-hub, namespace: NS}]
                """);
        site.apply(HUB);
        site.start();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.hub().words("Ready"))
                        .startsWith(
                                "Unknown Error: RoleBinding 'selvedge-hub' of this namespace does not bind role 'selvedge-hub'")
                        .contains("delete it, and it is made anew"));

        site.user().resource(site.get(RoleBinding.class, Names.HUB_ACCOUNT)).delete();
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.get(RoleBinding.class, Names.HUB_ACCOUNT))
                    .isNotNull()
                    .satisfies(binding ->
                            assertThat(binding.getRoleRef().getName()).isEqualTo("selvedge-hub"));
            assertThat(site.hub().words("Ready")).startsWith("False Pending");
        });
    }

    @Test
    void aQuotaWithoutRoomIsSaid() {
        site.addNode("a");
        site.apply("""
                apiVersion: v1
                kind: ResourceQuota
                metadata: {name: none}
                spec: {hard: {pods: "0"}}
                """);
        site.apply(HUB);
        site.start();

        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(site.hub().ready().reason()).isEqualTo("PodRejected");
            assertThat(site.hub().ready().message())
                    .isEqualTo(
                            site.node("a")
                                    + ": the pod is refused: ResourceQuota 'none' of the namespace has no room: it wants pods=1, the limit is pods=0");
        });
    }

    @Test
    void aPodThatWaitsSaysWhyOfItsOwnNodeAndOfItsOwnVolume() {
        site.addNode("a");
        site.addNode("b");
        site.apply(HUB.replace("size: 128Mi", "size: 128Mi, storageClassName: absent"));
        site.apply(SENSOR);
        site.start();

        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(site.module("sensor").ready().reason()).isEqualTo("Pending");
            assertThat(site.module("sensor").ready().message())
                    .isEqualTo(site.node("a") + ", " + site.node("b")
                            + ": the pod is not scheduled: the node has a taint that it does not tolerate");
            assertThat(site.hub().ready().message())
                    .startsWith(site.node("a") + ", " + site.node("b") + ": the volume claim is not bound: ")
                    .contains("absent");
        });
    }

    @Test
    void theEdgeHubSaysWhatItsHubsSayAndOnWhichNode() {
        site.addNode("a");
        site.addNode("b");
        site.apply(HUB + "  upstream: {mqtt: {url: \"mqtts://broker.example:8883\"}}\n");
        var operator = site.start();
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.pod(hub("a"))).isNotNull();
            assertThat(site.pod(hub("b"))).isNotNull();
        });
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.hub().words("UpstreamConnected"))
                        .contains("Unknown HubNotReady", site.node("a") + ", " + site.node("b")));

        site.runs(hub("a"));
        site.runs(hub("b"));
        says("a", said("StoreReady", "True", "Ready", "it takes messages"), connected());
        says(
                "b",
                said("StoreReady", "False", "StoreFull", "the store is full"),
                said("StoreNearlyFull", "True", "StoreNearlyFull", "full in about 1 hour or less"),
                said("UpstreamConnected", "False", "Disconnected", "no answer"));
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.hub().words("Ready"))
                    .isEqualTo(
                            "False StoreFull: " + site.node("b") + ": the store is full (since 2026-03-01T12:00:00Z)");
            assertThat(site.hub().words("StoreReady")).startsWith("False StoreFull: " + site.node("b"));
            assertThat(site.hub().words("StoreNearlyFull")).startsWith("True StoreNearlyFull: " + site.node("b"));
            assertThat(site.hub().words("UpstreamConnected"))
                    .isEqualTo("False Disconnected: " + site.node("b") + ": no answer (since 2026-03-01T12:00:00Z)");
            assertThat(site.hub().words("CertificateValid")).startsWith("True CertificateValid: ");
            assertThat(site.hub().instances()).isEqualTo("2/2");
        });
        assertThat(twin("edgehub.").getStatus().conditions())
                .as("the operator's and the hub's")
                .extracting(Condition::type)
                .contains("Ready", "StoreReady", "UpstreamConnected");

        ClusterSite.settle(operator);
        operator.writes().clear();
        says("a", said("StoreReady", "True", "Ready", "it takes messages"), connected());
        poke(operator);
        ClusterSite.settle(operator);
        assertThat(operator.writes()).isEmpty();

        says("b", said("StoreReady", "True", "Ready", "it takes messages"), connected());
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(site.hub().words("Ready")).startsWith("True Ready");
            assertThat(site.hub().words("UpstreamConnected")).startsWith("True Connected");
        });
        // an Event is written behind the status that it tells of
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(eventsOf("EdgeHub"))
                        .contains("Warning StoreFull", "Warning Disconnected", "Normal Connected"));
    }

    @Test
    void onlyTheLeaderWorks() {
        site.addNode("a");
        var first = site.start(true);
        site.apply(HUB);
        await().atMost(SOON).untilAsserted(() -> assertThat(site.set(hub("a"))).isNotNull());
        var second = site.start(true);
        ClusterSite.settle(first);
        assertThat(second.writes()).isEmpty();
        assertThat(first.lost()).isFalse();
    }

    /** Makes every reconciler run once more without changing anything that matters. */
    private void poke(ClusterSite.Running operator) {
        operator.operator().wakeAll();
    }

    /** What a hub writes of itself on its twin. */
    private void says(String node, Condition... conditions) {
        var twin = new ModuleTwin();
        twin.getMetadata().setName("edgehub." + site.node(node));
        twin.getMetadata().setNamespace(site.namespace());
        twin.setStatus(new ModuleTwinStatus(null, 1L, 1L, ConnectionState.Connected, null, List.of(conditions)));
        site.user()
                .resource(twin)
                .subresource("status")
                .patch(new PatchContext.Builder()
                        .withPatchType(PatchType.SERVER_SIDE_APPLY)
                        .withFieldManager("selvedge-hub")
                        .withForce(true)
                        .build());
    }

    private static Condition said(String type, String status, String reason, String message) {
        return new Condition(type, status, reason, message, "2026-03-01T12:00:00Z", 1L);
    }

    private static Condition connected() {
        return said("UpstreamConnected", "True", "Connected", "connected to mqtts://broker.example:8883");
    }

    private List<String> eventsOf(String kind) {
        return site.user().v1().events().inNamespace(site.namespace()).list().getItems().stream()
                .filter(e -> kind.equals(e.getInvolvedObject().getKind()))
                .map(e -> e.getType() + " " + e.getReason())
                .toList();
    }

    private String hub(String node) {
        return Names.hub(site.node(node));
    }

    private String sensor(String node) {
        return Names.instance("sensor", site.node(node));
    }

    private Secret secret(String name) {
        return site.user()
                .secrets()
                .inNamespace(site.namespace())
                .withName(name)
                .get();
    }

    private ModuleTwin twin(String prefix) {
        return site.get(ModuleTwin.class, prefix + site.node("a"));
    }

    private EdgeHub hub() {
        return site.get(EdgeHub.class, "hub");
    }

    private EdgeModule module() {
        return site.get(EdgeModule.class, "sensor");
    }
}
