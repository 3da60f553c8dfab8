package dev.selvedge.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.function.Predicate;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.exceptions.MqttClientStateException;
import com.hivemq.client.mqtt.exceptions.MqttSessionExpiredException;
import com.hivemq.client.mqtt.mqtt3.Mqtt3BlockingClient;
import com.hivemq.client.mqtt.mqtt3.exceptions.Mqtt3ConnAckException;
import com.hivemq.client.mqtt.mqtt3.message.connect.connack.Mqtt3ConnAckReturnCode;
import dev.selvedge.api.v1alpha1.EdgeModule;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.readiness.Readiness;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What people and programs get wrong: each gets an answer that says so, and nobody else notices. */
@Tag("cluster")
@ExtendWith(Plant.Extension.class)
class MistakesTest {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final String FILTER = "filter";
    /** A module that has an identity on each node, and no pod that would use it. */
    private static final String STRANGER = "stranger";

    private static String node = "";

    @BeforeAll
    static void run(Plant plant) throws IOException {
        node = plant.run().getFirst();
    }

    /** Nobody else noticed: the sensors never stopped, nothing is lost. */
    @AfterAll
    static void settle(Plant plant) throws IOException {
        plant.site().module(STRANGER).delete();
        Site.await(
                SOON,
                "the stranger is gone",
                () -> plant.site().module(STRANGER).get() == null);
        plant.site().apply(plant.broker());
        plant.site().awaitReady();
        plant.settle();
    }

    @Test
    void anImageThatDoesNotExistIsNamedInTheModulesStatus(Plant plant) throws IOException {
        var before = pods(plant);

        plant.site().patchModule(FILTER, "{\"spec\":{\"image\":\"127.0.0.1:9/no/such:1\"}}");

        awaitTrouble(plant, text -> text.startsWith("ImagePullBackOff") && text.contains("127.0.0.1:9/no/such:1"));
        plant.awaitReadings(plant.site().sources());
        assertThat(pods(plant)).as("what ran before goes on").isEqualTo(before);
        plant.site().apply(plant.broker());
        plant.site().awaitReady(FILTER);
    }

    @Test
    void aModuleThatCrashesIsExplainedByKubectlAlone(Plant plant) {
        plant.cluster()
                .client()
                .resource(Serialization.unmarshal("""
                        apiVersion: selvedge.dev/v1alpha1
                        kind: EdgeModule
                        metadata: {name: valve, namespace: site}
                        spec:
                          image: %s
                          podTemplate:
                            spec:
                              containers:
                                - name: module
                                  command: [sh, -c, "echo the valve is stuck; exit 3"]
                                  securityContext: {runAsUser: 10001}
                        """.formatted(Selvedge.busybox(plant.cluster())), EdgeModule.class))
                .serverSideApply();
        try {
            Awaitility.await().atMost(SOON).untilAsserted(() -> {
                assertThat(plant.kubectl("get", "iotedge"))
                        .containsPattern("(?m)^edgemodule.selvedge.dev/valve +False +CrashLoopBackOff ");
                assertThat(plant.kubectl("describe", "edgemodule", "valve"))
                        .containsPattern("edge-[12]: container module ends again and again with exit code 3")
                        .contains("the valve is stuck")
                        .containsPattern("(?m)^ *Warning +CrashLoopBackOff ");
            });
        } finally {
            plant.site().module("valve").delete();
        }
        plant.awaitReadings(plant.site().sources());
    }

    @Test
    void aChangeThatDoesNotBecomeReadyInTimeIsTakenBackOnAllNodes(Plant plant) throws IOException {
        plant.site()
                .patchModule(
                        FILTER,
                        "{\"spec\":{\"updateStrategy\":{\"progressDeadline\":\"20s\",\"onFailure\":\"Rollback\"}}}");
        Site.await(
                SOON,
                "the operator remembers what runs",
                () -> plant.cluster()
                                .client()
                                .configMaps()
                                .inNamespace(Site.NAMESPACE)
                                .withName(FILTER + "--rollout")
                                .get()
                        != null);
        var before = pods(plant);

        plant.site().patchModule(FILTER, "{\"spec\":{\"image\":\"127.0.0.1:9/no/such:2\"}}");

        awaitTrouble(plant, text -> text.startsWith("RolledBack") && text.contains("127.0.0.1:9/no/such:2"));
        Site.await(
                SOON,
                "nothing is pulled any more",
                () -> plant.cluster()
                        .client()
                        .batch()
                        .v1()
                        .jobs()
                        .inNamespace(Site.NAMESPACE)
                        .list()
                        .getItems()
                        .isEmpty());
        assertThat(pods(plant)).as("what ran before was never replaced").isEqualTo(before);
        assertThat(plant.site().modulePods(FILTER)).allMatch(Readiness::isPodReady);
        plant.site().patchModule(FILTER, "{\"spec\":{\"updateStrategy\":null}}");
        plant.site().apply(plant.broker());
        plant.site().awaitReady(FILTER);
    }

    private static List<String> pods(Plant plant) {
        return plant.site().modulePods(FILTER).stream()
                .map(pod -> pod.getMetadata().getUid())
                .toList();
    }

