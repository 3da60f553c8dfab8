package dev.selvedge.hub;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import dev.selvedge.hub.tls.TestCertificates;
import dev.selvedge.hub.tls.TestCertificates.Root;
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
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/** A hub whose authority is replaced by another of the same name while clients are connected. */
@Timeout(60)
class RotationTest {
    private static final CertificateName SHOWN = new CertificateName(SENSOR, "1");

    @TempDir
    Path folder;

    private Path tls;
    private Root old;
    private Root next;
    private RunningHub hub;

    @BeforeEach
    void start() throws Exception {
        tls = folder.resolve("tls");
        old = new Root("CN=Selvedge site");
        next = new Root("CN=Selvedge site");
        old.server(tls);
        Root.trusted(tls, old);
        hub = new RunningHub(folder).provisioned();
        hub.credentials(new Credentials(Kind.CERTIFICATE, List.of("1"), true));
        hub.desired(SENSOR, 2, "{\"interval\":5}");
        await().atMost(RunningHub.soon()).until(() -> hub.shown.get(SENSOR).desiredVersion() == 2);
    }

    @AfterEach
    void stop() throws Exception {
        hub.close();
    }

    @Test
    void clientsStayConnectedWhileAuthorityAndCertificateAreReplaced() throws Exception {
        var open = client(old.client(SHOWN), old.certificate());
        connect(open);
        refused(client(next.client(SHOWN), old.certificate()));

        Root.trusted(tls, old, next);
        hub.authorities.reloadIfChanged();
        publish(open);
        assertThat(presented(old.certificate()).getIssuerX500Principal())
                .isEqualTo(old.certificate().getSubjectX500Principal());
        presented(old.certificate()).verify(old.certificate().getPublicKey());

        next.server(tls, old);
        Root.trusted(tls, next, old);
        hub.keys.reloadIfChanged();
        hub.authorities.reloadIfChanged();
        publish(open);
        for (var trust : new X509Certificate[][] {
            {old.certificate()}, {next.certificate()}, {old.certificate(), next.certificate()}
        }) {
            presented(trust).verify(next.certificate().getPublicKey());
        }

        Root.trusted(tls, next);
        hub.authorities.reloadIfChanged();
        publish(open);
        assertThat(open.getState().isConnected()).isTrue();
        assertThat(hub.intake.messages).hasSize(3);
        open.disconnect().get(10, SECONDS);
        refused(client(old.client(SHOWN), next.certificate()));
        var late = client(next.client(SHOWN), next.certificate());
        connect(late);
        publish(late);
        late.disconnect().get(10, SECONDS);
    }

    @Test
    void ofTwoAuthoritiesOfOneRootOnlyTheSitesOwnSignsForItsClients() throws Exception {
        var plant = new Root("CN=plant");
        var own = plant.below("CN=site");
        var other = plant.below("CN=other site");
        Root.trusted(tls, own);
        hub.authorities.reloadIfChanged();

        var client = client(own.client(SHOWN), old.certificate());
        connect(client);
        publish(client);
        client.disconnect().get(10, SECONDS);
        refused(client(other.client(SHOWN), old.certificate()));
        refused(client(plant.client(SHOWN), old.certificate()));
        Root.trusted(tls, plant);
        hub.authorities.reloadIfChanged();
        connect(client(other.client(SHOWN), old.certificate()));
    }

    @Test
    void aTrustThatCannotBeReadChangesNothing() throws Exception {
        for (var content : new String[] {"nothing", ""}) {
            Files.writeString(tls.resolve("ca.crt"), content);
            hub.authorities.reloadIfChanged();
        }
        Files.delete(tls.resolve("ca.crt"));
        hub.authorities.reloadIfChanged();

        var client = client(old.client(SHOWN), old.certificate());
        connect(client);
        publish(client);
        client.disconnect().get(10, SECONDS);
        refused(client(next.client(SHOWN), old.certificate()));
    }

    @Test
    void whoShowsNoCertificateIsLetInByItsKeyAllTheSame() throws Exception {
        Root.trusted(tls, next);
        hub.authorities.reloadIfChanged();

        var filter = MqttClient.builder()
                .useMqttVersion3()
                .identifier(FILTER.path())
                .serverHost(HOST)
                .serverPort(hub.port)
                .sslConfig(MqttClientSslConfig.builder()
                        .trustManagerFactory(TestCertificates.trust(old.certificate()))
                        .build())
                .simpleAuth()
                .username(HOST + "/" + FILTER.path() + "/?api-version=2021-04-12")
                .password(hub.token(FILTER, Instant.now().plusSeconds(600)).getBytes(UTF_8))
                .applySimpleAuth()
                .buildAsync();

        connect(filter);
        filter.disconnect().get(10, SECONDS);
    }

    /** What the hub shows to somebody who trusts these, in a handshake of its own. */
    private X509Certificate presented(X509Certificate... trusted) throws Exception {
        var context = SSLContext.getInstance("TLS");
        context.init(null, TestCertificates.trust(trusted).getTrustManagers(), null);
        try (var socket = (SSLSocket) context.getSocketFactory().createSocket(HOST, hub.port)) {
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    private Mqtt3AsyncClient client(KeyManagerFactory keys, X509Certificate trusted) throws Exception {
        return MqttClient.builder()
                .useMqttVersion3()
                .identifier(SENSOR.path())
                .serverHost(HOST)
                .serverPort(hub.port)
                .sslConfig(MqttClientSslConfig.builder()
                        .trustManagerFactory(TestCertificates.trust(trusted))
                        .keyManagerFactory(keys)
                        .build())
                .simpleAuth()
                .username(HOST + "/" + SENSOR.path() + "/?api-version=2021-04-12")
                .applySimpleAuth()
                .buildAsync();
    }

    private static void connect(Mqtt3AsyncClient client) throws Exception {
        client.connectWith().cleanSession(false).send().get(10, SECONDS);
    }

    private static void refused(Mqtt3AsyncClient client) {
        assertThatThrownBy(() -> connect(client)).isInstanceOf(ExecutionException.class);
    }

    private static void publish(Mqtt3AsyncClient client) throws Exception {
        client.publishWith()
                .topic("devices/edge-1/modules/sensor/messages/events/")
                .qos(MqttQos.AT_LEAST_ONCE)
                .payload("x".getBytes(UTF_8))
                .send()
                .get(10, SECONDS);
    }
}
