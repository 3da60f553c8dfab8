package dev.selvedge.hub;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import com.hivemq.client.mqtt.mqtt3.message.auth.Mqtt3SimpleAuth;
import dev.selvedge.hub.amqp.AmqpFront;
import dev.selvedge.hub.amqp.AmqpOptions;
import dev.selvedge.hub.client.Callers;
import dev.selvedge.hub.client.Callers.Verdict;
import dev.selvedge.hub.client.ClientMeters;
import dev.selvedge.hub.client.Clients;
import dev.selvedge.hub.client.Services;
import dev.selvedge.hub.delivery.DeviceBound;
import dev.selvedge.hub.delivery.Endpoints;
import dev.selvedge.hub.delivery.Intake;
import dev.selvedge.hub.delivery.Receiver;
import dev.selvedge.hub.http.DeviceBoundDoor;
import dev.selvedge.hub.http.Doors;
import dev.selvedge.hub.http.HttpFront;
import dev.selvedge.hub.http.MethodsDoor;
import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.method.Methods;
import dev.selvedge.hub.mqtt.MqttFront;
import dev.selvedge.hub.mqtt.MqttOptions;
import dev.selvedge.hub.net.Listener;
import dev.selvedge.hub.net.Tls;
import dev.selvedge.hub.routing.RouterHolder;
import dev.selvedge.hub.security.Authenticator;
import dev.selvedge.hub.security.Tokens;
import dev.selvedge.hub.session.Sessions;
import dev.selvedge.hub.store.HeldDisk;
import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.store.QueuedRecord;
import dev.selvedge.hub.store.StoreOptions;
import dev.selvedge.hub.tls.PemKeyManager;
import dev.selvedge.hub.tls.PemTrustManager;
import dev.selvedge.hub.tls.TestCertificates;
import dev.selvedge.hub.twin.StatusSink;
import dev.selvedge.hub.twin.Twins;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Identity;
import dev.selvedge.identity.MasterKey;
import io.vertx.core.Vertx;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.TrustOptions;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

/** An MQTT front on a free port with real TLS, a real journal and real clients; what lies behind it is recorded here. */
public final class RunningHub implements AutoCloseable {
    public static final String HOST = "localhost";
    /** Of each port. */
    public static final int MAX_CONNECTIONS = 264;

    public static final String DEVICE = "edge-1";
    public static final Identity HUB = Identity.hub(DEVICE);
    public static final Identity SENSOR = Identity.module(DEVICE, "sensor");
    public static final Identity FILTER = Identity.module(DEVICE, "filter");
    /** Short, since tests wait until a stranger is cut off; long enough for a client on a loaded machine to come in. */
    private final AmqpOptions amqpOptions =
            new AmqpOptions(Duration.ofSeconds(6), Duration.ofSeconds(30), Duration.ZERO);

    private static final MqttOptions MQTT_OPTIONS = new MqttOptions(
            MqttOptions.DEFAULT.connectTimeout(),
            MqttOptions.DEFAULT.maxKeepAlive(),
            MqttOptions.DEFAULT.ackTimeout(),
            Duration.ZERO);

    private final Duration httpPatience = Duration.ofSeconds(2);
    /** Clients that are let in at once. */
    public static final int MAX_CLIENTS = 64;

    private static final ObjectMapper JSON = new ObjectMapper();

    public final Recorder intake = new Recorder();
    public final Attached endpoints = new Attached();
    public final Map<Identity, StatusSink.State> shown = new ConcurrentHashMap<>();
    /** Runs while the hub shows the state of an identity. */
    public volatile Consumer<Identity> whileShown = _ -> {};

    public final MasterKey master = MasterKey.of(new byte[32]);
    public final Twins twins;
    public final RouterHolder routers;
    public final PemKeyManager keys;
    public final PemTrustManager authorities;
    public final X509Certificate certificate;
    public final MqttFront front;
    public final Clients clients;
    public final Methods methods;
    public final int port;
    public final AmqpFront amqp;
    public final int amqpPort;
    public final HttpFront http;
    public final int httpsPort;
    /** Who may call with a bearer token: those whose token is "good"; "poor" may not; of "early" nobody knows yet. */
    private final Callers callers = (token, _, _) -> switch (token) {
        case "good" -> CompletableFuture.completedFuture(Verdict.ALLOWED);
        case "poor" -> CompletableFuture.completedFuture(Verdict.FORBIDDEN);
        case "early" -> CompletableFuture.failedFuture(new IOException("it does not answer"));
        default -> CompletableFuture.completedFuture(Verdict.UNKNOWN);
    };

    public final HeldDisk disk = new HeldDisk();
    public final Sessions sessions;
    private final MessageStore store;
    private Credentials credentials = Credentials.DEFAULT;
    private final Vertx vertx = Vertx.vertx();

    public RunningHub(Path folder) throws Exception {
        this(folder, UnaryOperator.identity());
    }

