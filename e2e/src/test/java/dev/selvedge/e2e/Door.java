package dev.selvedge.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.mqtt3.Mqtt3BlockingClient;
import com.hivemq.client.mqtt.mqtt3.Mqtt3Client;
import dev.selvedge.identity.ConnectionString;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.LocalPortForward;

/** The way to a hub's MQTT port for a client outside the cluster, with what a module knows from its environment. */
final class Door implements AutoCloseable {
    private static final int MQTT = 8883;

    private final LocalPortForward forward;
    private final TrustManagerFactory trust;
    private final ConnectionString connection;

    private Door(LocalPortForward forward, TrustManagerFactory trust, ConnectionString connection) {
        this.forward = forward;
        this.trust = trust;
        this.connection = connection;
    }

    /** Opens the door of a node's hub with the connection string of a module of that node. */
    static Door open(KubernetesClient client, String module, String node) throws IOException, GeneralSecurityException {
        var name = module + "--" + node;
        Site.await(
                Duration.ofSeconds(20),
                "the Secret " + name,
                () -> client.secrets()
                                .inNamespace(Site.NAMESPACE)
                                .withName(name)
                                .get()
                        != null);
        var text = secret(client, name, "EdgeHubConnectionString");
        var hub = "edgehub--" + node;
        var trust = Trust.in(secret(client, hub + "-tls", "ca.crt"));
        var forward =
                client.pods().inNamespace(Site.NAMESPACE).withName(hub + "-0").portForward(MQTT);
        return new Door(forward, trust, ConnectionString.parse(text));
    }

    private static String secret(KubernetesClient client, String name, String key) {
        var data = client.secrets()
                .inNamespace(Site.NAMESPACE)
                .withName(name)
                .require()
                .getData();
        return new String(Base64.getDecoder().decode(data.get(key)), StandardCharsets.UTF_8);
    }

    /** The module's own {@code device/module}, which is its client id. */
    String identity() {
        return connection.identity().path();
    }

    /** A token for the module, good for an hour. */
    String token() {
        return connection.token(inAnHour());
    }

    /** The same, signed with another key (base64). */
    String token(String key) {
        return new ConnectionString(connection.gatewayHost(), connection.identity(), key).token(inAnHour());
    }

    private static Instant inAnHour() {
        return Instant.now().plus(Duration.ofHours(1));
    }

    /** Connects as a module says that it is, with a password; throws what the hub answers when it refuses. */
    Mqtt3BlockingClient connect(String identity, String password) {
        var client = Mqtt3Client.builder()
                .identifier(identity)
                .serverHost("127.0.0.1")
                .serverPort(forward.getLocalPort())
                .sslConfig(MqttClientSslConfig.builder()
                        .trustManagerFactory(trust)
                        .hostnameVerifier((_, _) -> true)
                        .build())
                .simpleAuth()
                .username(ConnectionString.hubName(connection.gatewayHost()) + "/" + identity
                        + "/?api-version=2021-04-12")
                .password(password.getBytes(StandardCharsets.UTF_8))
                .applySimpleAuth()
                .buildBlocking();
        client.connect();
        return client;
    }

    /** A TLS connection on which nothing has been said yet. */
    SSLSocket socket() throws IOException, GeneralSecurityException {
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        var socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", forward.getLocalPort());
        socket.setSoTimeout(10_000);
        socket.startHandshake();
        return socket;
    }

    @Override
    public void close() throws IOException {
        forward.close();
    }
}
