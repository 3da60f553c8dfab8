package dev.selvedge.hub.process;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;

import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import dev.selvedge.hub.tls.ClientTls;
import io.vertx.core.Vertx;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

/** W3C trace context, as OpenTelemetry's libraries put it into a message, comes out as it went in. */
@Tag("process")
class TraceContextTest {
    private static final Map<String, String> TRACE = Map.of(
            "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "tracestate", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE=");
    private static final String SITE = """
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeHub
            metadata: {name: hub}
            spec:
              storage: {size: 1Gi}
              routes:
                toCloud: {route: FROM /messages/* INTO $upstream}
                toFilter: {route: 'FROM /messages/* INTO BrokeredEndpoint("/modules/filter/inputs/input1")'}
              upstream: {mqtt: {url: "URL"}}
            ---
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeModule
            metadata: {name: mqtt}
            spec: {image: none}
            ---
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeModule
            metadata: {name: amqp}
            spec: {image: none}
            ---
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeModule
            metadata: {name: filter}
            spec: {image: none}
            """;

    private final List<Mqtt5Publish> atFilter = new CopyOnWriteArrayList<>();

    @TempDir
    private Path folder;

    @Test
    void passesFromModulesToInputsAndUpstreamUnchanged() throws Exception {
        var vertx = Vertx.vertx();
        try (var broker = new Mosquitto(folder.resolve("broker"));
                var receiver = new Receiver(broker.port());
                var hub = new HubProcess(folder, SITE.replace("URL", broker.url()), List.of());
                var mqtt = new Publisher(hub, "mqtt", bag());
                var amqp = new AmqpPublisher(vertx, hub, "amqp", Map.copyOf(TRACE))) {
            var filter = filter(hub);
            mqtt.start();
            amqp.start();

            for (var source : List.of(mqtt, amqp)) {
                await(() -> comes(source, receiver.arrived()) && comes(source, atFilter));
            }

            assertThat(receiver.arrived()).allSatisfy(TraceContextTest::carriesTheTrace);
            assertThat(atFilter).allSatisfy(TraceContextTest::carriesTheTrace);
            filter.disconnect();
        } finally {
            vertx.close().await(20, SECONDS);
        }
    }

    private static String bag() {
        return "traceparent=" + TRACE.get("traceparent") + "&tracestate="
                + URLEncoder.encode(TRACE.get("tracestate"), StandardCharsets.UTF_8);
    }

    private Mqtt5BlockingClient filter(HubProcess hub) throws Exception {
        var connection = hub.connection("filter");
        var client = Mqtt5Client.builder()
                .identifier(connection.identity().path())
                .serverHost("localhost")
                .serverPort(hub.port())
                .sslConfig(MqttClientSslConfig.builder()
                        .handshakeTimeout(60, SECONDS)
                        .trustManagerFactory(
                                ClientTls.read(hub.data().resolve("tls")).trust())
                        .build())
                .buildBlocking();
        client.toAsync().publishes(MqttGlobalPublishFilter.ALL, atFilter::add);
        client.connectWith()
                .simpleAuth()
                .username(connection.userName())
                .password(connection
                        .token(Instant.now().plus(Duration.ofHours(1)))
                        .getBytes(StandardCharsets.UTF_8))
                .applySimpleAuth()
                .send();
        client.subscribeWith()
                .topicFilter("devices/" + HubProcess.DEVICE + "/modules/filter/inputs/#")
                .qos(MqttQos.AT_LEAST_ONCE)
                .send();
        return client;
    }

    private static boolean comes(Source source, List<Mqtt5Publish> arrived) {
        return arrived.stream().anyMatch(publish -> Receiver.text(publish).startsWith(source.name() + " "));
    }

    private static void carriesTheTrace(Mqtt5Publish publish) {
        assertThat(Receiver.properties(publish)).containsAllEntriesOf(TRACE);
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(condition);
    }
}
