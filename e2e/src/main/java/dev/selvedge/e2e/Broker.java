package dev.selvedge.e2e;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.TrustManagerFactory;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import dev.selvedge.e2e.Ledger.Stream;

/** The upstream of the demo and the tests: a real Mosquitto behind a link that can be cut, and a subscriber that enters what arrives in a ledger. */
public final class Broker implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Levels of the topic sites/{deviceId}/{moduleId}/{output}. */
    private static final int DEVICE = 1;

    private static final int MODULE = 2;

    private final Shell shell;
    private final Map<String, String> info = new HashMap<>();
    private final Ledger ledger;
    private final Mqtt5BlockingClient subscriber;

    private Broker(Shell shell, Ledger ledger) throws IOException, GeneralSecurityException {
        this.shell = shell;
        this.ledger = ledger;
        for (var line : shell.run("cluster/cluster", "broker", "info").lines().toList()) {
            var equals = line.indexOf('=');
            info.put(line.substring(0, equals), line.substring(equals + 1).replace("'", ""));
        }
        var url = URI.create(get("BROKER_URL"));
        subscriber = Mqtt5Client.builder()
                .identifier("ledger-" + ProcessHandle.current().pid())
                .serverHost(url.getHost())
                .serverPort(url.getPort())
                .sslConfig(MqttClientSslConfig.builder()
                        .trustManagerFactory(trust())
                        .build())
                .simpleAuth()
                .username(user())
                .password(password().getBytes(StandardCharsets.UTF_8))
                .applySimpleAuth()
                .automaticReconnectWithDefaultConfig()
                .buildBlocking();
    }

    /** Starts the broker if it is not up and subscribes to all that arrives. */
    public static Broker start(Shell shell, Ledger ledger) {
        shell.run("cluster/cluster", "broker", "up");
        try {
            var broker = new Broker(shell, ledger);
            broker.subscribe();
            return broker;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("the broker cannot be reached", e);
        }
    }

    private void subscribe() {
        subscriber.connectWith().cleanStart(false).sessionExpiryInterval(3600).send();
        subscriber.toAsync().publishes(MqttGlobalPublishFilter.ALL, this::arrived);
        subscriber
                .subscribeWith()
                .topicFilter("sites/#")
                .qos(MqttQos.AT_LEAST_ONCE)
                .send();
    }

    private void arrived(Mqtt5Publish publish) {
        var levels = publish.getTopic().getLevels();
        try {
            var reading = JSON.readTree(publish.getPayloadAsBytes());
            if (levels.size() > MODULE && reading.hasNonNull("sequence")) {
                var source = levels.get(DEVICE) + "/" + levels.get(MODULE);
                ledger.arrived(
                        new Stream(source, reading.path("run").asText()),
                        reading.path("sequence").asLong());
            }
        } catch (IOException _) {
            // not a reading
        }
    }

    /** The link between the site and the broker goes down. */
    public void cut() {
        shell.run("cluster/cluster", "broker", "cut");
    }

    public void restore() {
        shell.run("cluster/cluster", "broker", "restore");
    }

    public String user() {
        return get("BROKER_USER");
    }

    public String password() throws IOException {
        return Files.readString(Path.of(get("BROKER_PASSWORD_FILE"))).strip();
    }

    public String ca() throws IOException {
        return Files.readString(Path.of(get("BROKER_CA")));
    }

    /** How pods reach it. */
    public String url() {
        return get("BROKER_URL_PODS");
    }

    private String get(String name) {
        var value = info.get(name);
        if (value == null) {
            throw new IllegalStateException("'cluster/cluster broker info' does not say " + name);
        }
        return value;
    }

    private TrustManagerFactory trust() throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, new char[0]);
        try (var in = Files.newInputStream(Path.of(get("BROKER_CA")))) {
            store.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory;
    }

    @Override
    public void close() {
        subscriber
                .toAsync()
                .disconnect()
                .orTimeout(5, TimeUnit.SECONDS)
                .exceptionally(_ -> null)
                .join();
    }
}