    @Test
    void aRouteThatCannotBeReadIsShownWithItsPositionAndTheLastGoodOneStays(Plant plant) throws IOException {
        plant.site()
                .patchModule(
                        FILTER,
                        "{\"spec\":{\"routes\":{\"alerts\":{\"route\":\"FROM /messages/modules/filter/outputs/alerts INT $upstream\"}}}}");

        awaitTrouble(
                plant,
                text -> text.startsWith("InvalidRoute")
                        && text.contains("route 'alerts': line 1, column 46: ")
                        && text.contains("INT"));
        var before = plant.ledger().arrivedFrom(node + "/" + FILTER);
        Site.await(
                SOON, "alerts on the last good route", () -> plant.ledger().arrivedFrom(node + "/" + FILTER) > before);
    }

    @Test
    void aResourceThatBreaksARuleIsRefusedInWords(Plant plant) {
        var module = Serialization.unmarshal("""
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeModule
                metadata: {name: a--b, namespace: site}
                spec: {image: selvedge.dev/filter:1}
                """, EdgeModule.class);

        assertThatThrownBy(() -> plant.cluster().client().resource(module).create())
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining(
                        "metadata.name must be 1 to 40 lower-case letters, digits and single dashes, starting with a letter");
    }

    @Test
    void aTokenSignedWithAnotherKeyIsRefused(Plant plant) throws IOException, GeneralSecurityException {
        try (var door = door(plant, node)) {
            var wrong = Base64.getEncoder().encodeToString(new byte[32]);

            assertRefused(door, door.identity(), door.token(wrong));
            awaitLog(plant, "client refused", "signed with another key");
        }
    }

    @Test
    void theTokenOfAnotherDeviceIsRefused(Plant plant) throws IOException, GeneralSecurityException {
        var other = plant.site().nodes().getLast();
        try (var door = door(plant, node);
                var foreign = door(plant, other)) {
            assertThat(foreign.identity()).isNotEqualTo(door.identity());

            assertRefused(door, foreign.identity(), foreign.token());
            assertRefused(door, door.identity(), foreign.token());
            awaitLog(plant, "client refused", other);
        }
    }

    @Test
    void aMessageOf300KiBEndsTheConnectionThatSentIt(Plant plant) throws IOException, GeneralSecurityException {
        try (var door = door(plant, node)) {
            var client = door.connect(door.identity(), door.token());

            assertThatThrownBy(() -> publish(client, events(door), new byte[300 * 1024]))
                    .isInstanceOfAny(MqttSessionExpiredException.class, MqttClientStateException.class);
            awaitLog(plant, "the client broke a rule", "are taken");
        }
    }

    @Test
    void aTopicThatDoesNotExistEndsTheConnectionThatUsedIt(Plant plant) throws IOException, GeneralSecurityException {
        try (var door = door(plant, node)) {
            var client = door.connect(door.identity(), door.token());

            assertThatThrownBy(() -> publish(client, "no/such/topic", new byte[] {1}))
                    .isInstanceOfAny(MqttSessionExpiredException.class, MqttClientStateException.class);
            awaitLog(plant, "the client broke a rule", "no/such/topic");
        }
    }

    @Test
    void bytesThatAreNoMqttEndTheirConnectionAlone(Plant plant) throws IOException, GeneralSecurityException {
        try (var door = door(plant, node);
                var socket = door.socket()) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: hub\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();

            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            awaitLog(plant, "the client broke a rule", "no MQTT packet");
        }
    }

    private static Door door(Plant plant, String node) throws IOException, GeneralSecurityException {
        var client = plant.cluster().client();
        client.resource(Serialization.unmarshal("""
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeModule
                metadata: {name: stranger, namespace: site}
                spec: {image: selvedge.dev/none:1, state: Stopped}
                """, EdgeModule.class)).serverSideApply();
        Site.await(
                SOON,
                "the stranger's identity",
                () -> plant.site().twin(STRANGER, node).getMetadata().getUid() != null);
        return Door.open(client, STRANGER, node);
    }

    private static String events(Door door) {
        return "devices/" + door.identity().replace("/", "/modules/") + "/messages/events/";
    }

    private static void publish(Mqtt3BlockingClient client, String topic, byte[] payload) {
        client.publishWith()
                .topic(topic)
                .qos(MqttQos.AT_LEAST_ONCE)
                .payload(payload)
                .send();
    }

    private static void assertRefused(Door door, String identity, String token) {
        assertThatThrownBy(() -> door.connect(identity, token))
                .isInstanceOfSatisfying(
                        Mqtt3ConnAckException.class,
                        refusal -> assertThat(refusal.getMqttMessage().getReturnCode())
                                .isEqualTo(Mqtt3ConnAckReturnCode.NOT_AUTHORIZED));
    }

    private static void awaitTrouble(Plant plant, Predicate<String> expected) {
        Site.await(
                SOON,
                "the module's status says what is wrong",
                () -> expected.test(plant.site().trouble(FILTER)));
    }

    /** Waits for a line of the hub's log with both texts. */
    private static void awaitLog(Plant plant, String what, String why) {
        Site.await(
                SOON,
                "the hub's log says " + what + " … " + why,
                () -> plant.cluster()
                        .client()
                        .pods()
                        .resource(plant.site().hubPod(node))
                        .getLog()
                        .lines()
                        .anyMatch(line -> line.contains(what) && line.contains(why)));
    }
}
