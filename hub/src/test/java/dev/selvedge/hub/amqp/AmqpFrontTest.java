package dev.selvedge.hub.amqp;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ssl.X509KeyManager;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.selvedge.hub.RunningHub;
import dev.selvedge.hub.amqp.AmqpClient.Received;
import dev.selvedge.hub.client.AckQueue;
import dev.selvedge.hub.client.NotDeliveredException;
import dev.selvedge.hub.delivery.Delivery;
import dev.selvedge.hub.delivery.Receiver.RejectedException;
import dev.selvedge.hub.delivery.Receiver.ReturnedException;
import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.method.MethodRequest;
import dev.selvedge.hub.store.StoreFullException;
import dev.selvedge.hub.tls.TestCertificates;
import dev.selvedge.identity.CertificateName;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Identity;
import io.vertx.proton.ProtonDelivery;
import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.AmqpSequence;
import org.apache.qpid.proton.amqp.messaging.Modified;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static dev.selvedge.hub.RunningHub.FILTER;
import static dev.selvedge.hub.RunningHub.SENSOR;
import static dev.selvedge.hub.amqp.AmqpClient.message;
import static dev.selvedge.hub.amqp.AmqpClient.twin;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

@Execution(ExecutionMode.CONCURRENT)
class AmqpFrontTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String EVENTS = "/messages/events";
    private static final String COME_BACK = "amqp:link:detach-forced";
    private static final String INPUT = "modules/filter/inputs/input1";

    @TempDir
    Path folder;

    private RunningHub hub;
    private final List<AmqpClient> clients = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        hub = new RunningHub(folder).provisioned();
    }

    @AfterEach
    void stop() throws Exception {
        for (var client : clients) {
            client.close();
        }
        hub.close();
    }

    @Test
    void takesACertificateInPlaceOfAToken() throws Exception {
        hub.credentials(new Credentials(Credentials.Kind.CERTIFICATE, List.of("1"), true));
        hub.desired(SENSOR, 2, "{}");
        var keys = TestCertificates.client(new CertificateName(SENSOR, "1"));
        try (var client = new AmqpClient(hub, SENSOR, (X509KeyManager) keys.getKeyManagers()[0])) {
            var events = client.sender(client.address("/messages/events"));

            client.send(events, message("x".getBytes(UTF_8))).get(10, SECONDS);

            assertThat(hub.intake.messages).singleElement().returns(SENSOR, Message::sender);
        }
    }

    @Test
    void takesTelemetryAndAcceptsItOnceItIsStored() throws Exception {
        var sensor = client(SENSOR).connected();
        var events = sensor.sender(sensor.address(EVENTS));
        hub.intake.hold = true;
        var reading = message(
                "{\"t\":21}".getBytes(UTF_8),
                Map.of("iothub-outputname", "out1", "line", "4", "n", 7, "iothub-ack", "full"));
        reading.setContentType("application/json");
        reading.setMessageId(UUID.fromString("00000000-0000-0000-0000-000000000007"));
        reading.setUserId("me".getBytes(UTF_8));

        var settled = sensor.send(events, reading);
        await().atMost(RunningHub.soon()).until(() -> hub.intake.messages.size() == 1);

        assertThat(settled).isNotDone();
        hub.intake.held.getFirst().complete(null);
        assertThat(settled.get(10, SECONDS).getRemoteState()).isInstanceOf(Accepted.class);
        assertThat(hub.intake.messages.getFirst())
                .usingRecursiveComparison()
                .isEqualTo(new Message(
                        SENSOR,
                        "out1",
                        Map.of(
                                "messageId", "00000000-0000-0000-0000-000000000007",
                                "userId", "me",
                                "contentType", "application/json"),
                        Map.of("line", "4", "n", "7", "iothub-ack", "full"),
                        "{\"t\":21}".getBytes(UTF_8)));
    }

    @Test
    void holdsAClientBackThatSendsFasterThanTheStoreTakes() throws Exception {
        var sensor = client(SENSOR).connected();
        var events = sensor.sender(sensor.address(EVENTS));
        hub.intake.hold = true;
        var sent = new ArrayList<CompletableFuture<?>>();
        for (int i = 0; i < 500; i++) {
            sent.add(sensor.send(events, message(("x" + i).repeat(1000).getBytes(UTF_8))));
        }
        await().atMost(RunningHub.soon()).until(() -> hub.intake.messages.size() >= AckQueue.MAX_PENDING);
        assertThat(hub.intake.messages).hasSizeLessThan(2 * AckQueue.MAX_PENDING);

        hub.intake.hold = false;
        hub.intake.held.reversed().forEach(held -> held.complete(null));
        CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).get(30, SECONDS);

        assertThat(hub.intake.messages.stream().map(message -> new String(message.body(), 0, 4, UTF_8)))
                .startsWith("x0x0", "x1x1", "x2x2")
                .hasSize(500);
    }

    @Test
    void holdsAClientBackThatReportsFasterThanTheStoreTakes() throws Exception {
        var sensor = client(SENSOR).connected();
        var answers = sensor.receive(sensor.address("/twin"));
        var requests = sensor.sender(sensor.address("/twin"));
        hub.intake.hold = true;
        for (int i = 0; i < 1000; i++) {
            var report = "{\"n\":" + i + ",\"x\":\"" + "x".repeat(1000) + "\"}";
            var _ = sensor.send(requests, twin("PATCH", "/properties/reported", report));
        }
        await().atMost(RunningHub.soon()).until(() -> hub.intake.messages.size() >= AckQueue.MAX_PENDING);
        await().during(Duration.ofSeconds(1))
                .atMost(RunningHub.soon())
                .until(() -> hub.intake.messages.size() < 2 * AckQueue.MAX_PENDING);

        hub.intake.hold = false;
        hub.intake.held.forEach(held -> held.complete(null));

        for (int i = 0; i < 1000; i++) {
            assertThat(answers.poll(10, SECONDS).annotation("status")).isEqualTo(204);
        }
    }

    @Test
    void closesWithoutAcceptingWhatTheStoreRefuses() throws Exception {
        var sensor = client(SENSOR).connected();
        var events = sensor.sender(sensor.address(EVENTS));
        hub.intake.hold = true;
        var settled = sensor.send(events, message(new byte[1]));
        await().atMost(RunningHub.soon()).until(() -> hub.intake.held.size() == 1);

        hub.intake.held.getFirst().completeExceptionally(new StoreFullException("full"));

        assertThat(sensor.ended.get(10, SECONDS)).contains(COME_BACK);
        assertThat(settled).isNotDone();
    }

    @Test
    void rejectsWhatItCannotTakeAndGoesOn() throws Exception {
        var sensor = client(SENSOR).connected();
        var events = sensor.sender(sensor.address(EVENTS));
        var sequence = message(new byte[0]);
        sequence.setBody(new AmqpSequence(List.of(1)));

        var tooLarge = sensor.send(events, message(new byte[Message.MAX_BYTES + 1]));
        var notBytes = sensor.send(events, sequence);
        var largest = sensor.send(events, message(new byte[Message.MAX_BYTES]));

        assertThat(condition(tooLarge)).isEqualTo("amqp:link:message-size-exceeded");
        assertThat(condition(notBytes)).isEqualTo("amqp:decode-error");
        assertThat(largest.get(10, SECONDS).getRemoteState()).isInstanceOf(Accepted.class);
        assertThat(hub.intake.messages).hasSize(1);
    }

    @Test
    void aDeliveryThatIsTooLargeHoldsUpNoOtherLink() throws Exception {
        var sensor = client(SENSOR).connected();
        var greedy = sensor.sender(sensor.address(EVENTS));
        var modest = sensor.sender(sensor.address(EVENTS));

        var tooLarge = sensor.send(greedy, message(new byte[3 << 20]));
        await().atMost(RunningHub.soon())
                .untilAsserted(() -> assertThat(String.valueOf(greedy.getRemoteCondition()))
                        .contains("amqp:link:message-size-exceeded"));
        var next = sensor.send(modest, message(new byte[1]));

        assertThat(next.get(10, SECONDS).getRemoteState()).isInstanceOf(Accepted.class);
        assertThat(condition(tooLarge)).isEqualTo("amqp:link:message-size-exceeded");
        assertThat(hub.intake.messages).hasSize(1);
    }

    @Test
    void deliversToAnInputAndTellsWhatBecameOfIt() throws Exception {
        var filter = client(FILTER).connected();
        var inbox = filter.receive(filter.address(EVENTS));
        await().atMost(RunningHub.soon()).until(() -> hub.endpoints.receivers.containsKey(INPUT));
        var message = new Message(
                SENSOR,
                "out1",
                Map.of("messageId", "m1", "contentType", "text/plain", "creationTime", "now", "ack", "full"),
                Map.of("line", "4"),
                "21".getBytes(UTF_8));
        var receiver = hub.endpoints.receivers.get(INPUT);

        var accepted =
                receiver.send(new Delivery(message, 0, 77, 5, Long.MAX_VALUE)).toCompletableFuture();
        var received = inbox.poll(10, SECONDS);
        assertThat(received.body()).asString().isEqualTo("21");
        assertThat(received.annotation("x-opt-input-name")).isEqualTo("input1");
        assertThat(received.annotation("x-opt-sequence-number")).isEqualTo(UnsignedLong.valueOf(77));
        assertThat(received.annotation("iothub-connection-module-id")).isEqualTo("sensor");
        assertThat(received.message().getMessageId()).isEqualTo("m1");
        assertThat(received.message().getContentType()).isEqualTo("text/plain");
        assertThat(received.property("line")).isEqualTo("4");
        assertThat(received.property("iothub-creation-time-utc")).isEqualTo("now");
        assertThat(received.property("iothub-ack")).isNull();
        assertThat(accepted).isNotDone();
        filter.settle(received, Accepted.getInstance());
        assertThat(accepted).succeedsWithin(RunningHub.soon());

        var released =
                receiver.send(new Delivery(message, 0, 78, 5, Long.MAX_VALUE)).toCompletableFuture();
        filter.settle(inbox.poll(10, SECONDS), Released.getInstance());
        assertThat(released)
                .failsWithin(RunningHub.soon())
                .withThrowableThat()
                .withCauseInstanceOf(ReturnedException.class);

        var undeliverable =
                receiver.send(new Delivery(message, 0, 78, 5, Long.MAX_VALUE)).toCompletableFuture();
        var modified = new Modified();
        modified.setUndeliverableHere(true);
        filter.settle(inbox.poll(10, SECONDS), modified);
        assertThat(undeliverable)
                .failsWithin(RunningHub.soon())
                .withThrowableThat()
                .withCauseInstanceOf(RejectedException.class);

        var rejected =
                receiver.send(new Delivery(message, 0, 79, 5, Long.MAX_VALUE)).toCompletableFuture();
        filter.settle(inbox.poll(10, SECONDS), new Rejected());
        assertThat(rejected).failsWithin(RunningHub.soon()).withThrowableThat().withMessageContaining("rejected");

        var lost =
                receiver.send(new Delivery(message, 0, 80, 5, Long.MAX_VALUE)).toCompletableFuture();
        inbox.poll(10, SECONDS);
        filter.close();
        assertThat(lost).failsWithin(RunningHub.soon()).withThrowableThat().withMessageContaining("gone");
        assertThat(hub.endpoints.receivers).isEmpty();
    }

    static Stream<DeliveryState> outcomes() {
        return Stream.of(Accepted.getInstance(), new Rejected(), Released.getInstance(), new Modified());
    }

    @ParameterizedTest
    @MethodSource("outcomes")
    void settlesWhatAClientLeavesToTheHubToSettle(DeliveryState outcome) throws Exception {
        var filter = client(FILTER).connected();
        var inbox = filter.receive(filter.address(EVENTS));
        await().atMost(RunningHub.soon()).until(() -> hub.endpoints.receivers.containsKey(INPUT));
        var message = new Message(SENSOR, "out1", Map.of(), Map.of(), new byte[0]);

        var sent = hub.endpoints.receivers.get(INPUT).send(new Delivery(message, 0, 1, 5, Long.MAX_VALUE));
        var received = inbox.poll(10, SECONDS);
        filter.answer(received, outcome);

        await().atMost(RunningHub.soon()).until(received.delivery()::remotelySettled);
        assertThat(received.delivery().getRemoteState()).isInstanceOf(Accepted.class);
        assertThat(sent.toCompletableFuture().isCompletedExceptionally()).isEqualTo(!(outcome instanceof Accepted));
    }

    @Test
    void goesOnWithAClientThatGivesCreditForWhatTheHubSettled() throws Exception {
        var filter = client(FILTER).connected();
        var inbox = new LinkedBlockingQueue<Received>();
        var link = filter.attach(filter.address(EVENTS), inbox);
        await().atMost(RunningHub.soon()).until(() -> hub.endpoints.receivers.containsKey(INPUT));
        var message = new Message(SENSOR, "out1", Map.of(), Map.of(), new byte[0]);
        var receiver = hub.endpoints.receivers.get(INPUT);
        var prefetch = 50;

        var sent = IntStream.range(0, 3 * prefetch)
                .mapToObj(i -> receiver.send(new Delivery(message, 0, i, 5, Long.MAX_VALUE)))
                .toList();
        for (int taken = 0; taken < sent.size(); taken += prefetch) {
            filter.credit(link, prefetch);
            var unsettled = new ArrayList<Received>();
            for (int i = 0; i < prefetch; i++) {
                unsettled.add(inbox.poll(10, SECONDS));
                filter.answer(unsettled.getLast(), Accepted.getInstance());
            }
            await().atMost(RunningHub.soon())
                    .until(() -> unsettled.stream()
                            .allMatch(received -> received.delivery().remotelySettled()));
        }

        assertThat(sent)
                .allSatisfy(each -> assertThat(each.toCompletableFuture()).isCompleted());
    }

    @ParameterizedTest
    @ValueSource(strings = {"$cbs", "/twin", "/methods/devicebound", EVENTS})
    void aSecondLinkForTheSameTakesTheFirstOnesPlace(String purpose) throws Exception {
        var filter = client(FILTER).connected();
        var address = purpose.startsWith("/") ? filter.address(purpose) : purpose;
        var first = filter.attach(address, new LinkedBlockingQueue<>());

        var second = filter.attach(address, new LinkedBlockingQueue<>());

        await().atMost(RunningHub.soon())
                .untilAsserted(() ->
                        assertThat(String.valueOf(first.getRemoteCondition())).contains("amqp:link:stolen"));
        assertThat(String.valueOf(second.getRemoteCondition())).contains("condition=null");
        assertThat(filter.ended).isNotDone();
    }

    @Test
    void whatWaitsOnALinkWhosePlaceIsTakenIsSentOnTheNext() throws Exception {
        var filter = client(FILTER).connected();
        var _ = filter.attach(filter.address(EVENTS), new LinkedBlockingQueue<>());
        await().atMost(RunningHub.soon()).until(() -> hub.endpoints.receivers.containsKey(INPUT));
        var receiver = hub.endpoints.receivers.get(INPUT);
        var delivery =
                new Delivery(new Message(SENSOR, "out1", Map.of(), Map.of(), new byte[0]), 0, 1, 5, Long.MAX_VALUE);
        var calls = filter.receive(filter.address("/methods/devicebound"));
        var waiting = receiver.send(delivery).toCompletableFuture();
        // what the hub does after it has put the message there
        var _ = hub.methods.call(FILTER, new MethodRequest("next", new byte[0], Duration.ZERO, RunningHub.soon()));
        assertThat(calls.poll(10, SECONDS)).isNotNull();

        var inbox = filter.receive(filter.address(EVENTS));
        assertThat(waiting)
                .failsWithin(RunningHub.soon())
                .withThrowableThat()
                .withCauseInstanceOf(NotDeliveredException.class);
        var again = receiver.send(delivery).toCompletableFuture();
        filter.settle(inbox.poll(10, SECONDS), Accepted.getInstance());

        assertThat(again).succeedsWithin(RunningHub.soon());
        assertThat(hub.endpoints.receivers.get(INPUT)).isSameAs(receiver);
    }

    @Test
    void leavesOutAnExpiryThatAmqpCannotSay() throws Exception {
        var filter = client(FILTER).connected();
        var inbox = filter.receive(filter.address(EVENTS));
        await().atMost(RunningHub.soon()).until(() -> hub.endpoints.receivers.containsKey(INPUT));
        var receiver = hub.endpoints.receivers.get(INPUT);
        var late = new Message(
                SENSOR, "out1", Map.of("absolute-expiry-time", "+300000000-01-01T00:00:00Z"), Map.of(), new byte[0]);
        var next = new Message(SENSOR, "out1", Map.of("messageId", "next"), Map.of(), new byte[0]);

        var first = receiver.send(new Delivery(late, 0, 1, 5, Long.MAX_VALUE)).toCompletableFuture();
        var received = inbox.poll(10, SECONDS);
        assertThat(received.message().getProperties().getAbsoluteExpiryTime()).isNull();
        filter.settle(received, Accepted.getInstance());
        assertThat(first).succeedsWithin(RunningHub.soon());

        var second = receiver.send(new Delivery(next, 0, 2, 5, Long.MAX_VALUE)).toCompletableFuture();
        received = inbox.poll(10, SECONDS);
        assertThat(received.message().getMessageId()).isEqualTo("next");
        filter.settle(received, Accepted.getInstance());
        assertThat(second).succeedsWithin(RunningHub.soon());
    }

    @Test
    void servesItsTwin() throws Exception {
        var sensor = client(SENSOR).connected();
        var answers = sensor.receive(sensor.address("/twin"));
        var requests = sensor.sender(sensor.address("/twin"));

        var get = twin("GET", null, "");
        var _ = sensor.send(requests, get);
        var twin = answers.poll(10, SECONDS);
        assertThat(twin.message().getCorrelationId()).isEqualTo(get.getCorrelationId());
        assertThat(twin.annotation("status")).isEqualTo(200);
        assertThat(json(twin).at("/desired/interval").asInt()).isEqualTo(5);

        var _ = sensor.send(requests, twin("PATCH", "/properties/reported", "{\"x\":1}"));
        var reported = answers.poll(10, SECONDS);
        assertThat(reported.annotation("status")).isEqualTo(204);
        assertThat(reported.annotation("version")).isEqualTo(2L);
        var _ = sensor.send(requests, twin("PATCH", "/properties/reported", "{\"a.b\":1}"));
        assertThat(answers.poll(10, SECONDS).annotation("status")).isEqualTo(400);
        var _ = sensor.send(requests, twin("PATCH", "/properties/desired", "{}"));
        assertThat(answers.poll(10, SECONDS).annotation("status")).isEqualTo(400);
        var _ = sensor.send(requests, twin("POST", null, ""));
        assertThat(answers.poll(10, SECONDS).annotation("status")).isEqualTo(400);

        var _ = sensor.send(requests, twin("PUT", "/notifications/twin/properties/desired", ""));
        assertThat(answers.poll(10, SECONDS).annotation("status")).isEqualTo(200);
        hub.desired(SENSOR, 2, "{\"interval\":6}");
        var patch = answers.poll(10, SECONDS);
        assertThat(patch.message().getCorrelationId()).isNull();
        assertThat(patch.annotation("resource")).isEqualTo("/properties/desired");
        assertThat(json(patch)).isEqualTo(JSON.readTree("{\"interval\":6,\"$version\":2}"));
    }

    @Test
    void whoGoesBeforeItsTwinIsSentIsToldWhatChanged() throws Exception {
        var sensor = client(SENSOR).connected();
        sensor.attach(sensor.address("/twin"));
        var requests = sensor.sender(sensor.address("/twin"));
        sensor.send(requests, twin("DELETE", "/notifications/twin/properties/desired", ""))
                .get(10, SECONDS);
        hub.desired(SENSOR, 2, "{\"interval\":6}");
        sensor.send(requests, twin("GET", null, "")).get(10, SECONDS);
        sensor.leave();

        var again = client(SENSOR).connected();
        var patch = again.receive(again.address("/twin")).poll(10, SECONDS);

        assertThat(json(patch)).isEqualTo(JSON.readTree("{\"interval\":6,\"$version\":2}"));
    }

    @Test
    void tellsWhatChangedWhileAClientWasAwayWhateverItSpeaks() throws Exception {
        var mqtt = hub.client(SENSOR);
        mqtt.connectWith().cleanSession(false).send().get(10, SECONDS);
        mqtt.subscribeWith()
                .topicFilter("$iothub/twin/PATCH/properties/desired/#")
                .send()
                .get(10, SECONDS);
        mqtt.disconnect().get(10, SECONDS);
        hub.desired(SENSOR, 2, "{\"interval\":9}");

        var sensor = client(SENSOR).connected();
        var patch = sensor.receive(sensor.address("/twin")).poll(10, SECONDS);

        assertThat(json(patch)).isEqualTo(JSON.readTree("{\"interval\":9,\"$version\":2}"));
    }

    @Test
    void tellsAgainWhatAClientWithoutCreditWasNotSent() throws Exception {
        var sensor = client(SENSOR).connected();
        sensor.attach(sensor.address("/twin"));
        sensor.sender(sensor.address("/twin"));
        hub.desired(SENSOR, 2, "{\"interval\":9}");
        await().atMost(RunningHub.soon()).until(() -> hub.shown.get(SENSOR).desiredVersion() == 2);
        sensor.sender(sensor.address(EVENTS));
        sensor.close();

        var again = client(SENSOR).connected();
        var patch = again.receive(again.address("/twin")).poll(10, SECONDS);

        assertThat(json(patch)).isEqualTo(JSON.readTree("{\"interval\":9,\"$version\":2}"));
    }

    @Test
    void sendsAClientAwayThatAsksAndNeverTakesTheAnswers() throws Exception {
        var sensor = client(SENSOR).connected();
        sensor.attach(sensor.address("/twin"));
        var requests = sensor.sender(sensor.address("/twin"));

        for (int i = 0; i <= 1000; i++) {
            var _ = sensor.send(requests, twin("GET", null, ""));
        }

        assertThat(sensor.ended.get(10, SECONDS)).contains(COME_BACK);
    }

    @Test
    void passesACallOnAndItsAnswerBack() throws Exception {
        var filter = client(FILTER).connected();
        var calls = filter.receive(filter.address("/methods/devicebound"));
        var answers = filter.sender(filter.address("/methods/devicebound"));
        var request = new MethodRequest("reset", "{}".getBytes(UTF_8), Duration.ofSeconds(5), Duration.ofSeconds(60));

        var answer = hub.methods.call(FILTER, request).toCompletableFuture();
        var call = calls.poll(10, SECONDS);
        assertThat(call.property("IoThub-methodname")).isEqualTo("reset");
        assertThat(call.body()).asString().isEqualTo("{}");
        var reply = message("[1]".getBytes(UTF_8), Map.of("IoThub-status", 207));
        reply.setCorrelationId(call.message().getCorrelationId());
        var _ = filter.send(answers, reply);

        assertThat(answer.get(10, SECONDS).status()).isEqualTo(207);
        assertThat(answer.get().payload()).asString().isEqualTo("[1]");
    }

    @Test
    void aCallWhoseCallerGaveUpIsNotMadeLater() throws Exception {
        var filter = client(FILTER).connected();
        var calls = new LinkedBlockingQueue<Received>();
        var link = filter.attach(filter.address("/methods/devicebound"), calls);

        var late =
                hub.methods.call(FILTER, new MethodRequest("late", new byte[0], Duration.ZERO, Duration.ofMillis(100)));
        assertThat(late).failsWithin(RunningHub.soon());
        var _ = hub.methods.call(FILTER, new MethodRequest("next", new byte[0], Duration.ZERO, RunningHub.soon()));
        filter.credit(link, 2);

        assertThat(calls.poll(10, SECONDS).property("IoThub-methodname")).isEqualTo("next");
    }

    @Test
    void letsNobodyInWithoutAToken() throws Exception {
        var sensor = client(SENSOR);

        assertThatThrownBy(() -> sensor.sender(sensor.address(EVENTS)))
                .hasMessageContaining("amqp:unauthorized-access");
        assertThat(sensor.token("nonsense")).isEqualTo(400);
        assertThat(sensor.token(hub.token(FILTER, Instant.now().minusSeconds(3600))))
                .isEqualTo(401);
        assertThatThrownBy(() -> sensor.sender(sensor.address(EVENTS)))
                .hasMessageContaining("amqp:unauthorized-access");
        assertThat(sensor.ended.get(30, SECONDS)).contains("no client was let in");
        assertThat(hub.clients.connected()).isZero();
    }

    @Test
    void aStrangerHasNoMoreLinksThanATokenNeeds() throws Exception {
        var stranger = client(SENSOR);

        for (int i = 0; i < 5; i++) {
            stranger.attach("$cbs");
        }

        assertThat(stranger.ended.get(10, SECONDS)).contains("more than 4 links before a client was let in");
    }

    @Test
    void aTokenIsSmall() throws Exception {
        var stranger = client(SENSOR);
        var tokens = stranger.sender("$cbs");

        var _ = stranger.send(tokens, message(new byte[20_000]));

        await().atMost(RunningHub.soon())
                .untilAsserted(() -> assertThat(String.valueOf(tokens.getRemoteCondition()))
                        .contains("amqp:link:message-size-exceeded"));
    }

    @Test
    void isOneIdentityPerConnectionAndHasNoOtherLinks() throws Exception {
        var sensor = client(SENSOR).connected();
        sensor.sender(sensor.address(EVENTS));

        assertThatThrownBy(() -> sensor.sender("/devices/edge-1/modules/filter/messages/events"))
                .hasMessageContaining("amqp:not-allowed");
        assertThatThrownBy(() -> sensor.sender("/devices/edge-1/modules/sensor/whatever"))
                .hasMessageContaining("amqp:not-found");
        assertThatThrownBy(() -> sensor.receive("queue")).hasMessageContaining("amqp:not-found");
        assertThat(hub.shown.get(SENSOR).connected()).isTrue();
    }

    @Test
    void anotherConnectionOfTheSameIdentityTakesOverWhateverItSpeaks() throws Exception {
        var first = client(SENSOR).connected();
        first.sender(first.address(EVENTS));

        var second = hub.client(SENSOR);
        second.connectWith().send().get(10, SECONDS);

        assertThat(first.ended.get(10, SECONDS)).contains("the same identity connected again");
        assertThat(hub.shown.get(SENSOR).connected()).isTrue();
        var third = client(SENSOR).connected();
        third.sender(third.address(EVENTS));
        await().atMost(RunningHub.soon()).until(() -> !second.getState().isConnected());
        assertThat(hub.clients.connected()).isEqualTo(1);
    }

    @Test
    void aTokenIsRenewedOnALiveConnectionAndEndsItElse() throws Exception {
        var skew = Duration.ofMinutes(5);
        var almost = Instant.now().minus(skew).plusSeconds(3);
        var renewed = client(SENSOR);
        assertThat(renewed.token(hub.token(SENSOR, almost))).isEqualTo(200);
        renewed.sender(renewed.address(EVENTS));
        assertThat(renewed.token()).isEqualTo(200);
        var expired = client(FILTER);
        assertThat(expired.token(hub.token(FILTER, almost))).isEqualTo(200);
        expired.sender(expired.address(EVENTS));

        assertThat(expired.ended.get(15, SECONDS)).contains(COME_BACK, "its token expired");
        assertThat(renewed.ended).isNotDone();
    }

    @Test
    void aRevokedIdentityGoesAtOnce() throws Exception {
        var sensor = client(SENSOR).connected();
        sensor.sender(sensor.address(EVENTS));

        hub.twins.removed(SENSOR);

        assertThat(sensor.ended.get(10, SECONDS)).contains(COME_BACK);
    }

    @Test
    void anIdentityThatIsReplacedWhileItIsLetInGoesAtOnce() throws Exception {
        var replaced = new Credentials(Credentials.Kind.KEY, List.of("2"), true);
        hub.whileShown = _ -> {
            hub.whileShown = _ -> {};
            hub.twins.desired(SENSOR, "uid-" + SENSOR, 2, replaced, JSON.createObjectNode());
        };
        var sensor = client(SENSOR);

        assertTurnsAway(sensor);
        assertThat(hub.clients.connected()).isZero();
    }

    @Test
    void turnsAwayWhoComesBeforeThereIsAConfiguration() throws Exception {
        try (var bare = new RunningHub(folder.resolve("bare"))) {
            bare.desired(SENSOR, 1, "{}");

            assertTurnsAway(client(bare, SENSOR));
        }
    }

    @Test
    void turnsAwayWhoComesWhileItStops() throws Exception {
        hub.clients.close();

        assertTurnsAway(client(SENSOR));
    }

    @Test
    void turnsAwayWhoOpensALinkWhileItStops() throws Exception {
        hub.credentials(new Credentials(Credentials.Kind.CERTIFICATE, List.of("1"), true));
        hub.desired(SENSOR, 2, "{}");
        hub.clients.close();
        var keys = TestCertificates.client(new CertificateName(SENSOR, "1"));
        try (var client = new AmqpClient(hub, SENSOR, (X509KeyManager) keys.getKeyManagers()[0])) {
            client.attach(client.address(EVENTS));

            assertThat(client.ended.get(10, SECONDS)).contains(COME_BACK);
        }
    }

    @Test
    void turnsAwayWhoseTwinIsNotThereYet() throws Exception {
        assertTurnsAway(client(Identity.module("edge-1", "nobody")));
    }

    @Test
    void turnsAwayWhoOpensALinkBeforeItsTwinIsThere() throws Exception {
        var nobody = client(Identity.module("edge-1", "nobody"));
        assertThat(nobody.token(
                        hub.token(Identity.device("edge-1"), Instant.now().plusSeconds(60))))
                .isEqualTo(200);

        nobody.attach(nobody.address(EVENTS));

        assertThat(nobody.ended.get(10, SECONDS)).contains(COME_BACK);
    }

    /** Its token is neither taken nor refused: on any other status than 200, Node's SDK gives up for good. */
    private static void assertTurnsAway(AmqpClient client) throws Exception {
        var put = client.put();

        assertThat(client.ended.get(10, SECONDS)).contains(COME_BACK);
        assertThat(put).isNotDone();
        assertThat(client.tokenAnswers).isEmpty();
    }

    @Test
    void answersAGoodbye() throws Exception {
        var sensor = client(SENSOR).connected();

        sensor.leave();

        assertThat(sensor.ended.get(10, SECONDS))
                .as("the hub's own close, without a reason")
                .contains("condition=null");
        await().atMost(RunningHub.soon()).until(() -> hub.clients.connected() == 0);
    }

    @Test
    void stopSettlesWhatWasReceived() throws Exception {
        var sensor = client(SENSOR).connected();
        var events = sensor.sender(sensor.address(EVENTS));
        hub.intake.hold = true;
        var settled = sensor.send(events, message(new byte[1]));
        await().atMost(RunningHub.soon()).until(() -> hub.intake.held.size() == 1);

        var stopped = hub.amqp.stop();
        hub.intake.held.getFirst().complete(null);

        assertThat(settled.get(10, SECONDS).getRemoteState()).isInstanceOf(Accepted.class);
        stopped.await(10, SECONDS);
        assertThat(sensor.ended.get(10, SECONDS)).contains(COME_BACK, "the hub stops");
        assertThat(String.valueOf(events.getSession().getRemoteCondition()))
                .as("the end of the session, before that of the connection")
                .contains(COME_BACK);
    }

    @Test
    void stopAnswersWhatWasReported() throws Exception {
        var sensor = client(SENSOR).connected();
        var answers = sensor.receive(sensor.address("/twin"));
        var requests = sensor.sender(sensor.address("/twin"));
        hub.intake.hold = true;
        var _ = sensor.send(requests, twin("PATCH", "/properties/reported", "{\"x\":1}"));
        await().atMost(RunningHub.soon()).until(() -> hub.intake.held.size() == 1);

        var stopped = hub.amqp.stop();
        hub.intake.held.getFirst().complete(null);

        assertThat(answers.poll(10, SECONDS).annotation("status")).isEqualTo(204);
        stopped.await(10, SECONDS);
    }

    private AmqpClient client(Identity identity) throws Exception {
        return client(hub, identity);
    }

    private AmqpClient client(RunningHub hub, Identity identity) throws Exception {
        var client = new AmqpClient(hub, identity);
        clients.add(client);
        return client;
    }

    private static String condition(CompletableFuture<ProtonDelivery> rejected) throws Exception {
        var outcome = (Rejected) rejected.get(10, SECONDS).getRemoteState();
        return outcome.getError().getCondition().toString();
    }

    private static JsonNode json(Received received) throws Exception {
        return JSON.readTree(received.body());
    }
}
