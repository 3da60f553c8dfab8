package dev.selvedge.hub.upstream.mqtt;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttClientTransportConfig;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAck;
import dev.selvedge.hub.tls.ClientTls;
import org.jspecify.annotations.Nullable;

/**
 * Makes the clients that connect to the broker, each for one connection. What the secret's folder holds is read for each, so that changes are seen:
 * any of username, password, ca.crt, tls.crt, tls.key.
 */
final class Dialer {
    /** Long enough for a distant peer; a kernel knocks at 0, 1, 3 and 7 seconds, and a link may come back right after the second time. */
    private static final long CONNECT_SECONDS = 2;
    /** For a peer whose answer takes longer than that. */
    private static final long CONNECT_PATIENTLY_SECONDS = 6;

    /** A prime, so that each of several addresses is tried patiently in its turn. */
    private static final int PATIENT_ONE_OF = 7;
    /** For each of TLS and MQTT: a few round trips by satellite, with losses. */
    private static final long GREETING_TIMEOUT_SECONDS = 10;

    private final boolean tls;
    private final Path secret;
    private final String clientId;
    private final LinkLoop loop;

    Dialer(boolean tls, Path secret, String clientId, LinkLoop loop) {
        this.tls = tls;
        this.secret = secret;
        this.clientId = clientId;
        this.loop = loop;
    }

    private static long connectSeconds(int attempt) {
        return attempt % PATIENT_ONE_OF == PATIENT_ONE_OF - 1 ? CONNECT_PATIENTLY_SECONDS : CONNECT_SECONDS;
    }

    /**
     * @param attempt how many came before since the last connection
     * @param onLost hears why the connection ended, or was not made
     * @throws IOException when the secret cannot be used
     */
    Mqtt5AsyncClient client(InetSocketAddress to, int attempt, Consumer<Throwable> onLost) throws IOException {
        var transport = MqttClientTransportConfig.builder()
                .serverAddress(to)
                .socketConnectTimeout(connectSeconds(attempt), TimeUnit.SECONDS)
                .mqttConnectTimeout(GREETING_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        if (tls) {
            var read = ClientTls.read(secret);
            transport = transport.sslConfig(MqttClientSslConfig.builder()
                    .trustManagerFactory(read.trust())
                    .keyManagerFactory(read.keys())
                    .handshakeTimeout(GREETING_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .build());
        }
        return Mqtt5Client.builder()
                .identifier(clientId)
                .transportConfig(transport.build())
                .executorConfig()
                .nettyExecutor(loop)
                .nettyThreads(1)
                .applyExecutorConfig()
                .addDisconnectedListener(context -> onLost.accept(context.getCause()))
                .buildAsync();
    }

    /** @throws IOException when the secret cannot be read */
    CompletionStage<Mqtt5ConnAck> connect(Mqtt5AsyncClient client, int keepAliveSeconds) throws IOException {
        var connect = client.connectWith().cleanStart(true).keepAlive(keepAliveSeconds);
        var username = read("username");
        var password = read("password");
        if (username != null) {
            var auth = connect.simpleAuth().username(username);
            connect = password == null
                    ? auth.applySimpleAuth()
                    : auth.password(password.getBytes(StandardCharsets.UTF_8)).applySimpleAuth();
        }
        return connect.send();
    }

    private @Nullable String read(String key) throws IOException {
        var file = secret.resolve(key);
        return Files.exists(file) ? Files.readString(file).strip() : null;
    }
}
