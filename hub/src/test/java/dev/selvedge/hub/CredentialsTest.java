package dev.selvedge.hub;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import com.hivemq.client.mqtt.mqtt3.exceptions.Mqtt3ConnAckException;
import dev.selvedge.hub.method.MethodAnswer;
import dev.selvedge.hub.security.Tokens;
import dev.selvedge.hub.tls.TestCertificates;
import dev.selvedge.identity.CertificateName;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Credentials.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static dev.selvedge.hub.RunningHub.FILTER;
import static dev.selvedge.hub.RunningHub.HOST;
import static dev.selvedge.hub.RunningHub.SENSOR;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.CompletableFuture.completedFuture;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/** How clients prove themselves while what is good changes. Nothing here needs a network beyond the hub. */
@Timeout(60)
class CredentialsTest {
    private static final Credentials BOTH = new Credentials(Kind.KEY, List.of("2", "1"), true);
    private static final Credentials CERTIFICATE = new Credentials(Kind.CERTIFICATE, List.of("1"), true);

    @TempDir
    Path folder;

    private RunningHub hub;

    @BeforeEach
    void start() throws Exception {
        hub = new RunningHub(folder).provisioned();
    }

    @AfterEach
    void stop() throws Exception {
        hub.close();
    }

    @Test
    void aKeyIsReplacedWithoutAnInterruption() throws Exception {
        var first = hub.client(SENSOR, SENSOR.path(), token("1"));
        connect(first);

        change(BOTH, 2);
        publish(first);
        var second = hub.client(SENSOR, SENSOR.path(), token("2"));
        connect(second);
        change(Credentials.ofKey("2"), 3);
        publish(second);

        assertThatThrownBy(() -> connect(hub.client(SENSOR, SENSOR.path(), token("1"))))
                .hasCauseInstanceOf(Mqtt3ConnAckException.class);
        publish(second);
        second.disconnect().get(10, SECONDS);
    }

    @Test
    void whoShowedWhatIsNotGoodAnyMoreMustGoAndKeepsItsSession() throws Exception {
        var sensor = hub.client(SENSOR, SENSOR.path(), token("1"));
        connect(sensor);
        sensor.subscribeWith()
                .topicFilter("$iothub/methods/POST/#")
                .qos(MqttQos.AT_LEAST_ONCE)
                .send()
                .get(10, SECONDS);

        change(Credentials.ofKey("2"), 2);

        await().atMost(RunningHub.soon()).until(() -> !hub.shown.get(SENSOR).connected());
        var again = hub.client(SENSOR, SENSOR.path(), token("2"));
        assertThat(again.connectWith()
                        .cleanSession(false)
                        .send()
                        .get(10, SECONDS)
                        .isSessionPresent())
                .isTrue();
        again.disconnect().get(10, SECONDS);
    }

    @Test
    void whoIsDisabledMustGoAndMayComeBackLater() throws Exception {
        connect(hub.client(SENSOR));

        change(new Credentials(Kind.KEY, List.of("1"), false), 2);

        await().atMost(RunningHub.soon()).until(() -> !hub.shown.get(SENSOR).connected());
        assertThatThrownBy(() -> connect(hub.client(SENSOR))).hasCauseInstanceOf(Mqtt3ConnAckException.class);
        change(Credentials.DEFAULT, 3);
        var again = hub.client(SENSOR);
        connect(again);
        again.disconnect().get(10, SECONDS);
    }

    @Test
    void aCertificateOfTheSitesAuthorityIsEnough() throws Exception {
        change(CERTIFICATE, 2);
        var keys = TestCertificates.client(new CertificateName(SENSOR, "1"));

        var sensor = client(keys);
        connect(sensor);
        publish(sensor);
        sensor.disconnect().get(10, SECONDS);
        assertThat(call(keys)).isEqualTo(200);

        assertThatThrownBy(() -> connect(hub.client(SENSOR))).hasCauseInstanceOf(Mqtt3ConnAckException.class);
    }

    @Test
    void aCertificateOfAnotherOneOrOfNobodyIsNot() throws Exception {
        change(CERTIFICATE, 2);

        assertThatThrownBy(() -> connect(client(TestCertificates.client(new CertificateName(SENSOR, "2")))))
                .hasCauseInstanceOf(Mqtt3ConnAckException.class);
        assertThatThrownBy(() -> connect(client(TestCertificates.client(new CertificateName(FILTER, "1")))))
                .hasCauseInstanceOf(Mqtt3ConnAckException.class);
        assertThatThrownBy(() -> connect(client(TestCertificates.forged(new CertificateName(SENSOR, "1")))));
        assertThat(hub.shown.get(SENSOR).connected()).isFalse();
    }

    private void change(Credentials credentials, long version) throws Exception {
        hub.credentials(credentials);
        hub.desired(SENSOR, version, "{\"interval\":5}");
        await().atMost(RunningHub.soon()).until(() -> hub.shown.get(SENSOR).desiredVersion() == version);
    }

    private String token(String generation) {
        return Tokens.token(
                HOST,
                SENSOR,
                hub.master.derive(SENSOR, generation),
                Instant.now().plusSeconds(3600));
    }

    private static void connect(Mqtt3AsyncClient client) throws Exception {
        client.connectWith().cleanSession(false).send().get(10, SECONDS);
    }

    private static void publish(Mqtt3AsyncClient client) throws Exception {
        client.publishWith()
                .topic("devices/edge-1/modules/sensor/messages/events/")
                .qos(MqttQos.AT_LEAST_ONCE)
                .payload("x".getBytes(UTF_8))
                .send()
                .get(10, SECONDS);
    }

    private Mqtt3AsyncClient client(KeyManagerFactory keys) throws Exception {
        return MqttClient.builder()
                .useMqttVersion3()
                .identifier(SENSOR.path())
                .serverHost(HOST)
                .serverPort(hub.port)
                .sslConfig(MqttClientSslConfig.builder()
                        .trustManagerFactory(TestCertificates.trust(hub.certificate))
                        .keyManagerFactory(keys)
                        .build())
                .simpleAuth()
                .username(HOST + "/" + SENSOR.path() + "/?api-version=2021-04-12")
                .applySimpleAuth()
                .buildAsync();
    }

    private int call(KeyManagerFactory keys) throws Exception {
        hub.methods.attach(FILTER, _ -> completedFuture(new MethodAnswer(200, new byte[0])));
        var context = SSLContext.getInstance("TLS");
        context.init(
                keys.getKeyManagers(), TestCertificates.trust(hub.certificate).getTrustManagers(), null);
        try (var http = HttpClient.newBuilder().sslContext(context).build()) {
            var request = HttpRequest.newBuilder(
                            URI.create("https://localhost:" + hub.httpsPort + "/twins/edge-1/modules/filter/methods"))
                    .header("x-ms-edge-moduleId", SENSOR.path())
                    .POST(BodyPublishers.ofString("{\"methodName\":\"reset\"}"))
                    .build();
            return http.send(request, BodyHandlers.ofString()).statusCode();
        }
    }
}
