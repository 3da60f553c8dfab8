package dev.selvedge.hub;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.SSLContext;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import dev.selvedge.hub.delivery.Delivery;
import dev.selvedge.hub.delivery.Endpoints;
import dev.selvedge.hub.message.MessageCodec;
import dev.selvedge.hub.method.MethodAnswer;
import dev.selvedge.hub.tls.TestCertificates;
import dev.selvedge.identity.Identity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static dev.selvedge.hub.RunningHub.SENSOR;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.CompletableFuture.completedFuture;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** A device that is no module: telemetry, methods, and messages from outside. */
@Timeout(60)
class DownstreamDeviceTest {
    private static final Identity DEVICE = Identity.device("thermometer");
    private static final String ENDPOINT = Endpoints.deviceBound("thermometer");

    @TempDir
    Path folder;

    private RunningHub hub;
    private HttpClient http;

    @BeforeEach
    void start() throws Exception {
        hub = new RunningHub(folder).provisioned();
        hub.desired(DEVICE, 1, "{}");
        var context = SSLContext.getInstance("TLS");
        context.init(null, TestCertificates.trust(hub.certificate).getTrustManagers(), null);
        http = HttpClient.newBuilder().sslContext(context).build();
    }

    @AfterEach
    void stop() throws Exception {
        http.close();
        hub.close();
    }

    @Test
    void sendsTelemetryAsItself() throws Exception {
        var device = hub.client(DEVICE);
        device.connect().get(10, SECONDS);

        device.publishWith()
                .topic("devices/thermometer/messages/events/line=4")
                .qos(MqttQos.AT_LEAST_ONCE)
                .payload("21".getBytes(UTF_8))
                .send()
                .get(10, SECONDS);

        assertThat(hub.intake.messages).singleElement().satisfies(message -> {
            assertThat(message.sender()).isEqualTo(DEVICE);
            assertThat(message.sourcePath()).isEqualTo("/messages");
            assertThat(message.properties()).containsEntry("line", "4");
        });
        device.disconnect().get(10, SECONDS);
    }

    @Test
    void getsWhatIsSentToItWhenItComes() throws Exception {
        var answer = http.send(
                request("/devices/thermometer/messages/devicebound", "Bearer good")
                        .header("iothub-messageid", "m 1")
                        .header("iothub-app-Level", "high & dry")
                        .header("Content-Type", "text/plain")
                        .POST(BodyPublishers.ofString("open"))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(204);
        assertThat(hub.queued(ENDPOINT)).isOne();

        var device = hub.client(DEVICE);
        var inbox = new LinkedBlockingQueue<Mqtt3Publish>();
        device.publishes(MqttGlobalPublishFilter.ALL, inbox::add);
        device.connect().get(10, SECONDS);
        device.subscribeWith()
                .topicFilter("devices/thermometer/messages/devicebound/#")
                .qos(MqttQos.AT_LEAST_ONCE)
                .send()
                .get(10, SECONDS);
        var receiver = await().until(() -> hub.endpoints.receivers.get(ENDPOINT), found -> found != null);
        var taken = receiver.send(stored());

        var received = inbox.poll(10, SECONDS);
        assertThat(received.getTopic())
                .hasToString(
                        "devices/thermometer/messages/devicebound/%24.mid=m%201"
                                + "&%24.to=%2Fdevices%2Fthermometer%2Fmessages%2Fdevicebound&%24.ct=text%2Fplain&Level=high%20%26%20dry");
        assertThat(received.getPayloadAsBytes()).asString().isEqualTo("open");
        taken.toCompletableFuture().get(10, SECONDS);
        device.disconnect().get(10, SECONDS);
    }

    @Test
    void saysWhyAMessageIsNotTaken() throws Exception {
        assertThat(send("/devices/nobody/messages/devicebound", "Bearer good").statusCode())
                .isEqualTo(404);
        assertThat(send("/devices/thermometer/messages/devicebound", "Bearer poor")
                        .body())
                .contains("moduletwins/messages");
        assertThat(send("/devices/thermometer/messages/devicebound", "Bearer unknown")
                        .statusCode())
                .isEqualTo(401);
        for (var wrong : List.of("soon", "2020-01-01T00:00:00Z", "+1000000000-12-31T23:59:59Z")) {
            var request = request("/devices/thermometer/messages/devicebound", "Bearer good")
                    .header("iothub-expiry", wrong)
                    .POST(BodyPublishers.ofString("x"))
                    .build();
            assertThat(http.send(request, BodyHandlers.ofString()).statusCode())
                    .as(wrong)
                    .isEqualTo(400);
        }
        assertThat(hub.queued(ENDPOINT)).isZero();
    }

    @Test
    void aModuleMaySendToIt() throws Exception {
        var request = request(
                        "/devices/thermometer/messages/devicebound",
                        hub.token(SENSOR, Instant.now().plusSeconds(60)))
                .header("x-ms-edge-moduleId", SENSOR.path())
                .POST(BodyPublishers.ofString("x"))
                .build();

        assertThat(http.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(204);
    }

    @Test
    void servesMethods() throws Exception {
        hub.methods.attach(DEVICE, _ -> completedFuture(new MethodAnswer(200, "1".getBytes(UTF_8))));

        var answer = http.send(
                request("/twins/thermometer/methods", "Bearer good")
                        .POST(BodyPublishers.ofString("{\"methodName\":\"reset\"}"))
                        .build(),
                BodyHandlers.ofString());

        assertThat(answer.body()).isEqualTo("{\"status\":200,\"payload\":1}");
    }

    /** What lies in the store for the device, as a pump would hand it out. */
    private Delivery stored() throws Exception {
        var record = hub.take(ENDPOINT);
        return new Delivery(
                MessageCodec.decode(record.payload()),
                record.priority(),
                record.sequence(),
                record.storedAtMillis(),
                record.expiresAtMillis());
    }

    private HttpResponse<String> send(String path, String authorization) throws Exception {
        return http.send(
                request(path, authorization).POST(BodyPublishers.ofString("x")).build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path, String authorization) {
        return HttpRequest.newBuilder(URI.create("https://localhost:" + hub.httpsPort + path))
                .header("Authorization", authorization);
    }
}
