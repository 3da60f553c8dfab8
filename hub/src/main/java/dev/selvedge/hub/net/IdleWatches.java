package dev.selvedge.hub.net;

import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;

/**
 * The connections of one HTTP/1.1 server, none of which may be open for too long without a request. One that waits for its answer may, however long
 * that takes: Vert.x's own limits cannot tell the two apart. Any thread, but for each connection its event loop.
 */
public final class IdleWatches {
    private final Vertx vertx;
    private final Duration first;
    private final Duration patience;
    private final Map<HttpConnection, IdleWatch> connections = new ConcurrentHashMap<>();

    /** @param patience how long a request may take to begin, and then to come as a whole */
    public IdleWatches(Vertx vertx, Duration patience) {
        this(vertx, patience, patience);
    }

    /**
     * @param first how long the first request of a connection may take to begin
     * @param patience how long another request may take to begin, and any to come as a whole
     */
    public IdleWatches(Vertx vertx, Duration first, Duration patience) {
        this.vertx = vertx;
        this.first = first;
        this.patience = patience;
    }

    /** How many connections are open. */
    public int size() {
        return connections.size();
    }

    public void opened(HttpConnection connection) {
        connections.put(connection, new IdleWatch(vertx, connection, first, patience));
        connection.closeHandler(_ -> left(connection));
    }

    /** Closes the connection that has been idle for longest. False when a request waits for its answer on each. All their event loop. */
    public boolean closeIdlest() {
        var idlest = connections.entrySet().stream()
                .filter(open -> open.getValue().idle())
                .max(Comparator.comparingLong(open -> open.getValue().idleFor()));
        idlest.ifPresent(open -> {
            left(open.getKey());
            open.getValue().giveUp();
        });
        return idlest.isPresent();
    }

    /** The head of a request came. False when its connection is not watched (any more). */
    public boolean requested(HttpServerRequest request) {
        var watch = connections.get(request.connection());
        if (watch == null) {
            return false;
        }
        watch.requested(request);
        return true;
    }

    /** It is closed, or something else is spoken on it, and who speaks that counts and watches it. */
    public void left(HttpConnection connection) {
        var watch = connections.remove(connection);
        if (watch != null) {
            watch.end();
        }
    }
}
