package dev.selvedge.hub.upstream.mqtt;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperties;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperty;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PublishResult;
import dev.selvedge.api.v1alpha1.MqttUpstream;
import dev.selvedge.hub.delivery.Delivery;
import dev.selvedge.hub.delivery.Endpoints;
import dev.selvedge.hub.delivery.Receiver;
import dev.selvedge.hub.delivery.Receiver.ReturnedException;
import dev.selvedge.hub.tls.ClientTls;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a connection to an MQTT 5 broker and publishes what the pump of {@code $upstream} sends, QoS 1, pipelined, in order. Each connection is
 * a new client: what a lost one did not see acknowledged is sent again by the pump, so nothing is resent behind its back. Reconnects within a
 * second or two, for ever. Any thread.
 */
public final class MqttUpstreamLink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MqttUpstreamLink.class);
    private static final int WINDOW = 128;
    private static final int KEEP_ALIVE_SECONDS = 5;
    private static final long CONNECT_TIMEOUT_SECONDS = 5;
    private static final long PUBLISH_TIMEOUT_SECONDS = 30;
    private static final long SHORTEST_PAUSE_MILLIS = 200;
    private static final long LONGEST_PAUSE_MILLIS = 1500;
    private static final int DEFAULT_PORT = 1883;
    private static final int DEFAULT_TLS_PORT = 8883;

    private final MqttUpstream broker;
    private final Path secret;
    private final String clientId;
    private final Endpoints endpoints;
    private final TopicTemplate topic;
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("selvedge-upstream").daemon().factory());
    private @Nullable Mqtt5AsyncClient client;
    private @Nullable Session session;
    private boolean closed;
    /** Why the last attempt failed: the same reason is not told again and again. */
    private String lastReason = "";

    private volatile boolean connected;
    private volatile String trouble = "";

    /**
     * @param secret folder with any of username, password, ca.crt, tls.crt, tls.key; read at each connect, so that changes are seen
     * @param clientId MQTT client id, unique at the broker
     */
    public MqttUpstreamLink(MqttUpstream broker, Path secret, String clientId, Endpoints endpoints) {
        this.broker = broker;
        this.secret = secret;
        this.clientId = clientId;
        this.endpoints = endpoints;
        topic = new TopicTemplate(
                broker.topic() == null ? "devices/{deviceId}/modules/{moduleId}/{output}" : broker.topic());
    }

    /** Starts to connect, and returns at once. */
    public void start() {
        executor.execute(this::connect);
    }

    public boolean connected() {
        return connected;
    }

    public String url() {
        return broker.url();
    }

    /** Why the last attempt failed or the last connection ended, in words; empty before the first. */
    public String trouble() {
        return trouble;
    }

    private void connect() {
        if (closed) {
            return;
        }
        try {
            var next = client();
            client = next;
            var connect = next.connectWith().cleanStart(true).keepAlive(KEEP_ALIVE_SECONDS);
            var password = secret("password");
            var username = secret("username");
            if (username != null || password != null) {
                var auth = connect.simpleAuth();
                if (username != null && password != null) {
                    connect = auth.username(username)
                            .password(password.getBytes(StandardCharsets.UTF_8))
                            .applySimpleAuth();
                } else if (username != null) {
                    connect = auth.username(username).applySimpleAuth();
                }
            }
            connect.send()
                    .orTimeout(CONNECT_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .whenComplete((_, failure) -> execute(() -> connected(next, failure)));
        } catch (IOException | IllegalArgumentException e) {
            LOG.error("the upstream cannot be used as configured: url={} reason={}", broker.url(), e.getMessage());
            trouble = "it cannot be used as configured: " + e.getMessage();
            reconnect(LONGEST_PAUSE_MILLIS);
        }
    }

    private Mqtt5AsyncClient client() throws IOException {
        var url = URI.create(broker.url());
        var tls = url.getScheme().equals("mqtts");
        var port = url.getPort() > 0 ? url.getPort() : tls ? DEFAULT_TLS_PORT : DEFAULT_PORT;
        var builder = Mqtt5Client.builder()
                .identifier(clientId)
                .serverHost(url.getHost())
                .serverPort(port)
                .executorConfig()
                .nettyThreads(1)
                .applyExecutorConfig();
        if (tls) {
            var read = ClientTls.read(secret);
            builder = builder.sslConfig(MqttClientSslConfig.builder()
                    .trustManagerFactory(read.trust())
                    .keyManagerFactory(read.keys())
                    .handshakeTimeout(CONNECT_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .build());
        }
        var link = new Mqtt5AsyncClient[1];
        builder = builder.addDisconnectedListener(context -> execute(() -> lost(link[0], context.getCause())));
        link[0] = builder.buildAsync();
        return link[0];
    }

    private void connected(Mqtt5AsyncClient of, @Nullable Throwable failure) {
        if (closed || !of.equals(client)) {
            return;
        }
        if (failure != null) {
            lost(of, failure);
            return;
        }
        connected = true;
        lastReason = "";
        LOG.info("upstream connected: url={}", broker.url());
        var next = new Session(of);
        session = next;
        endpoints.attach(Endpoints.UPSTREAM, next);
    }

    private void lost(@Nullable Mqtt5AsyncClient of, Throwable cause) {
        if (of == null || !of.equals(client)) {
            return;
        }
        client = null;
        var reason = cause.toString();
        if (connected) {
            LOG.warn("upstream lost, messages wait in the store: url={} reason={}", broker.url(), reason);
        } else if (!reason.equals(lastReason)) {
            LOG.warn("upstream not reached, messages wait in the store: url={} reason={}", broker.url(), reason);
        }
        lastReason = reason;
        trouble = Trouble.of(cause);
        connected = false;
        detach();
        of.disconnect();
        reconnect(ThreadLocalRandom.current().nextLong(SHORTEST_PAUSE_MILLIS, LONGEST_PAUSE_MILLIS));
    }

    private void detach() {
        var old = session;
        session = null;
        if (old != null) {
            endpoints.detach(Endpoints.UPSTREAM, old);
        }
    }

    private void reconnect(long pauseMillis) {
        if (!closed) {
            executor.schedule(this::connect, pauseMillis, TimeUnit.MILLISECONDS);
        }
    }

    private @Nullable String secret(String key) throws IOException {
        var file = secret.resolve(key);
        return Files.exists(file) ? Files.readString(file).strip() : null;
    }

    private void execute(Runnable work) {
        try {
            executor.execute(work);
        } catch (RejectedExecutionException _) {
            // closed meanwhile
        }
    }

    /** Disconnects; does not wait for what is unanswered. */
    @Override
    public void close() {
        execute(() -> {
            closed = true;
            connected = false;
            detach();
            var last = client;
            client = null;
            if (last != null) {
                last.disconnect();
            }
            executor.shutdown();
        });
    }

    /** One connection, as the pump sees it. */
    private final class Session implements Receiver {
        private final Mqtt5AsyncClient connection;

        private Session(Mqtt5AsyncClient connection) {
            this.connection = connection;
        }

        @Override
        public int window() {
            return WINDOW;
        }

        @Override
        public CompletionStage<Void> send(Delivery delivery) {
            var message = delivery.message();
            var publish = connection
                    .publishWith()
                    .topic(topic.topic(message))
                    .qos(MqttQos.AT_LEAST_ONCE)
                    .payload(message.body())
                    .userProperties(properties(delivery));
            var contentType = message.system().get("contentType");
            if (contentType != null) {
                publish = publish.contentType(contentType);
            }
            return publish.send()
                    .orTimeout(PUBLISH_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .thenCompose(Session::taken)
                    .exceptionallyCompose(failure -> CompletableFuture.failedFuture(meaning(failure)));
        }

        private static CompletionStage<Void> taken(Mqtt5PublishResult result) {
            return result.getError()
                    .<CompletionStage<Void>>map(CompletableFuture::failedFuture)
                    .orElseGet(() -> CompletableFuture.completedFuture(null));
        }

        /** A negative PUBACK is the broker's word about this message; anything else is the link's. */
        private static Throwable meaning(Throwable failure) {
            var cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            return cause instanceof Mqtt5PubAckException refused
                    ? new ReturnedException(
                            "the broker answers " + refused.getMqttMessage().getReasonCode())
                    : cause;
        }
    }

    private static Mqtt5UserProperties properties(Delivery delivery) {
        var message = delivery.message();
        var properties = new ArrayList<Mqtt5UserProperty>();
        properties.add(Mqtt5UserProperty.of("deviceId", message.sender().deviceId()));
        if (message.sender().moduleId() != null) {
            properties.add(Mqtt5UserProperty.of("moduleId", message.sender().moduleId()));
        }
        if (message.output() != null) {
            properties.add(Mqtt5UserProperty.of("output", message.output()));
        }
        properties.add(Mqtt5UserProperty.of("sequence", delivery.priority() + "-" + delivery.sequence()));
        var stored = Instant.ofEpochMilli(delivery.storedAtMillis());
        properties.add(Mqtt5UserProperty.of("enqueuedTime", stored.toString()));
        message.system().forEach((name, value) -> properties.add(Mqtt5UserProperty.of("$." + name, value)));
        message.properties().forEach((name, value) -> properties.add(Mqtt5UserProperty.of(name, value)));
        return Mqtt5UserProperties.of(properties);
    }
}
