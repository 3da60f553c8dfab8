package dev.selvedge.hub.http;

import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

import dev.selvedge.hub.net.IdleWatches;
import dev.selvedge.hub.net.Listener;
import dev.selvedge.hub.net.Tls;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The port that SDKs call methods on, and that they reach through firewalls that let nothing but 443 pass: {@code POST /twins/…/methods}, and
 * WebSockets on any path, told apart by their sub-protocol (as edgeHub does). TLS 1.2 and 1.3, HTTP/1.1. Any thread.
 */
public final class HttpFront {
    private static final Logger LOG = LoggerFactory.getLogger(HttpFront.class);
    /** How long a connection may be open without a request. */
    public static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Vertx vertx;
    private final Listener.Address address;
    private final Tls tls;
    private final Doors doors;
    private final WebSocketDoor webSockets;
    private final IdleWatches connections;
    private volatile int port;
    private volatile @Nullable HttpServer server;
    private volatile @Nullable String deployment;

    /**
     * @param protocols who speaks on a WebSocket, by sub-protocol
     * @param patience how long a connection may be open without a request that waits for its answer
     */
    public HttpFront(
            Vertx vertx,
            Listener.Address address,
            Tls tls,
            Doors doors,
            Map<String, Consumer<NetSocket>> protocols,
            Duration patience) {
        this.vertx = vertx;
        this.address = address;
        this.tls = tls;
        this.doors = doors;
        connections = new IdleWatches(vertx, patience);
        webSockets = new WebSocketDoor(protocols);
    }

    /** Starts to listen. Completes with the port. */
    public Future<Integer> start() {
        return vertx.deployVerticle(Loop::new, new DeploymentOptions()).map(id -> {
            deployment = id;
            LOG.info("listening: protocol=HTTPS host={} port={}", address.host(), port);
            return port;
        });
    }

    /**
     * Lets nobody in any more. The port closes first, as a {@link Listener}'s does; WebSockets belong to the protocols that are spoken on them, which
     * are to be stopped meanwhile.
     */
    public Future<Void> stop() {
        var id = deployment;
        var listening = server;
        if (id == null || listening == null) {
            return Future.succeededFuture();
        }
        return listening.shutdown(Listener.DRAIN).eventually(() -> vertx.undeploy(id));
    }

    private void opened(HttpConnection connection) {
        if (connections.size() >= address.maxConnections()) {
            LOG.warn("connection not accepted, too many are open: from={}", connection.remoteAddress());
            connection.close();
            return;
        }
        connections.opened(connection);
    }

    private void received(HttpServerRequest request) {
        request.response().putHeader("X-Content-Type-Options", "nosniff");
        if (!connections.requested(request)) {
            return;
        }
        if (request.headers().contains(HttpHeaders.UPGRADE)) {
            webSockets.open(request, () -> connections.left(request.connection()));
        } else {
            doors.receive(request);
        }
    }

    private final class Loop extends VerticleBase {
        @Override
        public Future<HttpServer> start() {
            return vertx.createHttpServer(tls.on(new HttpServerOptions()).setUseAlpn(false))
                    .connectionHandler(HttpFront.this::opened)
                    .exceptionHandler(Listener::handshakeFailed)
                    .requestHandler(HttpFront.this::received)
                    .listen(address.port(), address.host())
                    .onSuccess(listening -> {
                        server = listening;
                        port = listening.actualPort();
                    });
        }
    }
}
