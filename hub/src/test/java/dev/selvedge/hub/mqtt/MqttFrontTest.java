package dev.selvedge.hub.mqtt;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import com.hivemq.client.mqtt.mqtt3.exceptions.Mqtt3ConnAckException;
import com.hivemq.client.mqtt.mqtt3.message.connect.connack.Mqtt3ConnAckReturnCode;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import dev.selvedge.hub.RunningHub;
import dev.selvedge.hub.client.AckQueue;
import dev.selvedge.hub.client.Client;
import dev.selvedge.hub.client.Departure;
import dev.selvedge.hub.client.Departure.Cause;
import dev.selvedge.hub.delivery.Delivery;
import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.method.MethodAnswer;
import dev.selvedge.hub.method.MethodRequest;
import dev.selvedge.hub.store.StoreFullException;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Identity;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttQoS;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static dev.selvedge.hub.RunningHub.FILTER;
import static dev.selvedge.hub.RunningHub.SENSOR;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/** Real MQTT clients over TLS against the front. */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class MqttFrontTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String EVENTS = "devices/edge-1/modules/sensor/messages/events/";
    private static final String INPUT = "modules/filter/inputs/input1";

    @TempDir
    Path folder;

    private RunningHub hub;
    private final List<Mqtt3AsyncClient> clients = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        hub = new RunningHub(folder).provisioned();
    }

    @AfterEach
    void stop() throws Exception {
        clients.forEach(Mqtt3AsyncClient::disconnect);
        hub.close();
    }

    @Test
    void takesTelemetryAndAcknowledgesItOnceItIsStored() throws Exception {
        var sensor = connect(SENSOR);
        hub.intake.hold = true;

        var published = publish(sensor, EVENTS + "%24.on=out1&%24.ct=application%2Fjson&line=4/", "{\"t\":21}");
        await().atMost(RunningHub.soon()).until(() -> hub.intake.messages.size() == 1);

        assertThat(published).isNotDone();
        hub.intake.held.getFirst().complete(null);
        published.get(10, SECONDS);
        assertThat(hub.intake.messages.getFirst())
                .usingRecursiveComparison()
                .isEqualTo(new Message(
                        SENSOR,
                        "out1",
                        Map.of("contentType", "application/json"),
                        Map.of("line", "4"),
                        "{\"t\":21}".getBytes(UTF_8)));
    }

    @Test
    void holdsAClientBackThatSendsFasterThanTheStoreTakes() throws Exception {
        var sensor = connect(SENSOR);
        hub.intake.hold = true;
        var published = new ArrayList<CompletableFuture<?>>();
        for (int i = 0; i < 2000; i++) {
            published.add(publish(sensor, EVENTS, "x".repeat(2000)));
        }
        await().atMost(RunningHub.soon()).until(() -> hub.intake.messages.size() == AckQueue.MAX_PENDING);

        // nothing more is taken while nothing is settled, and everything in order once it is
        hub.intake.hold = false;
        hub.intake.held.reversed().forEach(held -> held.complete(null));
        CompletableFuture.allOf(published.toArray(CompletableFuture[]::new)).get(30, SECONDS);

        assertThat(hub.intake.held).hasSize(AckQueue.MAX_PENDING);
        assertThat(hub.intake.messages).hasSize(2000);
    }

    @Test
    void doesNotAcknowledgeWhatTheStoreRefusesAndCloses() throws Exception {
        var sensor = connect(SENSOR);
        hub.intake.hold = true;
        var published = publish(sensor, EVENTS, "x");
        await().atMost(RunningHub.soon()).until(() -> hub.intake.held.size() == 1);

        hub.intake.held.getFirst().completeExceptionally(new StoreFullException("full"));

        awaitGone(SENSOR);
        assertThat(published).isNotDone();
    }

    @Test
    void deliversToAnInputAndWaitsForItsAcknowledgement() throws Exception {
        var filter = connect(FILTER);
        var inbox = inbox(filter);
        assertThat(hub.endpoints.receivers).isEmpty();
        subscribe(filter, "devices/edge-1/modules/filter/inputs/#", MqttQos.AT_LEAST_ONCE);
        await().atMost(RunningHub.soon())
                .until(() -> hub.endpoints.receivers.keySet().equals(Set.of(INPUT)));

        var message = new Message(SENSOR, "out1", Map.of("messageId", "9"), Map.of("a", "b"), "hot".getBytes(UTF_8));
        var sent = hub.endpoints.receivers.get(INPUT).send(new Delivery(message, 0, 1, 1, Long.MAX_VALUE));

        var received = inbox.poll(10, SECONDS);
        assertThat(received.getTopic())
                .hasToString(
                        "devices/edge-1/modules/filter/inputs/input1/%24.cdid=edge-1&%24.cmid=sensor&%24.mid=9&a=b");
        assertThat(received.isRetain()).isFalse();
        assertThat(received.getQos()).isEqualTo(MqttQos.AT_LEAST_ONCE);
        sent.toCompletableFuture().get(10, SECONDS);

        filter.disconnect().get(10, SECONDS);
        await().atMost(RunningHub.soon()).until(hub.endpoints.receivers::isEmpty);
    }

    @Test
    void attachesNewInputsWhenRoutesChange() throws Exception {
        var filter = connect(FILTER);
        subscribe(filter, "devices/edge-1/modules/filter/#", MqttQos.AT_LEAST_ONCE);

        hub.desired(RunningHub.HUB, 2, """
                {"schemaVersion":"1.1","routes":{"r1":"FROM /messages/* INTO BrokeredEndpoint(\\"/modules/filter/inputs/other\\")"},
                 "storeAndForwardConfiguration":{"timeToLiveSecs":7200}}""");

        await().atMost(RunningHub.soon())
                .until(() -> hub.endpoints.receivers.keySet().equals(Set.of("modules/filter/inputs/other")));
    }

    @Test
    void answersTwinRequests() throws Exception {
        var filter = connect(FILTER);
        var inbox = inbox(filter);
        subscribe(filter, "$iothub/twin/res/#", MqttQos.AT_MOST_ONCE);

        publish(filter, "$iothub/twin/GET/?$rid=a1", " ").get(10, SECONDS);
        var twin = inbox.poll(10, SECONDS);
        publish(filter, "$iothub/twin/PATCH/properties/reported/?$rid=a2", "{\"count\":3}")
                .get(10, SECONDS);
        var reported = inbox.poll(10, SECONDS);
        publish(filter, "$iothub/twin/PATCH/properties/reported/?$rid=a3", "{\"a.b\":3}")
                .get(10, SECONDS);
        var refused = inbox.poll(10, SECONDS);
        publish(filter, "$iothub/twin/PATCH/properties/reported/?$rid=a4", "[1]")
                .get(10, SECONDS);
        var noObject = inbox.poll(10, SECONDS);

        assertThat(twin.getTopic()).hasToString("$iothub/twin/res/200/?$rid=a1");
        assertThat(twin.getQos()).isEqualTo(MqttQos.AT_MOST_ONCE);
        assertThat(json(twin))
                .isEqualTo(
                        JSON.readTree("{\"desired\":{\"threshold\":20,\"$version\":1},\"reported\":{\"$version\":1}}"));
        assertThat(reported.getTopic()).hasToString("$iothub/twin/res/204/?$rid=a2&$version=2");
        assertThat(reported.getPayloadAsBytes()).isEmpty();
        assertThat(refused.getTopic()).hasToString("$iothub/twin/res/400/?$rid=a3");
        assertThat(json(refused).path("message").asText()).contains("'a.b'");
        assertThat(noObject.getTopic()).hasToString("$iothub/twin/res/400/?$rid=a4");
        assertThat(hub.shown.get(FILTER).reported()).isEqualTo(JSON.readTree("{\"count\":3}"));
        assertThat(hub.shown.get(FILTER).connected()).isTrue();
        assertThat(hub.intake.messages)
                .usingRecursiveFieldByFieldElementComparator()
                .containsExactly(Message.twinChange(FILTER, "{\"count\":3}".getBytes(UTF_8)));
    }

    @Test
    void sendsOnlyWhatChangedOfTheDesiredProperties() throws Exception {
        var filter = connect(FILTER);
        var inbox = inbox(filter);
        subscribe(filter, "$iothub/twin/PATCH/properties/desired/#", MqttQos.AT_LEAST_ONCE);

        hub.desired(FILTER, 2, "{\"threshold\":30,\"unit\":{\"name\":\"C\"}}");
        var first = inbox.poll(10, SECONDS);
        hub.desired(FILTER, 3, "{\"threshold\":30}");
        var second = inbox.poll(10, SECONDS);

        assertThat(first.getTopic()).hasToString("$iothub/twin/PATCH/properties/desired/?$version=2");
        assertThat(json(first)).isEqualTo(JSON.readTree("{\"threshold\":30,\"unit\":{\"name\":\"C\"},\"$version\":2}"));
        assertThat(json(second)).isEqualTo(JSON.readTree("{\"unit\":null,\"$version\":3}"));
    }

    @Test
    void whoAsksForItsTwinAndTakesNoAnswersIsToldWhatChanged() throws Exception {
        var filter = connect(FILTER);
        var inbox = inbox(filter);
        var changes = "$iothub/twin/PATCH/properties/desired/#";
        subscribe(filter, changes, MqttQos.AT_LEAST_ONCE);
        filter.unsubscribeWith().topicFilter(changes).send().get(10, SECONDS);
        hub.desired(FILTER, 2, "{\"threshold\":30}");
        publish(filter, "$iothub/twin/GET/?$rid=a1", " ").get(10, SECONDS);

        subscribe(filter, changes, MqttQos.AT_LEAST_ONCE);

        assertThat(json(inbox.poll(10, SECONDS))).isEqualTo(JSON.readTree("{\"threshold\":30,\"$version\":2}"));
    }

    @Test
    void aSessionSurvivesReconnectsAndRestartsOfTheHub() throws Exception {
        var filter = connect(FILTER);
        subscribe(filter, "$iothub/twin/PATCH/properties/desired/#", MqttQos.AT_LEAST_ONCE);
        subscribe(filter, "devices/edge-1/modules/filter/inputs/#", MqttQos.AT_LEAST_ONCE);
        filter.disconnect().get(10, SECONDS);
        clients.clear();
        hub.close();

        hub = new RunningHub(folder);
        hub.desired(FILTER, 2, "{\"threshold\":40}");
        hub.desired(FILTER, 3, "{\"threshold\":50}");
        var again = hub.client(FILTER);
        var inbox = inbox(again);
        var connack = again.connectWith().cleanSession(false).send().get(10, SECONDS);
        clients.add(again);

        assertThat(connack.isSessionPresent()).isTrue();
        var patch = inbox.poll(10, SECONDS);
        assertThat(json(patch)).isEqualTo(JSON.readTree("{\"threshold\":50,\"$version\":3}"));
        await().atMost(RunningHub.soon()).until(() -> hub.endpoints.receivers.containsKey(INPUT));
    }

    @Test
    void whatWaitsForAKeptSessionIsHeldBackUntilItsClientCanHaveSetItsHandlers(@TempDir Path fresh) throws Exception {
        hub.close();
        hub = new RunningHub(
                        fresh,
                        defaults -> new MqttOptions(
                                defaults.connectTimeout(),
                                defaults.maxKeepAlive(),
                                defaults.ackTimeout(),
                                Duration.ofHours(1)))
                .provisioned();
        var filter = connect(FILTER);
        subscribe(filter, "$iothub/twin/res/#", MqttQos.AT_LEAST_ONCE);
        subscribe(filter, "devices/edge-1/modules/filter/inputs/#", MqttQos.AT_LEAST_ONCE);
        subscribe(filter, "$iothub/methods/POST/#", MqttQos.AT_LEAST_ONCE);
        filter.disconnect().get(10, SECONDS);
        await().atMost(RunningHub.soon()).until(hub.endpoints.receivers::isEmpty);

        var again = hub.client(FILTER);
        var inbox = inbox(again);
        again.connectWith().cleanSession(false).send().get(10, SECONDS);
        clients.add(again);
        await().atMost(RunningHub.soon()).until(() -> hub.endpoints.receivers.containsKey(INPUT));
        var message = new Message(SENSOR, "out1", Map.of(), Map.of(), new byte[1]);
        var sent = hub.endpoints.receivers.get(INPUT).send(new Delivery(message, 0, 1, 1, Long.MAX_VALUE));
        var called = hub.methods.call(
                FILTER,
                new MethodRequest("reset", "null".getBytes(UTF_8), Duration.ofMinutes(1), Duration.ofMinutes(1)));
        publish(again, "$iothub/twin/GET/?$rid=a1", " ").get(10, SECONDS);

        assertThat(inbox.poll(10, SECONDS).getTopic()).asString().startsWith("$iothub/twin/res/200/");
        assertThat(inbox).isEmpty();
        again.disconnect().get(10, SECONDS);
        assertThat(sent).failsWithin(RunningHub.soon());
        assertThat(called).failsWithin(RunningHub.soon());
    }

    @Test
    void aCleanSessionForgetsTheOneBefore() throws Exception {
        var filter = connect(FILTER);
        subscribe(filter, "devices/edge-1/modules/filter/inputs/#", MqttQos.AT_LEAST_ONCE);
        filter.disconnect().get(10, SECONDS);

        var clean = hub.client(FILTER);
        assertThat(clean.connectWith()
                        .cleanSession(true)
                        .send()
                        .get(10, SECONDS)
                        .isSessionPresent())
                .isFalse();
        clean.disconnect().get(10, SECONDS);
        var again = hub.client(FILTER);
        clients.add(again);
        assertThat(again.connectWith()
                        .cleanSession(false)
                        .send()
                        .get(10, SECONDS)
                        .isSessionPresent())
                .isFalse();
        assertThat(hub.endpoints.receivers).isEmpty();
    }

    @Test
    void refusesWithTheRightCode() throws Exception {
        var foreign = Identity.module("edge-2", "filter");
        var expired = Instant.now().minus(Duration.ofMinutes(6));

        assertRefused(hub.client(
                FILTER, "edge-1/filter", hub.token(SENSOR, Instant.now().plusSeconds(60))));
        assertRefused(hub.client(
                FILTER, "edge-1/other", hub.token(FILTER, Instant.now().plusSeconds(60))));
        assertRefused(hub.client(FILTER, "edge-1/filter", hub.token(FILTER, expired)));
        assertRefused(hub.client(FILTER, "edge-1/filter", "nonsense"));
        hub.twins.desired(
                FILTER,
                "uid-" + FILTER,
                2,
                new Credentials(Credentials.Kind.KEY, List.of("1"), false),
                JSON.createObjectNode());
        assertRefused(hub.client(FILTER));
        assertRefused(hub.client(foreign), Mqtt3ConnAckReturnCode.SERVER_UNAVAILABLE);
    }

    @Test
    void whoIsNotKnownYetComesBack() throws Exception {
        var late = Identity.module("edge-1", "late");

        assertRefused(hub.client(late), Mqtt3ConnAckReturnCode.SERVER_UNAVAILABLE);
        hub.desired(late, 1, "{}");

        connect(late);
    }

    @Test
    void letsNobodyInBeforeItHasRoutes(@TempDir Path fresh) throws Exception {
        try (var empty = new RunningHub(fresh)) {
            empty.desired(FILTER, 1, "{}");
            assertRefused(empty.client(FILTER), Mqtt3ConnAckReturnCode.SERVER_UNAVAILABLE);
        }
    }

    @Test
    void aSecondConnectionTakesOver() throws Exception {
        var first = connect(FILTER);
        var gone = inbox(first);
        connect(FILTER);

        await().atMost(RunningHub.soon()).until(() -> !first.getState().isConnected());
        assertThat(gone).isEmpty();
        assertThat(hub.shown.get(FILTER).connected()).isTrue();
        assertThat(hub.clients.connected()).isEqualTo(1);
    }

    @Test
    void whoWasSentAwayAgainAndAgainWaitsBeforeItIsLetIn() throws Exception {
        var began = System.nanoTime();
        for (int i = 0; i < 100; i++) {
            hub.clients.gone(FILTER, new Absent(), new Departure(Cause.NOT_STORED, "its message could not be stored"));
        }

        var filter = connect(FILTER);

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(1900));
        // and is served as any other
        publish(filter, "devices/edge-1/modules/filter/messages/events/", "x").get(10, SECONDS);
    }

    @Test
    void dropsAnIdentityThatWasRemovedOrReplaced() throws Exception {
        var sensor = connect(SENSOR);
        var filter = connect(FILTER);

        hub.twins.removed(SENSOR);
        await().atMost(RunningHub.soon()).until(() -> !sensor.getState().isConnected());
        hub.twins.desired(FILTER, "uid-" + FILTER, 2, Credentials.ofKey("2"), JSON.createObjectNode());
        await().atMost(RunningHub.soon()).until(() -> !filter.getState().isConnected());

        // its twin may be on the way anew
        assertRefused(hub.client(SENSOR), Mqtt3ConnAckReturnCode.SERVER_UNAVAILABLE);
        assertRefused(hub.client(FILTER));
    }

    @Test
    void dropsAClientWhoseTokenExpires(@TempDir Path fresh) throws Exception {
        var now = Instant.parse("2026-05-01T12:05:00.700Z");
        try (var late = new RunningHub(fresh, options -> options, InstantSource.fixed(now)).provisioned()) {
            var client =
                    late.client(FILTER, "edge-1/filter", late.token(FILTER, Instant.parse("2026-05-01T12:00:01Z")));
            client.connectWith().cleanSession(false).send().get(10, SECONDS);

            await().atMost(RunningHub.soon()).until(() -> !client.getState().isConnected());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unknown/topic",
                "devices/edge-1/modules/filter/messages/events/",
                "devices/edge-1/modules/sensor/messages/events/a=1&&b=2",
                "$iothub/twin/GET/"
            })
    void closesOnAWrongTopicAndHarmsNobodyElse(String topic) throws Exception {
        var filter = connect(FILTER);
        var sensor = connect(SENSOR);

        publish(sensor, topic, "x");

        await().atMost(RunningHub.soon()).until(() -> !sensor.getState().isConnected());
        assertThat(filter.getState().isConnected()).isTrue();
        assertThat(hub.intake.messages).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {256 * 1024 + 1, 300 * 1024, 1024 * 1024})
    void closesOnAMessageThatIsTooLarge(int size) throws Exception {
        var sensor = connect(SENSOR);
        publish(sensor, EVENTS, "x".repeat(256 * 1024)).get(10, SECONDS);

        publish(sensor, EVENTS, "x".repeat(size));

        await().atMost(RunningHub.soon()).until(() -> !sensor.getState().isConnected());
        assertThat(hub.intake.messages).hasSize(1);
    }

    @Test
    void takesAPublishOfQualityTwoAndCloses() throws Exception {
        var sensor = connect(SENSOR);

        sensor.publishWith()
                .topic(EVENTS)
                .qos(MqttQos.EXACTLY_ONCE)
                .payload("x".getBytes(UTF_8))
                .send();

        await().atMost(RunningHub.soon()).until(() -> !sensor.getState().isConnected());
        assertThat(hub.intake.messages).hasSize(1);
    }

    @Test
    void retainIsAPropertyAndNothingIsRetained() throws Exception {
        var sensor = connect(SENSOR);

        sensor.publishWith()
                .topic(EVENTS + "line=4")
                .qos(MqttQos.AT_LEAST_ONCE)
                .retain(true)
                .send()
                .get(10, SECONDS);

        assertThat(hub.intake.messages)
                .singleElement()
                .returns(Map.of("line", "4", "mqtt-retain", "true"), Message::properties);
    }

    @Test
    void dupIsAProperty() {
        var message = new Message(SENSOR, null, Map.of(), Map.of("line", "4"), new byte[0]);
        var again = new MqttFixedHeader(MqttMessageType.PUBLISH, true, MqttQoS.AT_LEAST_ONCE, false, 0);

        assertThat(Conversation.flagged(message, again).properties())
                .isEqualTo(Map.of("line", "4", "mqtt-dup", "true"));
    }

    @Test
    void refusesASubscriptionToAnothersTopicsAndGrantsAnyOther() throws Exception {
        var filter = connect(FILTER);

        assertThatThrownBy(() -> subscribe(filter, "devices/edge-1/modules/sensor/inputs/#", MqttQos.AT_LEAST_ONCE))
                .hasMessageContaining("SUBACK");
        subscribe(filter, "whatever/#", MqttQos.AT_LEAST_ONCE);
        subscribe(filter, "$iothub/methods/POST/#", MqttQos.AT_MOST_ONCE);
        assertThat(filter.getState().isConnected()).isTrue();
    }

    @Test
    void passesACallOnAndItsAnswerBack() throws Exception {
        var filter = connect(FILTER);
        var calls = inbox(filter);
        subscribe(filter, "$iothub/methods/POST/#", MqttQos.AT_MOST_ONCE);

        var answer = call("reset", 0);
        var call = calls.poll(10, SECONDS);
        var topic = call.getTopic().toString();

        assertThat(topic).matches("\\$iothub/methods/POST/reset/\\?\\$rid=[0-9a-f-]{36}");
        assertThat(call.getPayloadAsBytes()).asString().isEqualTo("{\"a\":1}");
        publish(
                filter,
                "$iothub/methods/res/207/?"
                        + topic.substring(topic.indexOf('$', 1))
                                .toUpperCase(Locale.ROOT)
                                .replace("$RID", "$rid"),
                "[]");
        assertThat(answer.get(10, SECONDS).status()).isEqualTo(207);
        assertThat(answer.get().payload()).asString().isEqualTo("[]");
    }

    @Test
    void anAnswerWithABrokenStatusIsAcknowledgedAndTheCallerHearsOfIt() throws Exception {
        var filter = connect(FILTER);
        var calls = inbox(filter);
        subscribe(filter, "$iothub/methods/POST/#", MqttQos.AT_LEAST_ONCE);
        var answer = call("reset", 0);
        var rid = calls.poll(10, SECONDS).getTopic().toString().split("rid=", -1)[1];

        publish(filter, "$iothub/methods/res/HTTPStatus.OK/?$rid=" + rid, "{}").get(10, SECONDS);

        assertThat(answer)
                .failsWithin(RunningHub.soon())
                .withThrowableThat()
                .withMessageContaining("the status of its answer, 'HTTPStatus.OK', is no 32-bit integer");
        publish(filter, "devices/edge-1/modules/filter/messages/events/", "x").get(10, SECONDS);
    }

    @Test
    void aCallFailsWhenNobodyIsThereAndWhenTheClientGoesBeforeItAnswers() throws Exception {
        assertThat(call("reset", 0))
                .failsWithin(RunningHub.soon())
                .withThrowableThat()
                .withMessageContaining("not found");

        var filter = connect(FILTER);
        var calls = inbox(filter);
        subscribe(filter, "$iothub/methods/POST/#", MqttQos.AT_LEAST_ONCE);
        var unanswered = call("reset", 0);
        calls.poll(10, SECONDS);
        filter.disconnect().get(10, SECONDS);

        assertThat(unanswered)
                .failsWithin(RunningHub.soon())
                .withThrowableThat()
                .withMessageContaining("went away");
    }

    @Test
    void aCallWaitsForTheClientToCome() throws Exception {
        var answer = call("reset", 60);
        var filter = connect(FILTER);
        var calls = inbox(filter);
        subscribe(filter, "$iothub/methods/POST/#", MqttQos.AT_LEAST_ONCE);
        var rid = calls.poll(10, SECONDS).getTopic().toString().split("rid=", -1)[1];
        publish(filter, "$iothub/methods/res/200/?$rid=" + rid, "");

        assertThat(answer).succeedsWithin(RunningHub.soon());
    }

    @Test
    void stopSettlesWhatWasReceived() throws Exception {
        var sensor = connect(SENSOR);
        hub.intake.hold = true;
        var published = publish(sensor, EVENTS, "x");
        await().atMost(RunningHub.soon()).until(() -> hub.intake.held.size() == 1);

        var stopped = hub.front.stop();
        hub.intake.held.getFirst().complete(null);

        published.get(10, SECONDS);
        stopped.await(10, SECONDS);
    }

    /** A client that is gone already. */
    private static final class Absent implements Client {
        @Override
        public void desiredChanged() {}

        @Override
        public void credentialsChanged() {}

        @Override
        public void routesChanged() {}

        @Override
        public CompletionStage<Void> close(Departure why) {
            return CompletableFuture.completedStage(null);
        }
    }

    private Mqtt3AsyncClient connect(Identity identity) throws Exception {
        var client = hub.client(identity);
        client.connectWith().cleanSession(false).keepAlive(60).send().get(10, SECONDS);
        clients.add(client);
        return client;
    }

    private CompletableFuture<MethodAnswer> call(String name, int connectSeconds) {
        var request = new MethodRequest(
                name, "{\"a\":1}".getBytes(UTF_8), Duration.ofSeconds(connectSeconds), Duration.ofSeconds(60));
        return hub.methods.call(FILTER, request).toCompletableFuture();
    }

    private static void subscribe(Mqtt3AsyncClient client, String filter, MqttQos qos) throws Exception {
        client.subscribeWith().topicFilter(filter).qos(qos).send().get(10, SECONDS);
    }

    private static CompletableFuture<Mqtt3Publish> publish(Mqtt3AsyncClient client, String topic, String body) {
        return client.publishWith()
                .topic(topic)
                .qos(MqttQos.AT_LEAST_ONCE)
                .payload(body.getBytes(UTF_8))
                .send();
    }

    private static BlockingQueue<Mqtt3Publish> inbox(Mqtt3AsyncClient client) {
        var inbox = new LinkedBlockingQueue<Mqtt3Publish>();
        client.publishes(MqttGlobalPublishFilter.ALL, inbox::add);
        return inbox;
    }

    private void awaitGone(Identity identity) {
        await().atMost(RunningHub.soon()).until(() -> !hub.shown.get(identity).connected());
    }

    private static JsonNode json(Mqtt3Publish publish) throws Exception {
        return JSON.readTree(publish.getPayloadAsBytes());
    }

    private static void assertRefused(Mqtt3AsyncClient client) {
        assertRefused(client, Mqtt3ConnAckReturnCode.NOT_AUTHORIZED);
    }

    private static void assertRefused(Mqtt3AsyncClient client, Mqtt3ConnAckReturnCode code) {
        assertThatThrownBy(() -> client.connectWith().cleanSession(false).send().get(10, SECONDS))
                .cause()
                .isInstanceOfSatisfying(
                        Mqtt3ConnAckException.class,
                        refused -> assertThat(refused.getMqttMessage().getReturnCode())
                                .isEqualTo(code));
    }
}
