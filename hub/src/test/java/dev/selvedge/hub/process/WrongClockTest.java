package dev.selvedge.hub.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import com.hivemq.client.mqtt.mqtt3.Mqtt3Client;
import com.hivemq.client.mqtt.mqtt3.message.auth.Mqtt3SimpleAuth;
import dev.selvedge.hub.tls.ClientTls;
import io.vertx.core.Vertx;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import static org.assertj.core.api.Assertions.assertThat;

/** The clock of a hub jumps; its clients have the right time. Who is connected stays, and who comes is judged by the hub's clock. */
@Tag("process")
@Execution(ExecutionMode.CONCURRENT)
class WrongClockTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final long DAY = 86_400;
    /** Certificates of a hub without a cluster begin a day before they are made. */
    private static final int FIRST_DAY = -1;

    private static final int LAST_DAY = 3648;
    private static final Duration TOKEN = Duration.ofHours(36);

    private static final List<String> KEYS = List.of("mqtt", "amqp", "token", "key");
    private static final List<String> CERTIFICATES = List.of("stays", "comes");

    @TempDir
    private Path folder;

    private FaultDisk clock;
    private HubProcess hub;
    /** Clients that came and left again. */
    private int guests;

    @Test
    void whoIsConnectedStaysAndWhoComesIsJudgedByTheHubsClock() throws Exception {
        clock = new FaultDisk(folder);
        var vertx = Vertx.vertx();
        try (var started = new HubProcess(folder, site(), clock.prefix())) {
            hub = started;
            var stays = client("stays", certificate("stays"), auth("stays", null));
            stays.connect().get(30, TimeUnit.SECONDS);
            try (var mqtt = new Publisher(hub, "mqtt", 1, 50).start();
                    var amqp = new AmqpPublisher(vertx, hub, "amqp").start()) {
                await("both publish", () -> mqtt.acknowledged() > 0 && amqp.acknowledged() > 0);
                for (var day : new int[] {0, 1, FIRST_DAY, FIRST_DAY - 1, 0, LAST_DAY, LAST_DAY + 2, 0}) {
                    jump(day);

                    assertThat(comesByToken()).as("by a token, on day %s", day).isEqualTo(day <= 1);
                    assertThat(comesByKey()).as("by its key, on day %s", day).isTrue();
                    assertThat(comesByCertificate())
                            .as("by a certificate, on day %s", day)
                            .isEqualTo(day >= FIRST_DAY && day <= LAST_DAY);
                    for (var publisher : List.of(mqtt, amqp)) {
                        var mark = publisher.acknowledged() + 3;
                        await(publisher.name() + " goes on", () -> publisher.acknowledged() >= mark);
                    }
                    publish(stays);
                }
                assertThat(mqtt.failed()).isZero();
                await("the guests to have left", () -> left() >= guests);
                assertThat(left()).as("who left").isEqualTo(guests);
            }
            stays.disconnect().get(30, TimeUnit.SECONDS);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
    }

    private void jump(int day) throws IOException {
        clock.fail("clock clock shift " + day * DAY + " -1");
    }

    private boolean comesByToken() throws Exception {
        var token = hub.connection("token").token(Instant.now().plus(TOKEN));
        return comes(client("token", authorities(), auth("token", token)));
    }

    private boolean comesByKey() throws Exception {
        return comes(
                client("key", authorities(), auth("key", hub.connection("key").key())));
    }

    private boolean comesByCertificate() throws Exception {
        return comes(client("comes", certificate("comes"), auth("comes", null)));
    }

    /** Whether the hub lets a client in; it leaves at once. */
    private boolean comes(Mqtt3AsyncClient client) throws Exception {
        try {
            client.connect().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException _) {
            return false;
        }
        client.disconnect().get(30, TimeUnit.SECONDS);
        guests++;
        return true;
    }

    private Mqtt3AsyncClient client(String module, ClientTls tls, Mqtt3SimpleAuth auth) {
        return Mqtt3Client.builder()
                .identifier(HubProcess.DEVICE + "/" + module)
                .serverHost("localhost")
                .serverPort(hub.port())
                .sslConfig(MqttClientSslConfig.builder()
                        .trustManagerFactory(tls.trust())
                        .keyManagerFactory(tls.keys())
                        .build())
                .simpleAuth(auth)
                .buildAsync();
    }

    private Mqtt3SimpleAuth auth(String module, @Nullable String password) throws IOException {
        var auth = Mqtt3SimpleAuth.builder().username(hub.connection(module).userName());
        return password == null
                ? auth.build()
                : auth.password(password.getBytes(StandardCharsets.UTF_8)).build();
    }

    private ClientTls authorities() throws IOException {
        var own = Files.createDirectories(folder.resolve("nobody"));
        Files.writeString(own.resolve("ca.crt"), Files.readString(hub.authority()));
        return ClientTls.read(own);
    }

    /** What a module shows, in a folder of its own. */
    private ClientTls certificate(String module) throws IOException {
        var own = Files.createDirectories(folder.resolve(module));
        var made = hub.data().resolve("modules");
        Files.writeString(own.resolve("ca.crt"), Files.readString(hub.authority()));
        Files.writeString(own.resolve("tls.crt"), Files.readString(made.resolve(module + ".crt")));
        Files.writeString(own.resolve("tls.key"), Files.readString(made.resolve(module + ".key")));
        return ClientTls.read(own);
    }

    private static void publish(Mqtt3AsyncClient client) throws Exception {
        client.publishWith()
                .topic("devices/" + HubProcess.DEVICE + "/modules/stays/messages/events/")
                .qos(MqttQos.AT_LEAST_ONCE)
                .payload("x".getBytes(StandardCharsets.UTF_8))
                .send()
                .get(30, TimeUnit.SECONDS);
    }

    private int left() throws IOException {
        return hub.metrics()
                .getOrDefault("edgehub_client_disconnect_total", 0.0)
                .intValue();
    }

    private static void await(String what, Callable<Boolean> condition) {
        Awaitility.await(what).atMost(SOON).pollInterval(Duration.ofMillis(20)).until(condition);
    }

    private static String site() {
        var manifests = new StringBuilder("""
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeHub
                metadata: {name: hub}
                spec: {storage: {size: 1Gi}}
                """);
        Stream.of(KEYS, CERTIFICATES).flatMap(List::stream).forEach(module -> manifests.append("""
                        ---
                        apiVersion: selvedge.dev/v1alpha1
                        kind: EdgeModule
                        metadata: {name: %s}
                        spec: {image: none}
                        """.formatted(module)));
        CERTIFICATES.forEach(module -> manifests.append("""
                        ---
                        apiVersion: selvedge.dev/v1alpha1
                        kind: ModuleTwin
                        metadata: {name: %s.edge-1}
                        spec: {deviceId: edge-1, moduleId: %1$s, authentication: {type: X509}}
                        """.formatted(module)));
        return manifests.toString();
    }
}
