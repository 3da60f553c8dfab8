package dev.selvedge.hub.mqtt;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.datatypes.MqttTopicFilter;
import com.hivemq.client.mqtt.datatypes.MqttUtf8String;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperties;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5DisconnectException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5SubAckException;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5Connect;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAck;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.disconnect.Mqtt5Disconnect;
import com.hivemq.client.mqtt.mqtt5.message.disconnect.Mqtt5DisconnectReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PayloadFormatIndicator;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PublishResult;
import com.hivemq.client.mqtt.mqtt5.message.publish.puback.Mqtt5PubAckReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscribe;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscription;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.suback.Mqtt5SubAckReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.unsubscribe.Mqtt5Unsubscribe;
import dev.selvedge.hub.RunningHub;
import dev.selvedge.hub.client.AckQueue;
import dev.selvedge.hub.delivery.Delivery;
import dev.selvedge.hub.delivery.Receiver.RejectedException;
import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.method.MethodRequest;
import dev.selvedge.hub.session.Session;
import dev.selvedge.hub.store.StoreFullException;
import dev.selvedge.hub.tls.TestCertificates;
import dev.selvedge.identity.Identity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static dev.selvedge.hub.RunningHub.FILTER;
import static dev.selvedge.hub.RunningHub.SENSOR;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/** What MQTT 5 adds, with a real client over TLS. */
@Timeout(60)
class Mqtt5FrontTest {
    private static final String EVENTS = "devices/edge-1/modules/sensor/messages/events/";
    private static final String INPUT = "modules/filter/inputs/input1";

    @TempDir
    Path folder;

    private RunningHub hub;
    private final List<Mqtt5AsyncClient> clients = new ArrayList<>();
    private final BlockingQueue<Mqtt5Disconnect> goodbyes = new LinkedBlockingQueue<>();

    @BeforeEach
    void start() throws Exception {
        hub = new RunningHub(folder).provisioned();
    }

    @AfterEach
    void stop() throws Exception {
        clients.forEach(Mqtt5AsyncClient::disconnect);
        hub.close();
    }

    @Test
    void saysWhatItOffers() throws Exception {
        var connAck = connect(client(SENSOR, ""), persistent(60));

        assertThat(connAck.getAssignedClientIdentifier().orElseThrow()).hasToString("edge-1/sensor");
        var offers = connAck.getRestrictions();
        assertThat(offers.getReceiveMaximum()).isEqualTo(AckQueue.MAX_PENDING);
        assertThat(offers.getMaximumQos()).isEqualTo(MqttQos.AT_LEAST_ONCE);
        assertThat(offers.isRetainAvailable()).isFalse();
        assertThat(offers.isSharedSubscriptionAvailable()).isFalse();
        assertThat(offers.areSubscriptionIdentifiersAvailable()).isFalse();
        assertThat(offers.getMaximumPacketSize()).isEqualTo(Connection.MAX_PACKET);
    }

    @Test
    void saysWhyAClientIsNotLetIn() throws Exception {
        var nobody = Identity.module("edge-1", "nobody");

        assertRefused(
                client(SENSOR, "edge-1/sensor", "SharedAccessSignature sr=x"),
                Mqtt5ConnAckReasonCode.NOT_AUTHORIZED,
                "edge-1/sensor");
        assertRefused(
                client(nobody, "edge-1/nobody"), Mqtt5ConnAckReasonCode.SERVER_UNAVAILABLE, "knows no edge-1/nobody");
    }

    private void assertRefused(Mqtt5AsyncClient client, Mqtt5ConnAckReasonCode code, String why) {
        assertThatThrownBy(() -> connect(client, persistent(0)))
                .hasCauseInstanceOf(Mqtt5ConnAckException.class)
                .cause()
                .satisfies(e -> {
                    var connAck = ((Mqtt5ConnAckException) e).getMqttMessage();
                    assertThat(connAck.getReasonCode()).isEqualTo(code);
                    assertThat(text(connAck.getReasonString().orElseThrow())).contains(why);
                });
    }

