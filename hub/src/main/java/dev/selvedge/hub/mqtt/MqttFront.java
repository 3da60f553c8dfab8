package dev.selvedge.hub.mqtt;

import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.hub.delivery.Endpoints;
import dev.selvedge.hub.delivery.Intake;
import dev.selvedge.hub.routing.RouterHolder;
import dev.selvedge.hub.security.Authenticator;
import dev.selvedge.hub.session.Sessions;
import dev.selvedge.hub.twin.TwinListener;
import dev.selvedge.hub.twin.Twins;
import dev.selvedge.identity.Identity;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens for MQTT 3.1.1 over TLS 1.2 and 1.3 and knows who is connected. Clients are told of changes to their twins, routes and identities
 * wherever those come from. Any thread.
 */
public final class MqttFront implements Clients {
    private static final Logger LOG = LoggerFactory.getLogger(MqttFront.class);
    private static final Set<String> PROTOCOLS = Set.of("TLSv1.2", "TLSv1.3");
    private static final Duration HANDSHAKE = Duration.ofSeconds(10);
    private static final Duration DRAIN = Duration.ofSeconds(5);
    /** Connections that may be open without a client having been let in. */
    private static final int MAX_STRANGERS = 200;

    private final Vertx vertx;
    private final MqttOptions options;
    private final KeyCertOptions certificate;
    private final Services services;
    private final Map<Identity, Connection> clients = new ConcurrentHashMap<>();
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private volatile int port;
    private volatile boolean stopping;
    private volatile @Nullable String deployment;

    public MqttFront(
            Vertx vertx,
            MqttOptions options,
            KeyCertOptions certificate,
            Authenticator authenticator,
            Twins twins,
            Sessions sessions,
            Intake intake,
            Endpoints endpoints,
            RouterHolder routers,
            MqttMeters meters) {
        this.vertx = vertx;
        this.options = options;
        this.certificate = certificate;
        services = new Services(authenticator, twins, sessions, intake, endpoints, routers, meters, options, this);
    }

    /** Starts to listen. Completes with the port. */
    public Future<Integer> start() {
        services.twins().listen(new Changes());
        services.routers().onChange(_ -> each(Conversation::routesChanged));
        // a negative port is a free one that all loops share
        var shared = options.port() == 0 ? -ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE) : options.port();
        return vertx.deployVerticle(() -> new Listener(shared), new DeploymentOptions().setInstances(options.loops()))
                .map(id -> {
                    deployment = id;
                    LOG.info("listening for MQTT: host={} port={}", options.host(), port);
                    return port;
                });
    }

    /** Lets nobody in any more, settles what was received (for at most 5 s), and closes all connections. */
    public Future<Void> stop() {
        stopping = true;
        var id = deployment;
        if (id == null) {
            return Future.succeededFuture();
        }
        var drained = CompletableFuture.allOf(
                        connections.stream().map(this::drained).toArray(CompletableFuture[]::new))
                .completeOnTimeout(null, DRAIN.toMillis(), TimeUnit.MILLISECONDS);
        return Future.fromCompletionStage(drained)
                .eventually(() -> vertx.undeploy(id))
                .mapEmpty();
    }

    private CompletableFuture<Void> drained(Connection connection) {
        connection.run(() -> connection.drain("the hub stops"));
        return connection.closed();
    }

    /** How many clients are connected. */
    public int connected() {
        return clients.size();
    }

    @Override
    public boolean admit(Identity identity, Connection connection) {
        if (stopping || (clients.size() >= options.maxClients() && !clients.containsKey(identity))) {
            return false;
        }
        var before = clients.put(identity, connection);
        if (before != null) {
            before.run(() -> before.close("the same identity connected again"));
        }
        services.twins().connection(identity, true);
        return true;
    }

    @Override
    public void gone(Identity identity, Connection connection) {
        if (clients.remove(identity, connection)) {
            services.twins().connection(identity, false);
        }
    }

    private void accept(NetSocket socket) {
        if (stopping) {
            socket.close();
            return;
        }
        if (connections.size() >= options.maxClients() + MAX_STRANGERS) {
            LOG.warn("connection not accepted, too many are open: from={}", socket.remoteAddress());
            socket.close();
            return;
        }
        var connection = new Connection((NetSocketInternal) socket, services);
        connections.add(connection);
        connection.closed().whenComplete((_, _) -> connections.remove(connection));
    }

    /** A probe that only opens the port and goes is no news. */
    private static void handshakeFailed(Throwable cause) {
        if (cause instanceof ClosedChannelException) {
            LOG.debug("connection closed before its TLS handshake");
        } else {
            LOG.info("TLS handshake failed: reason={}", cause.toString());
        }
    }

    private void each(Consumer<Conversation> action) {
        clients.values().forEach(connection -> tell(connection, action));
    }

    private static void tell(Connection connection, Consumer<Conversation> action) {
        connection.run(() -> {
            var conversation = connection.conversation();
            if (conversation != null) {
                action.accept(conversation);
            }
        });
    }

    /** One of the event loops that share the port. */
    private final class Listener extends VerticleBase {
        private final int shared;

        Listener(int shared) {
            this.shared = shared;
        }

        @Override
        public Future<NetServer> start() {
            var server = new NetServerOptions()
                    .setSsl(true)
                    .setKeyCertOptions(certificate)
                    .setEnabledSecureTransportProtocols(PROTOCOLS)
                    .setSslHandshakeTimeout(HANDSHAKE.toMillis())
                    .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
                    .setTcpNoDelay(true);
            return vertx.createNetServer(server)
                    .connectHandler(MqttFront.this::accept)
                    .exceptionHandler(MqttFront::handshakeFailed)
                    .listen(shared, options.host())
                    .onSuccess(listening -> port = listening.actualPort());
        }
    }

    private final class Changes implements TwinListener {
        @Override
        public void desiredChanged(Identity identity, ObjectNode patch, long version) {
            var connection = clients.get(identity);
            if (connection != null) {
                tell(connection, Conversation::desiredChanged);
            }
        }

        @Override
        public void revoked(Identity identity, String why) {
            var connection = clients.get(identity);
            if (connection == null) {
                forget(identity);
            } else {
                connection.run(() -> {
                    connection.close(why);
                    forget(identity);
                });
            }
        }

        private void forget(Identity identity) {
            services.sessions().clear(identity).whenComplete((_, failure) -> {
                if (failure != null) {
                    LOG.error("session of a revoked identity is still on disk: client={}", identity, failure);
                }
            });
        }
    }
}
