package dev.selvedge.hub.mqtt;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import com.hivemq.client.mqtt.mqtt3.message.auth.Mqtt3SimpleAuth;
import dev.selvedge.hub.delivery.Endpoints;
import dev.selvedge.hub.delivery.Intake;
import dev.selvedge.hub.delivery.Receiver;
import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.routing.RouterHolder;
import dev.selvedge.hub.security.Authenticator;
import dev.selvedge.hub.security.Tokens;
import dev.selvedge.hub.session.Sessions;
import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.store.StoreOptions;
import dev.selvedge.hub.tls.PemKeyManager;
import dev.selvedge.hub.tls.TestCertificates;
import dev.selvedge.hub.twin.StatusSink;
import dev.selvedge.hub.twin.Twins;
import dev.selvedge.identity.Identity;
import dev.selvedge.identity.MasterKey;
import io.vertx.core.Vertx;
import io.vertx.core.net.KeyCertOptions;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

/** An MQTT front on a free port with real TLS, a real journal and real clients; what lies behind it is recorded here. */
final class RunningFront implements AutoCloseable {
    static final String HOST = "localhost";
    static final String DEVICE = "edge-1";
    static final Identity HUB = Identity.hub(DEVICE);
    static final Identity SENSOR = Identity.module(DEVICE, "sensor");
    static final Identity FILTER = Identity.module(DEVICE, "filter");
    private static final ObjectMapper JSON = new ObjectMapper();

    final Recorder intake = new Recorder();
    final Attached endpoints = new Attached();
    final Map<Identity, StatusSink.State> shown = new ConcurrentHashMap<>();
    final MasterKey master = MasterKey.of(new byte[32]);
    final Twins twins;
    final RouterHolder routers;
    final PemKeyManager keys;
    final X509Certificate certificate;
    final MqttFront front;
    final int port;
    private final MessageStore store;
    private final Vertx vertx = Vertx.vertx();

    RunningFront(Path folder) throws Exception {
        this(folder, UnaryOperator.identity());
    }

    RunningFront(Path folder, UnaryOperator<MqttOptions> options) throws Exception {
        this(folder, options, InstantSource.system());
    }

    RunningFront(Path folder, UnaryOperator<MqttOptions> options, InstantSource clock) throws Exception {
        certificate = TestCertificates.in(folder.resolve("tls"));
        keys = new PemKeyManager(folder.resolve("tls"));
        store = MessageStore.open(folder.resolve("store"), DEVICE, StoreOptions.of(64 << 20), InstantSource.system());
        twins = new Twins(store.journal(), new Shown(), HUB);
        routers = new RouterHolder(twins, HUB, store.journal());
        var authenticator = new Authenticator(master, twins, Set.of(HOST, "edge.localhost"), clock);
        front = new MqttFront(
                vertx,
                options.apply(MqttOptions.of("127.0.0.1", 0)),
                KeyCertOptions.wrap(keys),
                authenticator,
                twins,
                new Sessions(store.journal()),
                intake,
                endpoints,
                routers,
                MqttMeters.NONE);
        port = front.start().await(20, SECONDS);
    }

    /** As the operator would: a sensor whose output goes to the filter, and the filter. */
    RunningFront provisioned() throws Exception {
        desired(HUB, 1, """
                {"schemaVersion":"1.1","routes":{"r1":"FROM /messages/modules/sensor/outputs/* INTO BrokeredEndpoint(\\"/modules/filter/inputs/input1\\")"},
                 "storeAndForwardConfiguration":{"timeToLiveSecs":7200}}""");
        desired(SENSOR, 1, "{\"interval\":5}");
        desired(FILTER, 1, "{\"threshold\":20}");
        await().atMost(soon()).until(() -> routers.current().isPresent());
        return this;
    }

    void desired(Identity identity, long version, String json) throws Exception {
        twins.desired(identity, "uid-" + identity, version, "1", (ObjectNode) JSON.readTree(json));
    }

    Mqtt3AsyncClient client(Identity identity) throws Exception {
        return client(identity, identity.path(), token(identity, Instant.now().plusSeconds(3600)));
    }

    Mqtt3AsyncClient client(Identity identity, String clientId, String token) throws Exception {
        return MqttClient.builder()
                .useMqttVersion3()
                .identifier(clientId)
                .serverHost(HOST)
                .serverPort(port)
                .sslConfig(MqttClientSslConfig.builder()
                        .trustManagerFactory(TestCertificates.trust(certificate))
                        .build())
                .simpleAuth(Mqtt3SimpleAuth.builder()
                        .username(HOST + "/" + identity.path() + "/?api-version=2021-04-12&DeviceClientType=test")
                        .password(token.getBytes(StandardCharsets.UTF_8))
                        .build())
                .buildAsync();
    }

    String token(Identity identity, Instant expiry) {
        return Tokens.token(HOST, identity, master.derive(identity, "1"), expiry);
    }

    static String rid() {
        return UUID.randomUUID().toString();
    }

    @Override
    public void close() throws Exception {
        front.stop().await(20, SECONDS);
        vertx.close().await(20, SECONDS);
        store.close();
    }

    /** Takes messages; completes at once, or when a test says so. */
    static final class Recorder implements Intake {
        final CopyOnWriteArrayList<Message> messages = new CopyOnWriteArrayList<>();
        final CopyOnWriteArrayList<CompletableFuture<Void>> held = new CopyOnWriteArrayList<>();
        volatile boolean hold;

        @Override
        public CompletionStage<Void> accept(Message message) {
            messages.add(message);
            var done = new CompletableFuture<Void>();
            if (hold) {
                held.add(done);
            } else {
                done.complete(null);
            }
            return done;
        }
    }

    /** Remembers who is attached. */
    static final class Attached implements Endpoints {
        final Map<String, Receiver> receivers = new ConcurrentHashMap<>();

        @Override
        public void attach(String endpoint, Receiver receiver) {
            receivers.put(endpoint, receiver);
        }

        @Override
        public void detach(String endpoint, Receiver receiver) {
            receivers.remove(endpoint, receiver);
        }
    }

    private final class Shown implements StatusSink {
        @Override
        public void changed(Identity identity, State state) {
            shown.put(identity, state);
        }

        @Override
        public void close() {}
    }

    static Duration soon() {
        return Duration.ofSeconds(10);
    }
}