    @Test
    void takesPropertiesFromThePacket() throws Exception {
        var sensor = connected(SENSOR);

        publish(
                sensor,
                Mqtt5Publish.builder()
                        .topic(EVENTS + "%24.mid=7")
                        .qos(MqttQos.AT_LEAST_ONCE)
                        .contentType("application/json")
                        .payloadFormatIndicator(Mqtt5PayloadFormatIndicator.UTF_8)
                        .correlationData("c-1".getBytes(UTF_8))
                        .messageExpiryInterval(90)
                        .userProperties()
                        .add("$.on", "out1")
                        .add("line", "4 & 5")
                        .applyUserProperties()
                        .payload("{}".getBytes(UTF_8))
                        .build());

        assertThat(hub.intake.messages.getFirst())
                .usingRecursiveComparison()
                .isEqualTo(new Message(
                        SENSOR,
                        "out1",
                        Map.of(
                                "messageId", "7",
                                "contentType", "application/json",
                                "contentEncoding", "utf-8",
                                "cid", "c-1"),
                        Map.of("line", "4 & 5"),
                        "{}".getBytes(UTF_8)));
        assertThat(hub.intake.lifetimes).containsExactly(Duration.ofSeconds(90));
    }

    /** MQTT 5 lets a name be there more than once (section 3.3.2.3.7). */
    @Test
    void ofAPropertyThatIsThereTwiceTheLaterCounts() throws Exception {
        var sensor = connected(SENSOR);

        publish(
                sensor,
                Mqtt5Publish.builder()
                        .topic(EVENTS + "line=1&%24.ct=text%2Fplain")
                        .qos(MqttQos.AT_LEAST_ONCE)
                        .contentType("application/json")
                        .userProperties()
                        .add("line", "2")
                        .add("line", "3")
                        .applyUserProperties()
                        .build());

        var message = hub.intake.messages.getFirst();
        assertThat(message.properties()).isEqualTo(Map.of("line", "3"));
        assertThat(message.system()).isEqualTo(Map.of("contentType", "application/json"));
    }

    /** What is in flight is bounded whatever part of its packets is large. */
    @Test
    void holdsAClientBackWhosePropertiesAreMoreThanTheStoreTakes() throws Exception {
        var sensor = connected(SENSOR);
        hub.intake.hold = true;
        var large = "x".repeat(60_000);
        var published = new ArrayList<CompletableFuture<?>>();
        for (int i = 0; i < 30; i++) {
            published.add(sensor.publishWith()
                    .topic(EVENTS + "in=" + large)
                    .qos(MqttQos.AT_LEAST_ONCE)
                    .userProperties()
                    .add("user", large)
                    .applyUserProperties()
                    .send());
        }
        var most = AckQueue.MAX_PENDING_BYTES / (2 * large.length()) + 1;
        await().atMost(RunningHub.soon()).until(() -> hub.intake.messages.size() == most);

        hub.intake.hold = false;
        hub.intake.held.reversed().forEach(held -> held.complete(null));
        CompletableFuture.allOf(published.toArray(CompletableFuture[]::new)).get(30, SECONDS);

        assertThat(hub.intake.held).hasSize(most);
    }

