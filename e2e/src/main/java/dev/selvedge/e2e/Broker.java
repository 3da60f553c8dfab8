package dev.selvedge.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import dev.selvedge.e2e.Ledger.Stream;

/** The upstream of the demo and the tests: a {@link Mosquitto}, and a subscriber that enters what arrives in a ledger. */
public final class Broker implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Levels of the topic sites/{deviceId}/{moduleId}/{output}. */
    private static final int DEVICE = 1;

    private static final int MODULE = 2;
    private static final int LATEST = 3;

    private final Mosquitto mosquitto;
    private final Ledger ledger;
    private final Mqtt5BlockingClient subscriber;
    private final Deque<String> latest = new ConcurrentLinkedDeque<>();

    private Broker(Mosquitto mosquitto, Ledger ledger) throws IOException, GeneralSecurityException {
        this.mosquitto = mosquitto;
        this.ledger = ledger;
        subscriber = Mqtt5Client.builder()
                .identifier("ledger-" + UUID.randomUUID())
                .serverHost("127.0.0.1")
                .serverPort(mosquitto.door())
                .sslConfig(MqttClientSslConfig.builder()
                        .trustManagerFactory(Trust.in(mosquitto.ca()))
                        .build())
                .simpleAuth()
                .username(mosquitto.user())
                .password(mosquitto.password().getBytes(StandardCharsets.UTF_8))
                .applySimpleAuth()
                .automaticReconnect()
                .initialDelay(200, TimeUnit.MILLISECONDS)
                .maxDelay(1, TimeUnit.SECONDS)
                .applyAutomaticReconnect()
                .buildBlocking();
    }

    /** Starts the broker if it is not up and subscribes to all that arrives. */
    public static Broker start(Shell shell, Cluster cluster, Ledger ledger) {
        var mosquitto = cluster.isLocal() ? new LocalMosquitto(shell) : new PodMosquitto(shell, cluster);
        try {
            var broker = new Broker(mosquitto, ledger);
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
        latest.addLast(publish.getTopic() + " " + new String(publish.getPayloadAsBytes(), StandardCharsets.UTF_8));
        if (latest.size() > LATEST) {
            latest.removeFirst();
        }
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

    /** The last few messages that arrived, each as {@code topic payload}. */
    public List<String> latest() {
        return List.copyOf(latest);
    }

    /** The link between the site and the broker goes down. */
    public void cut() {
        mosquitto.cut();
    }

    public void restore() {
        mosquitto.restore();
    }

    public String user() {
        return mosquitto.user();
    }

    public String password() {
        return mosquitto.password();
    }

    public String ca() {
        return mosquitto.ca();
    }

    /** How pods reach it. */
    public String url() {
        return mosquitto.url();
    }

    @Override
    public void close() {
        subscriber
                .toAsync()
                .disconnect()
                .orTimeout(5, TimeUnit.SECONDS)
                .exceptionally(_ -> null)
                .join();
        mosquitto.close();
    }
}
