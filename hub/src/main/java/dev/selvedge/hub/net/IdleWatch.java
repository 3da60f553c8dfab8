package dev.selvedge.hub.net;

import java.time.Duration;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;

/**
 * Closes one connection on which no whole request comes for too long; who does not read the last answer for as long again, does not get it. While a
 * request waits for its answer the connection is not idle, however long that takes. The connection's event loop.
 */
final class IdleWatch {
    private final Vertx vertx;
    private final HttpConnection connection;
    private final Duration patience;
    private long timer;
    private long idleSince = System.nanoTime();
    private boolean waits;
    private boolean ended;

    /**
     * @param first how long the first request may take to begin
     * @param patience how long another request may take to begin, and any to come as a whole
     */
    IdleWatch(Vertx vertx, HttpConnection connection, Duration first, Duration patience) {
        this.vertx = vertx;
        this.connection = connection;
        this.patience = patience;
        start(first);
    }

    /** Whether no request waits for its answer. */
    boolean idle() {
        return !waits;
    }

    /** For how long it has been idle, in nanoseconds. */
    long idleFor() {
        return System.nanoTime() - idleSince;
    }

    /** The head of a request came. */
    void requested(HttpServerRequest request) {
        idleSince = System.nanoTime();
        stop();
        start(patience);
        var response = request.response();
        request.end().onSuccess(_ -> {
            if (!response.ended()) {
                waits = true;
                stop();
            }
        });
        response.endHandler(_ -> {
            waits = false;
            idleSince = System.nanoTime();
            stop();
            start(patience);
        });
    }

    /** The connection is closed, or another watches it from now on. */
    void end() {
        ended = true;
        stop();
    }

    private void start(Duration within) {
        if (!ended) {
            timer = vertx.setTimer(within.toMillis(), _ -> close());
        }
    }

    /** Vert.x waits until the client has read what it was sent before. */
    private void close() {
        connection.close();
        if (!ended) {
            timer = vertx.setTimer(patience.toMillis(), _ -> giveUp());
        }
    }

    /** Closes it now, whatever the client has not read. */
    void giveUp() {
        var channel =
                ((HttpServerConnection) connection).channelHandlerContext().channel();
        channel.unsafe().close(channel.newPromise());
    }

    private void stop() {
        vertx.cancelTimer(timer);
    }
}