    @Test
    void deliversPropertiesInThePacket() throws Exception {
        var filter = connected(FILTER);
        var inbox = inbox(filter);
        subscribe(filter, "devices/edge-1/modules/filter/inputs/#");
        var receiver = await().until(() -> hub.endpoints.receivers.get(INPUT), r -> r != null);
        var message = new Message(
                SENSOR,
                "out1",
                Map.of("messageId", "9", "contentType", "text/plain", "contentEncoding", "utf-8", "cid", "c"),
                Map.of("a", "b", "empty", ""),
                "hot".getBytes(UTF_8));

        var sent = receiver.send(new Delivery(message, 0, 1, 1, System.currentTimeMillis() + 60_000));

        var received = inbox.poll(10, SECONDS);
        assertThat(received.getTopic()).hasToString("devices/edge-1/modules/filter/inputs/input1");
        assertThat(properties(received.getUserProperties()))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "$.cdid", "edge-1", "$.cmid", "sensor", "$.mid", "9", "$.ce", "utf-8", "a", "b", "empty", ""));
        assertThat(text(received.getContentType().orElseThrow())).isEqualTo("text/plain");
        assertThat(received.getPayloadFormatIndicator()).contains(Mqtt5PayloadFormatIndicator.UTF_8);
        assertThat(received.getMessageExpiryInterval().orElseThrow()).isBetween(1L, 60L);
        sent.toCompletableFuture().get(10, SECONDS);
    }

    @Test
    void saysThatTheStoreIsFullAndStaysConnected() throws Exception {
        var sensor = connected(SENSOR);
        hub.intake.hold = true;
        var first = publish(sensor, EVENTS);
        var second = publish(sensor, EVENTS);
        await().atMost(RunningHub.soon()).until(() -> hub.intake.held.size() == 2);

        hub.intake.held.get(1).complete(null);
        hub.intake.held.get(0).completeExceptionally(new StoreFullException("1 MiB is full"));

        assertThatThrownBy(() -> first.get(10, SECONDS)).cause().satisfies(e -> {
            var pubAck = ((Mqtt5PubAckException) e).getMqttMessage();
            assertThat(pubAck.getReasonCode()).isEqualTo(Mqtt5PubAckReasonCode.QUOTA_EXCEEDED);
            assertThat(text(pubAck.getReasonString().orElseThrow())).isEqualTo("1 MiB is full");
        });
        second.get(10, SECONDS);
        hub.intake.hold = false;
        publish(sensor, EVENTS).get(10, SECONDS);
    }

    @Test
    void saysWhichSubscriptionsItDoesNotGive() throws Exception {
        var filter = connected(FILTER);

        assertThatThrownBy(() -> subscribe(filter, "devices/edge-1/modules/sensor/inputs/#"))
                .cause()
                .satisfies(e -> assertThat(
                                ((Mqtt5SubAckException) e).getMqttMessage().getReasonCodes())
                        .containsExactly(Mqtt5SubAckReasonCode.NOT_AUTHORIZED));
    }

    @Test
    void closesOnAPacketOfTooManyTopics() throws Exception {
        var filter = connected(FILTER);

        assertThatThrownBy(
                        () -> filter.subscribe(foreign(Conversation.MAX_TOPICS)).get(10, SECONDS))
                .cause()
                .satisfies(e -> assertThat(
                                ((Mqtt5SubAckException) e).getMqttMessage().getReasonCodes())
                        .hasSize(Conversation.MAX_TOPICS));
        filter.subscribe(foreign(Conversation.MAX_TOPICS + 1));
        assertTooMany("a SUBSCRIBE to 101 topics");

        var again = connected(FILTER);
        again.unsubscribe(Mqtt5Unsubscribe.builder()
                .addTopicFilters(topics(Conversation.MAX_TOPICS + 1).map(MqttTopicFilter::of))
                .build());
        assertTooMany("an UNSUBSCRIBE from 101 topics");
    }

    private void assertTooMany(String what) throws InterruptedException {
        var goodbye = goodbyes.poll(10, SECONDS);
        assertThat(goodbye.getReasonCode()).isEqualTo(Mqtt5DisconnectReasonCode.QUOTA_EXCEEDED);
        assertThat(text(goodbye.getReasonString().orElseThrow())).contains(what);
    }

    private static Mqtt5Subscribe foreign(int topics) {
        return Mqtt5Subscribe.builder()
                .addSubscriptions(topics(topics)
                        .map(topic ->
                                Mqtt5Subscription.builder().topicFilter(topic).build()))
                .build();
    }

    private static Stream<String> topics(int many) {
        return IntStream.range(0, many).mapToObj(i -> "devices/edge-1/modules/sensor/inputs/" + i);
    }

    @Test
    void saysGoodbyeWhenAnotherTakesOverAndWhenItStops() throws Exception {
        connected(SENSOR);
        connected(SENSOR);

        assertThat(goodbyes.poll(10, SECONDS).getReasonCode()).isEqualTo(Mqtt5DisconnectReasonCode.SESSION_TAKEN_OVER);

        hub.front.stop().await(10, SECONDS);
        assertThat(goodbyes.poll(10, SECONDS).getReasonCode())
                .isEqualTo(Mqtt5DisconnectReasonCode.SERVER_SHUTTING_DOWN);
    }

    @Test
    void namesTheRuleThatAClientBroke() throws Exception {
        var sensor = connected(SENSOR);

        publish(sensor, "devices/edge-1/modules/filter/messages/events/");

        var goodbye = goodbyes.poll(10, SECONDS);
        assertThat(goodbye.getReasonCode()).isEqualTo(Mqtt5DisconnectReasonCode.NOT_AUTHORIZED);
        assertThat(text(goodbye.getReasonString().orElseThrow())).contains("another client");
    }

    @Test
    void sendsNoMoreThanTheClientTakes() throws Exception {
        var filter = client(FILTER, "edge-1/filter");
        connect(
                filter,
                Mqtt5Connect.builder()
                        .restrictions()
                        .receiveMaximum(1)
                        .maximumPacketSize(400)
                        .applyRestrictions()
                        .build());
        var inbox = unacknowledged(filter);
        subscribe(filter, "devices/edge-1/modules/filter/inputs/#");
        subscribe(filter, "$iothub/twin/PATCH/properties/desired/#");
        var receiver = await().until(() -> hub.endpoints.receivers.get(INPUT), r -> r != null);

        var sent = receiver.send(delivery("one"));
        var first = inbox.poll(10, SECONDS);
        hub.desired(FILTER, 2, "{\"threshold\":30}");

        // the second may not come before the first is acknowledged
        publish(filter, "$iothub/twin/PATCH/properties/reported/?$rid=1").get(10, SECONDS);
        assertThat(inbox).isEmpty();
        first.acknowledge();
        sent.toCompletableFuture().get(10, SECONDS);
        assertThat(inbox.poll(10, SECONDS).getTopic().toString()).contains("desired");

        assertThatThrownBy(() -> receiver.send(delivery("x".repeat(400)))
                        .toCompletableFuture()
                        .get(10, SECONDS))
                .hasCauseInstanceOf(RejectedException.class);
    }

    @Test
    void anAnswerWithABrokenStatusIsAcknowledgedAndTheCallerHearsOfIt() throws Exception {
        var filter = connected(FILTER);
        var inbox = inbox(filter);
        subscribe(filter, "$iothub/methods/POST/#");
        var call = hub.methods.call(FILTER, new MethodRequest("m", new byte[0], Duration.ZERO, RunningHub.soon()));
        var rid = inbox.poll(10, SECONDS).getTopic().toString().split("rid=", -1)[1];

        publish(filter, "$iothub/methods/res/200.0/?$rid=" + rid).get(10, SECONDS);

        assertThat(call)
                .failsWithin(RunningHub.soon())
                .withThrowableThat()
                .withMessageContaining("the status of its answer, '200.0', is no 32-bit integer");
        assertThat(goodbyes).isEmpty();
    }

    @Test
    void aCallWhoseCallerGaveUpIsNotMadeLater() throws Exception {
        var filter = taking(1);
        var inbox = unacknowledged(filter);
        subscribe(filter, "devices/edge-1/modules/filter/inputs/#");
        subscribe(filter, "$iothub/methods/POST/#");
        var receiver = await().until(() -> hub.endpoints.receivers.get(INPUT), r -> r != null);
        var _ = receiver.send(delivery("one"));
        var first = inbox.poll(10, SECONDS);

        var late =
                hub.methods.call(FILTER, new MethodRequest("late", new byte[0], Duration.ZERO, Duration.ofMillis(100)));
        assertThat(late).failsWithin(RunningHub.soon());
        var _ = hub.methods.call(FILTER, new MethodRequest("next", new byte[0], Duration.ZERO, RunningHub.soon()));
        first.acknowledge();

        assertThat(inbox.poll(10, SECONDS).getTopic().toString()).contains("/POST/next/");
    }

    @Test
    void aClientThatAcknowledgesNothingMustComeBackForWhatWaits(@TempDir Path fresh) throws Exception {
        impatient(fresh);
        var filter = taking(1);
        var inbox = unacknowledged(filter);
        subscribe(filter, "devices/edge-1/modules/filter/inputs/#");
        subscribe(filter, "$iothub/twin/PATCH/properties/desired/#");
        var receiver = await().until(() -> hub.endpoints.receivers.get(INPUT), r -> r != null);

        var sent = receiver.send(delivery("one"));
        hub.desired(FILTER, 2, "{\"threshold\":30}");

        assertThat(goodbyes.poll(10, SECONDS).getReasonCode()).isEqualTo(Mqtt5DisconnectReasonCode.KEEP_ALIVE_TIMEOUT);
        assertThat(sent).failsWithin(RunningHub.soon());
        assertThat(inbox).hasSize(1);
        var again = client(FILTER, "edge-1/filter");
        var told = inbox(again);
        connect(again, persistent(3600));
        assertThat(told.poll(10, SECONDS).getTopic().toString()).contains("desired");
    }

    @Test
    void aClientThatLeavesTooManyBytesWaitingMustGo() throws Exception {
        var filter = taking(1);
        var _ = unacknowledged(filter);
        subscribe(filter, "$iothub/twin/res/#");
        hub.desired(FILTER, 2, "{\"large\":\"" + "x".repeat(400_000) + "\"}");

        for (int i = 0; i < 12; i++) {
            publish(filter, "$iothub/twin/GET/?$rid=" + i);
        }

        assertThat(goodbyes.poll(10, SECONDS).getReasonCode()).isEqualTo(Mqtt5DisconnectReasonCode.KEEP_ALIVE_TIMEOUT);
    }

    @Test
    void whatWaitsComesWithTheAcknowledgementsOfWhatCameBefore() throws Exception {
        var filter = taking(1);
        var inbox = unacknowledged(filter);
        subscribe(filter, "$iothub/twin/res/#");
        hub.desired(FILTER, 2, "{\"large\":\"" + "x".repeat(400_000) + "\"}");

        for (int i = 0; i < 30; i++) {
            publish(filter, "$iothub/twin/GET/?$rid=" + i);
            if (i >= 4) {
                inbox.poll(10, SECONDS).acknowledge();
            }
        }

        assertThat(inbox.poll(10, SECONDS).getTopic()).hasToString("$iothub/twin/res/200/?$rid=26");
        assertThat(goodbyes).isEmpty();
    }

    @Test
    void aLateAcknowledgementMakesRoom(@TempDir Path fresh) throws Exception {
        impatient(fresh);
        var filter = taking(2);
        var inbox = unacknowledged(filter);
        subscribe(filter, "devices/edge-1/modules/filter/inputs/#");
        var receiver = await().until(() -> hub.endpoints.receivers.get(INPUT), r -> r != null);

        assertThat(receiver.send(delivery("one"))).failsWithin(RunningHub.soon());
        inbox.poll(10, SECONDS).acknowledge();
        assertThat(receiver.send(delivery("two"))).failsWithin(RunningHub.soon());
        inbox.poll(10, SECONDS);
        receiver.send(delivery("three"));

        assertThat(new String(inbox.poll(10, SECONDS).getPayloadAsBytes(), UTF_8))
                .isEqualTo("three");
        assertThat(goodbyes).isEmpty();
    }

    /** From now on the hub waits a moment for an acknowledgement. */
    private void impatient(Path fresh) throws Exception {
        hub.close();
        hub = new RunningHub(
                        fresh,
                        defaults -> new MqttOptions(
                                defaults.connectTimeout(),
                                defaults.maxKeepAlive(),
                                Duration.ofMillis(500),
                                defaults.settling()))
                .provisioned();
    }

    /** @param most publishes at once */
    private Mqtt5AsyncClient taking(int most) throws Exception {
        var filter = client(FILTER, "edge-1/filter");
        connect(
                filter,
                Mqtt5Connect.builder()
                        .cleanStart(false)
                        .sessionExpiryInterval(3600)
                        .restrictions()
                        .receiveMaximum(most)
                        .applyRestrictions()
                        .build());
        return filter;
    }

    private static BlockingQueue<Mqtt5Publish> unacknowledged(Mqtt5AsyncClient client) {
        var inbox = new LinkedBlockingQueue<Mqtt5Publish>();
        client.publishes(MqttGlobalPublishFilter.ALL, inbox::add, true);
        return inbox;
    }

    @ParameterizedTest
    @MethodSource("propertiesThatMqttForbids")
    void rejectsAtOnceWhatNoPacketHoldsAndGoesOn(Map<String, String> system, Map<String, String> properties)
            throws Exception {
        var filter = connected(FILTER);
        var inbox = inbox(filter);
        subscribe(filter, "devices/edge-1/modules/filter/inputs/#");
        var receiver = await().until(() -> hub.endpoints.receivers.get(INPUT), r -> r != null);

        var impossible = new Message(SENSOR, "out1", system, properties, new byte[0]);
        assertThatThrownBy(() -> receiver.send(new Delivery(impossible, 0, 1, 1, Long.MAX_VALUE))
                        .toCompletableFuture()
                        .get(10, SECONDS))
                .hasCauseInstanceOf(RejectedException.class);

        receiver.send(delivery("good")).toCompletableFuture().get(10, SECONDS);
        assertThat(new String(inbox.poll(10, SECONDS).getPayloadAsBytes(), UTF_8))
                .isEqualTo("good");
    }

    static Stream<Arguments> propertiesThatMqttForbids() {
        var tooLong = "ü".repeat(32_768);
        return Stream.of(
                Arguments.of(Map.of(), Map.of("a", tooLong)),
                Arguments.of(Map.of(), Map.of(tooLong, "a")),
                Arguments.of(Map.of("contentType", tooLong), Map.of()),
                Arguments.of(Map.of("cid", tooLong), Map.of()),
                Arguments.of(Map.of(), Map.of("a", "b\0c")),
                Arguments.of(Map.of("contentType", "a\0"), Map.of()));
    }

    @Test
    void keepsASessionForAsLongAsTheClientSays() throws Exception {
        var filter = client(FILTER, "edge-1/filter");
        assertThat(connect(filter, persistent(3600)).isSessionPresent()).isFalse();
        subscribe(filter, "devices/edge-1/modules/filter/inputs/#");
        filter.disconnect().get(10, SECONDS);

        var again = client(FILTER, "edge-1/filter");
        assertThat(connect(again, persistent(0)).isSessionPresent()).isTrue();
        await().atMost(RunningHub.soon())
                .until(() -> hub.endpoints.receivers.keySet().equals(Set.of(INPUT)));
        again.disconnect().get(10, SECONDS);
        await().atMost(RunningHub.soon()).until(hub.endpoints.receivers::isEmpty);

        var third = client(FILTER, "edge-1/filter");
        assertThat(connect(third, persistent(3600)).isSessionPresent()).isFalse();
        subscribe(third, "devices/edge-1/modules/filter/inputs/#");
        third.disconnectWith().sessionExpiryInterval(0).send().get(10, SECONDS);
        await().atMost(RunningHub.soon()).until(hub.endpoints.receivers::isEmpty);

        assertThat(connect(client(FILTER, "edge-1/filter"), persistent(3600)).isSessionPresent())
                .isFalse();
    }

    @Test
    void tellsNothingBeforeTheClientKnowsThatItIsLetIn() throws Exception {
        var filter = client(FILTER, "edge-1/filter");
        connect(filter, persistent(3600));
        subscribe(filter, "$iothub/twin/PATCH/properties/desired/#");
        filter.disconnect().get(10, SECONDS);
        await().atMost(RunningHub.soon()).until(() -> sessionEnd(FILTER) < Session.NEVER);
        var again = client(FILTER, "edge-1/filter");
        var inbox = inbox(again);
        clients.add(again);
        var letGo = hub.disk.hold();
        try {
            hub.desired(FILTER, 2, "{\"threshold\":30}");
            var connAck = again.connect(persistent(3600));
            await().atMost(RunningHub.soon()).until(() -> sessionEnd(FILTER) == Session.NEVER);

            // the change is on disk before the session is, and is passed on at once
            letGo.run();

            assertThat(connAck.get(10, SECONDS).isSessionPresent()).isTrue();
            assertThat(inbox.poll(10, SECONDS).getTopic())
                    .hasToString("$iothub/twin/PATCH/properties/desired/?$version=2");
        } finally {
            letGo.run();
        }
    }

    private long sessionEnd(Identity client) {
        return hub.sessions.find(client).orElseThrow().endMillis();
    }

    @Test
    void aWillIsTelemetryOfAClientThatGoesWithoutAGoodbye() throws Exception {
        var first = willing();
        first.disconnect().get(10, SECONDS);
        willing();
        connected(SENSOR);

        await().atMost(RunningHub.soon()).until(() -> !hub.intake.messages.isEmpty());
        assertThat(hub.intake.messages).singleElement().satisfies(will -> {
            assertThat(will.output()).isEqualTo("last");
            assertThat(will.properties()).containsEntry("why", "gone");
            assertThat(new String(will.body(), UTF_8)).isEqualTo("bye");
        });
    }

    private Mqtt5AsyncClient willing() throws Exception {
        var client = client(SENSOR, "edge-1/sensor");
        connect(
                client,
                Mqtt5Connect.builder()
                        .willPublish()
                        .topic(EVENTS + "%24.on=last")
                        .qos(MqttQos.AT_LEAST_ONCE)
                        .userProperties()
                        .add("why", "gone")
                        .applyUserProperties()
                        .payload("bye".getBytes(UTF_8))
                        .applyWillPublish()
                        .build());
        return client;
    }

    private static Delivery delivery(String body) {
        return new Delivery(
                new Message(SENSOR, "out1", Map.of(), Map.of(), body.getBytes(UTF_8)), 0, 1, 1, Long.MAX_VALUE);
    }

    private static Mqtt5Connect persistent(long sessionSeconds) {
        return Mqtt5Connect.builder()
                .cleanStart(false)
                .sessionExpiryInterval(sessionSeconds)
                .build();
    }

    private Mqtt5AsyncClient connected(Identity identity) throws Exception {
        var client = client(identity, identity.path());
        connect(client, persistent(3600));
        return client;
    }

    private Mqtt5ConnAck connect(Mqtt5AsyncClient client, Mqtt5Connect connect) throws Exception {
        clients.add(client);
        return client.connect(connect).get(10, SECONDS);
    }

    private Mqtt5AsyncClient client(Identity identity, String clientId) throws Exception {
        return client(identity, clientId, hub.token(identity, Instant.now().plusSeconds(3600)));
    }

    private Mqtt5AsyncClient client(Identity identity, String clientId, String password) throws Exception {
        var builder = MqttClient.builder().useMqttVersion5();
        if (!clientId.isEmpty()) {
            builder = builder.identifier(clientId);
        }
        return builder.serverHost(RunningHub.HOST)
                .serverPort(hub.port)
                .sslConfig(MqttClientSslConfig.builder()
                        .trustManagerFactory(TestCertificates.trust(hub.certificate))
                        .build())
                .addDisconnectedListener(context -> {
                    if (context.getCause() instanceof Mqtt5DisconnectException e) {
                        goodbyes.add(e.getMqttMessage());
                    }
                })
                .simpleAuth()
                .username(identity.path())
                .password(password.getBytes(UTF_8))
                .applySimpleAuth()
                .buildAsync();
    }

    private static CompletableFuture<Mqtt5PublishResult> publish(Mqtt5AsyncClient client, String topic) {
        return client.publishWith()
                .topic(topic)
                .qos(MqttQos.AT_LEAST_ONCE)
                .payload("{}".getBytes(UTF_8))
                .send();
    }

    private static void publish(Mqtt5AsyncClient client, Mqtt5Publish publish) throws Exception {
        client.publish(publish).get(10, SECONDS);
    }

    private static void subscribe(Mqtt5AsyncClient client, String filter) throws Exception {
        client.subscribeWith()
                .topicFilter(filter)
                .qos(MqttQos.AT_LEAST_ONCE)
                .send()
                .get(10, SECONDS);
    }

    private static BlockingQueue<Mqtt5Publish> inbox(Mqtt5AsyncClient client) {
        var inbox = new LinkedBlockingQueue<Mqtt5Publish>();
        client.publishes(MqttGlobalPublishFilter.ALL, inbox::add);
        return inbox;
    }

    private static Map<String, String> properties(Mqtt5UserProperties properties) {
        return properties.asList().stream()
                .collect(Collectors.toMap(property -> text(property.getName()), property -> text(property.getValue())));
    }

    private static String text(MqttUtf8String text) {
        return text.toString();
    }
}
