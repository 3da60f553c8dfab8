package dev.selvedge.hub.net;

import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;

import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One port that is spoken to over TLS 1.2 or 1.3, and the connections that speak its protocol, wherever they came in. Any thread. */
public final class Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
    /** What a port that stops gives those who are connected. */
    public static final Duration DRAIN = Duration.ofSeconds(5);

    /** Other threads close the port, and nobody tells when: who is sent away before is back while it is still half open. */
    private static final long PORT_CLOSES_MILLIS = 250;

    private static final int LOOPS = 2;

    private final Vertx vertx;
    private final String protocol;
    private final Address address;
    private final Tls tls;
    private final Function<NetSocketInternal, OpenConnection> protocolOn;
    private final Set<NetServer> servers = ConcurrentHashMap.newKeySet();
    private final Set<OpenConnection> connections = ConcurrentHashMap.newKeySet();
    private final AtomicInteger strangersBytes = new AtomicInteger();
    private volatile int port;
    private volatile boolean stopping;
    private volatile @Nullable String deployment;

    /**
     * Where to listen.
     *
     * @param port 0 takes a free one
     * @param maxConnections more are closed at once
     */
    public record Address(String host, int port, int maxConnections) {}

    /**
     * @param protocol its name, for the log
     * @param protocolOn speaks the protocol on a socket; called on the socket's event loop
     */
    public Listener(
            Vertx vertx,
            String protocol,
            Address address,
            Tls tls,
            Function<NetSocketInternal, OpenConnection> protocolOn) {
        this.vertx = vertx;
        this.protocol = protocol;
        this.address = address;
        this.tls = tls;
        this.protocolOn = protocolOn;
    }

    /** Starts to listen. Completes with the port. */
    public Future<Integer> start() {
        // a negative port is a free one that all loops share
        var shared = address.port() == 0 ? -ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE) : address.port();
        return vertx.deployVerticle(() -> new Loop(shared), new DeploymentOptions().setInstances(LOOPS))
                .map(id -> {
                    deployment = id;
                    LOG.info("listening: protocol={} host={} port={}", protocol, address.host(), port);
                    return port;
                });
    }

    /**
     * Lets nobody in any more, settles what was received (for at most 5 s), and closes all connections. The port closes first: Java's SDK comes back
     * at once, is content with a port that refuses it, and gives up for good when its TLS handshake is cut.
     */
    public Future<Void> stop() {
        stopping = true;
        var id = deployment;
        if (id == null) {
            return Future.succeededFuture();
        }
        var left = servers.stream().map(server -> server.shutdown(DRAIN)).toList();
        var drained = vertx.timer(PORT_CLOSES_MILLIS, TimeUnit.MILLISECONDS)
                .compose(_ -> Future.fromCompletionStage(drained()));
        return Future.join(Stream.concat(left.stream(), Stream.of(drained)).toList())
                .eventually(() -> vertx.undeploy(id))
                .mapEmpty();
    }

    private CompletableFuture<Void> drained() {
        return CompletableFuture.allOf(
                        connections.stream().map(Listener::drained).toArray(CompletableFuture[]::new))
                .completeOnTimeout(null, DRAIN.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Speaks the protocol on a socket, also one that came in through another port. The socket's event loop. */
    public void accept(NetSocket socket) {
        if (stopping || connections.size() >= address.maxConnections()) {
            LOG.warn(
                    "connection not accepted, {}: from={}",
                    stopping ? "the hub stops" : "too many are open",
                    socket.remoteAddress());
            socket.close();
            return;
        }
        // when the port closes it is drained, not closed at once; a close, too, comes here
        socket.shutdownHandler(within -> {
            if (within.isZero()) {
                socket.close();
            }
        });
        var wire = (NetSocketInternal) socket;
        var connection = protocolOn.apply(wire);
        connections.add(connection);
        restrain(connection, wire.channelHandlerContext().pipeline());
        connection.closed().whenComplete((_, _) -> connections.remove(connection));
    }

    /** What comes off TLS passes the stranger first, also on a WebSocket. */
    private void restrain(OpenConnection connection, ChannelPipeline pipeline) {
        var stranger = new Stranger(strangersBytes);
        pipeline.addAfter(pipeline.context(SslHandler.class).name(), "stranger", stranger);
        connection.admitted().thenRun(() -> {
            if (pipeline.context(stranger) != null) {
                pipeline.remove(stranger);
            }
        });
    }

    /** Says why a handshake failed; a probe that only opens the port and goes is no news. */
    public static void handshakeFailed(Throwable cause) {
        if (cause instanceof ClosedChannelException) {
            LOG.debug("connection closed before its TLS handshake");
        } else {
            LOG.info("TLS handshake failed: reason={}", cause.toString());
        }
    }

    private static CompletableFuture<Void> drained(OpenConnection connection) {
        connection.drain("the hub stops");
        return connection.closed();
    }

    /** One of the event loops that share the port. */
    private final class Loop extends VerticleBase {
        private final int shared;

        Loop(int shared) {
            this.shared = shared;
        }

        @Override
        public Future<NetServer> start() {
            return vertx.createNetServer(tls.on(new NetServerOptions()))
                    .connectHandler(Listener.this::accept)
                    .exceptionHandler(Listener::handshakeFailed)
                    .listen(shared, address.host())
                    .onSuccess(listening -> {
                        servers.add(listening);
                        port = listening.actualPort();
                    });
        }
    }
}
