package dev.selvedge.hub.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import dev.selvedge.hub.RunningHub;
import dev.selvedge.hub.method.MethodAnswer;
import dev.selvedge.hub.method.MethodTarget;
import dev.selvedge.hub.tls.TestCertificates;
import dev.selvedge.identity.Identity;
import io.vertx.core.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static dev.selvedge.hub.RunningHub.FILTER;
import static dev.selvedge.hub.RunningHub.SENSOR;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

class HttpFrontTest {
    private static final String METHODS = "/twins/edge-1/modules/filter/methods";
    private static final String CALL = "{\"methodName\":\"reset\",\"payload\":{\"a\":1}}";

    @TempDir
    Path folder;

    private RunningHub hub;
    private HttpClient http;

    @BeforeEach
    void start() throws Exception {
        hub = new RunningHub(folder).provisioned();
        var tls = SSLContext.getInstance("TLS");
        tls.init(null, TestCertificates.trust(hub.certificate).getTrustManagers(), null);
        http = HttpClient.newBuilder().sslContext(tls).build();
    }

    @AfterEach
    void stop() throws Exception {
        http.close();
        hub.close();
    }

    @Test
    void aModuleCallsAnotherWithItsOwnToken() throws Exception {
        hub.methods.attach(FILTER, answering(207, "[1]"));

        var response = call(METHODS + "?api-version=2020-09-30", CALL, SENSOR, token(SENSOR));

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("{\"status\":207,\"payload\":[1]}");
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json; charset=utf-8");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | null",
                "{} | {}",
                "oops | \"oops\"",
                "{\"a\": 1.10, \"b\":1e400} | {\"a\": 1.10, \"b\":1e400}",
                "` 12 ` | 12",
                "\"b | \"\\\"b\"",
                "1 2 | \"1 2\"",
                "[1 | \"[1\""
            })
    void passesOnWhateverTheModuleAnswered(String answer, String payload) throws Exception {
        hub.methods.attach(FILTER, answering(500, answer));

        assertThat(call(METHODS, CALL, SENSOR, token(SENSOR)).body())
                .isEqualTo("{\"status\":500,\"payload\":" + payload + "}");
    }

    @ParameterizedTest
    @CsvSource({"good, 200", "poor, 403", "bad, 401"})
    void aBearerTokenIsShownToWhoKnowsIt(String token, int status) throws Exception {
        hub.methods.attach(FILTER, answering(200, "1"));

        assertThat(call(METHODS, CALL, null, "Bearer " + token).statusCode()).isEqualTo(status);
    }

    @Test
    void whoComesAtTheWrongMomentIsToldWhenToComeAgain() throws Exception {
        var response = call(METHODS, CALL, null, "Bearer early");

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("Retry-After")).hasValue("5");
    }

    @Test
    void refusesWhoIsNotWhoItSays() throws Exception {
        hub.methods.attach(FILTER, answering(200, "1"));

        assertThat(call(METHODS, CALL, SENSOR, token(FILTER)).statusCode()).isEqualTo(401);
        assertThat(call(METHODS, CALL, SENSOR, "nonsense").statusCode()).isEqualTo(401);
        assertThat(call(METHODS, CALL, null, token(SENSOR)).statusCode()).isEqualTo(400);
        assertThat(call(METHODS, CALL, Identity.device("edge-1"), token(SENSOR)).statusCode())
                .isEqualTo(400);
    }

    @Test
    void saysWhatIsWrongWithACall() throws Exception {
        assertThat(call(METHODS, CALL, SENSOR, token(SENSOR)))
                .satisfies(answer -> assertThat(answer.statusCode()).isEqualTo(404))
                .satisfies(answer -> assertThat(answer.body()).contains("\"message\":\"edge-1/filter is not found"));
        assertThat(call("/twins/edge-1/modules/%24edgeAgent/methods", CALL, SENSOR, token(SENSOR)))
                .satisfies(answer -> assertThat(answer.statusCode()).isEqualTo(404))
                .satisfies(answer -> assertThat(answer.body()).contains("this hub has no $edgeAgent"));
        assertThat(call(METHODS, "{}", SENSOR, token(SENSOR)).statusCode()).isEqualTo(400);
        assertThat(call(METHODS, "x".repeat(400_000), SENSOR, token(SENSOR)).statusCode())
                .isEqualTo(413);
        assertThat(call("/devices/edge-1", CALL, SENSOR, token(SENSOR)).statusCode())
                .isEqualTo(404);
        assertThat(http.send(HttpRequest.newBuilder(uri(METHODS)).build(), BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(405);
    }

    @Test
    void refusesWhoMayNotBeforeItsBodyCame() throws Exception {
        try (var socket = open()) {
            socket.getOutputStream().write(head("nonsense", 500_000));

            assertThat(statusLine(socket)).isEqualTo("HTTP/1.1 401 Unauthorized");
        }
    }

    @Test
    void aConnectionThatWaitsForAnAnswerIsNotIdle() throws Exception {
        var called = new CompletableFuture<Void>();
        var answer = new CompletableFuture<MethodAnswer>();
        hub.methods.attach(FILTER, _ -> {
            called.complete(null);
            return answer;
        });
        var response = http.sendAsync(request(METHODS, CALL, SENSOR, token(SENSOR)), BodyHandlers.ofString());
        called.get(10, SECONDS);

        try (var idle = open();
                var halfway = open()) {
            halfway.getOutputStream().write(head(token(SENSOR), 1000));
            assertThat(idle.getInputStream().read()).as("closed").isEqualTo(-1);
            assertThat(halfway.getInputStream().read()).as("closed").isEqualTo(-1);
        }
        answer.complete(new MethodAnswer(200, "1".getBytes(UTF_8)));

        assertThat(response.get(10, SECONDS).statusCode()).isEqualTo(200);
    }

    @Test
    void carriesMqttOnAWebSocket() throws Exception {
        var sensor = webSocketClient(SENSOR);
        var filter = webSocketClient(FILTER);
        var calls = new LinkedBlockingQueue<Mqtt3Publish>();
        filter.publishes(MqttGlobalPublishFilter.ALL, calls::add);
        filter.subscribeWith()
                .topicFilter("$iothub/methods/POST/#")
                .qos(MqttQos.AT_LEAST_ONCE)
                .send()
                .get(10, SECONDS);

        sensor.publishWith()
                .topic("devices/edge-1/modules/sensor/messages/events/")
                .qos(MqttQos.AT_LEAST_ONCE)
                .payload("x".repeat(200_000).getBytes(UTF_8))
                .send()
                .get(10, SECONDS);
        var answer = http.sendAsync(request(METHODS, CALL, SENSOR, token(SENSOR)), BodyHandlers.ofString());
        var rid = calls.poll(10, SECONDS).getTopic().toString().split("rid=", -1)[1];
        var _ = filter.publishWith()
                .topic("$iothub/methods/res/200/?$rid=" + rid)
                .send();

        assertThat(answer.get(10, SECONDS).body()).isEqualTo("{\"status\":200,\"payload\":null}");
        assertThat(hub.intake.messages.getFirst().body()).hasSize(200_000);
        sensor.disconnect().get(10, SECONDS);
        await().atMost(RunningHub.soon()).until(() -> !hub.shown.get(SENSOR).connected());
    }

    @Test
    void aWebSocketIsDrainedWhenItsPortStops() throws Exception {
        var sensor = webSocketClient(SENSOR);
        hub.intake.hold = true;
        var sent = sensor.publishWith()
                .topic("devices/edge-1/modules/sensor/messages/events/")
                .qos(MqttQos.AT_LEAST_ONCE)
                .send();
        await().atMost(RunningHub.soon()).until(() -> hub.intake.held.size() == 1);

        var stopped = Future.join(hub.http.stop(), hub.front.stop());
        await().atMost(RunningHub.soon())
                .untilAsserted(() -> assertThatThrownBy(this::open).isInstanceOf(ConnectException.class));
        hub.intake.held.getFirst().complete(null);

        sent.get(10, SECONDS);
        stopped.await(10, SECONDS);
    }

    @Test
    void answersPingsAndClosesProperly() throws Exception {
        var heard = new LinkedBlockingQueue<String>();
        var socket = http.newWebSocketBuilder()
                .subprotocols("mqtt")
                .buildAsync(webSocketUri("/$iothub/websocket?iothub-no-client-cert=true"), new Heard(heard))
                .get(10, SECONDS);

        socket.sendPing(ByteBuffer.wrap(new byte[] {7})).get(10, SECONDS);
        assertThat(heard.poll(10, SECONDS)).isEqualTo("pong 1");
        var _ = socket.sendText("MQTT is bytes", true);
        assertThat(heard.poll(10, SECONDS)).isEqualTo("close 1003");
    }

    @Test
    void sendsNoEmptyFrameWhenItSaysGoodbye() throws Exception {
        var heard = new LinkedBlockingQueue<String>();
        var socket = http.newWebSocketBuilder()
                .subprotocols("AMQPWSB10")
                .buildAsync(webSocketUri("/$iothub/websocket"), new Heard(heard))
                .get(10, SECONDS);

        socket.sendBinary(ByteBuffer.wrap("no AMQP at all".getBytes(UTF_8)), true)
                .get(10, SECONDS);

        // Java's SDK does not see what follows an empty frame: the close of AMQP, in the end that of its socket
        await().atMost(RunningHub.soon()).until(() -> heard.contains("close 1001"));
        assertThat(heard).doesNotContain("binary 0").anyMatch(what -> what.startsWith("binary"));
    }

    @Test
    void aWebSocketThatIsGoneCountsNoMore() throws Exception {
        for (var opened = 0; opened <= RunningHub.MAX_CONNECTIONS; opened++) {
            var heard = new LinkedBlockingQueue<String>();
            var socket = http.newWebSocketBuilder()
                    .subprotocols("mqtt")
                    .buildAsync(webSocketUri("/$iothub/websocket"), new Heard(heard))
                    .get(10, SECONDS);
            var _ = socket.sendText("MQTT is bytes", true);
            assertThat(heard.poll(10, SECONDS)).isEqualTo("close 1003");
            socket.abort();
        }
    }

    @Test
    void refusesAWebSocketThatDoesNotAskForTheUpgrade() throws Exception {
        try (var socket = open()) {
            socket.getOutputStream()
                    .write(
                            ("GET /$iothub/websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n")
                                    .getBytes(UTF_8));

            assertThat(statusLine(socket)).isEqualTo("HTTP/1.1 400 Bad Request");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"MQTT | mqtt", "chat, AmqpWsb10 | AMQPWSB10"})
    void aWebSocketsProtocolMayBeSpeltInAnyCase(String offered, String answered) throws Exception {
        try (var socket = open()) {
            socket.getOutputStream()
                    .write(("GET /$iothub/websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                                    + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: "
                                    + offered
                                    + "\r\n\r\n")
                            .getBytes(UTF_8));
            var answer = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));

            assertThat(answer.readLine()).isEqualTo("HTTP/1.1 101 Switching Protocols");
            assertThat(answer.lines().takeWhile(line -> !line.isEmpty()))
                    .contains("Sec-WebSocket-Protocol: " + answered);
        }
    }

    @Test
    void refusesAWebSocketOfAnotherProtocol() {
        assertThatThrownBy(() -> http.newWebSocketBuilder()
                        .subprotocols("chat")
                        .buildAsync(webSocketUri("/"), new WebSocket.Listener() {})
                        .get(10, SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        WebSocketHandshakeException.class,
                        refused ->
                                assertThat(refused.getResponse().statusCode()).isEqualTo(400));
    }

    private HttpResponse<String> call(String path, String body, Identity caller, String authorization)
            throws IOException, InterruptedException {
        return http.send(request(path, body, caller, authorization), BodyHandlers.ofString());
    }

    private HttpRequest request(String path, String body, Identity caller, String authorization) {
        var request = HttpRequest.newBuilder(uri(path))
                .header("Authorization", authorization)
                .POST(BodyPublishers.ofString(body));
        if (caller != null) {
            request.header("x-ms-edge-moduleId", caller.path());
        }
        return request.build();
    }

    private Socket open() throws IOException {
        var socket = http.sslContext().getSocketFactory().createSocket(RunningHub.HOST, hub.httpsPort);
        socket.setSoTimeout(10_000);
        // the hub counts from the end of the handshake
        ((SSLSocket) socket).startHandshake();
        return socket;
    }

    /** A call without its body. */
    private static byte[] head(String authorization, int length) {
        return ("POST " + METHODS + " HTTP/1.1\r\nHost: localhost\r\nx-ms-edge-moduleId: " + SENSOR.path()
                        + "\r\nAuthorization: " + authorization + "\r\nContent-Length: " + length + "\r\n\r\n")
                .getBytes(UTF_8);
    }

    private static String statusLine(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)).readLine();
    }

    private URI uri(String path) {
        return URI.create("https://localhost:" + hub.httpsPort + path);
    }

    private URI webSocketUri(String path) {
        return URI.create("wss://localhost:" + hub.httpsPort + path);
    }

    private String token(Identity identity) {
        return hub.token(identity, Instant.now().plusSeconds(3600));
    }

    private static MethodTarget answering(int status, String payload) {
        return _ -> CompletableFuture.completedFuture(new MethodAnswer(status, payload.getBytes(UTF_8)));
    }

    private Mqtt3AsyncClient webSocketClient(Identity identity) throws Exception {
        var client = MqttClient.builder()
                .useMqttVersion3()
                .identifier(identity.path())
                .serverHost(RunningHub.HOST)
                .serverPort(hub.httpsPort)
                .webSocketConfig()
                .serverPath("$iothub/websocket")
                .applyWebSocketConfig()
                .sslConfig(MqttClientSslConfig.builder()
                        .trustManagerFactory(TestCertificates.trust(hub.certificate))
                        .build())
                .simpleAuth()
                .username("localhost/" + identity.path() + "/?api-version=2021-04-12")
                .password(token(identity).getBytes(UTF_8))
                .applySimpleAuth()
                .buildAsync();
        client.connect().get(10, SECONDS);
        return client;
    }

    private record Heard(LinkedBlockingQueue<String> what) implements WebSocket.Listener {
        @Override
        public CompletableFuture<?> onPong(WebSocket socket, ByteBuffer message) {
            what.add("pong " + message.remaining());
            socket.request(1);
            return null;
        }

        @Override
        public CompletableFuture<?> onBinary(WebSocket socket, ByteBuffer bytes, boolean last) {
            what.add("binary " + bytes.remaining());
            socket.request(1);
            return null;
        }

        @Override
        public CompletableFuture<?> onClose(WebSocket socket, int status, String reason) {
            what.add("close " + status);
            return null;
        }
    }
}