    public RunningHub(Path folder, UnaryOperator<MqttOptions> options) throws Exception {
        this(folder, options, InstantSource.system());
    }

    public RunningHub(Path folder, UnaryOperator<MqttOptions> options, InstantSource clock) throws Exception {
        certificate = TestCertificates.in(folder.resolve("tls"));
        keys = new PemKeyManager(folder.resolve("tls"));
        store = disk.open(folder.resolve("store"), DEVICE, StoreOptions.of(64 << 20), InstantSource.system());
        twins = new Twins(store.journal(), new Shown(), HUB);
        routers = new RouterHolder(twins, HUB, store.journal());
        var authenticator = new Authenticator(master, twins, Set.of(HOST, "edge.localhost"), clock);
        sessions = new Sessions(store.journal(), InstantSource.system());
        clients = new Clients(twins, routers, sessions, ClientMeters.NONE, MAX_CLIENTS);
        methods = new Methods(twins);
        var services = new Services(
                authenticator, twins, sessions, intake, endpoints, routers, methods, ClientMeters.NONE, clients);
        authorities = new PemTrustManager(folder.resolve("tls"));
        var tls = new Tls(KeyCertOptions.wrap(keys), TrustOptions.wrap(authorities));
        var address = new Listener.Address("127.0.0.1", 0, MAX_CONNECTIONS);
        front = new MqttFront(vertx, address, tls, services, options.apply(MQTT_OPTIONS));
        port = front.start().await(20, SECONDS);
        amqp = new AmqpFront(vertx, address, tls, services, amqpOptions);
        amqpPort = amqp.start().await(20, SECONDS);
        http = new HttpFront(
                vertx,
                address,
                tls,
                Doors.of(
                        authenticator,
                        callers,
                        new MethodsDoor(methods),
                        new DeviceBoundDoor(HUB, twins, DeviceBound.into(store, clock), clock)),
                Map.of("mqtt", front::accept, "AMQPWSB10", amqp::accept),
                httpPatience);
        httpsPort = http.start().await(20, SECONDS);
    }

    /** As the operator would: a sensor whose output goes to the filter, and the filter. */
    public RunningHub provisioned() throws Exception {
        desired(HUB, 1, """
                {"schemaVersion":"1.1","routes":{"r1":"FROM /messages/modules/sensor/outputs/* INTO BrokeredEndpoint(\\"/modules/filter/inputs/input1\\")"},
                 "storeAndForwardConfiguration":{"timeToLiveSecs":7200}}""");
        desired(SENSOR, 1, "{\"interval\":5}");
        desired(FILTER, 1, "{\"threshold\":20}");
        await().atMost(soon()).until(() -> routers.current().isPresent());
        return this;
    }

    public void desired(Identity identity, long version, String json) throws Exception {
        twins.desired(identity, "uid-" + identity, version, credentials, (ObjectNode) JSON.readTree(json));
    }

    /** From now on, identities that are provisioned or changed prove themselves like this. */
    public void credentials(Credentials changed) {
        credentials = changed;
    }

    public Mqtt3AsyncClient client(Identity identity) throws Exception {
        return client(identity, identity.path(), token(identity, Instant.now().plusSeconds(3600)));
    }

    public Mqtt3AsyncClient client(Identity identity, String clientId, String token) throws Exception {
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

    public String token(Identity identity, Instant expiry) {
        return Tokens.token(HOST, identity, master.derive(identity, "1"), expiry);
    }

    /** How many messages lie in the store for an endpoint. */
    public long queued(String endpoint) {
        return store.queue(endpoint).queued();
    }

    /** The first message that lies in the store for an endpoint. */
    public QueuedRecord take(String endpoint) throws IOException {
        return store.queue(endpoint).poll(1, 1 << 20).getFirst();
    }

    public static String rid() {
        return UUID.randomUUID().toString();
    }

    @Override
    public void close() throws Exception {
        front.stop().await(20, SECONDS);
        amqp.stop().await(20, SECONDS);
        http.stop().await(20, SECONDS);
        vertx.close().await(20, SECONDS);
        store.close();
    }

    /** Takes messages; completes at once, or when a test says so. */
    public static final class Recorder implements Intake {
        public final CopyOnWriteArrayList<Message> messages = new CopyOnWriteArrayList<>();
        public final CopyOnWriteArrayList<CompletableFuture<Void>> held = new CopyOnWriteArrayList<>();
        public final CopyOnWriteArrayList<Duration> lifetimes = new CopyOnWriteArrayList<>();
        public volatile boolean hold;

        @Override
        public CompletionStage<Void> accept(Message message, Optional<Duration> lifetime) {
            messages.add(message);
            lifetime.ifPresent(lifetimes::add);
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
    public static final class Attached implements Endpoints {
        public final Map<String, Receiver> receivers = new ConcurrentHashMap<>();

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
            whileShown.accept(identity);
        }

        @Override
        public void close() {}
    }

    public static Duration soon() {
        return Duration.ofSeconds(10);
    }
}
