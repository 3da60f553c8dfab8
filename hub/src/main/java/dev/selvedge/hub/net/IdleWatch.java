package dev.selvedge.hub.net;

import java.time.Duration;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;

/**
 * Closes one connection on which no whole request comes for too long; who does not read the last answer for as long again, does not get it. While a request waits for its answer the connection is not idle, however
 * long that takes. The connection's event loop.
 */
final class IdleWatch {
    private final Vertx vertx;
    private final HttpConnection connection;
    private final Duration patience;
    private long timer;
    private boolean ended;

    /** @param patience how long a request may take to begin, and then to come as a whole */
    IdleWatch(Vertx vertx, HttpConnection connection, Duration patience) {
        this.vertx = vertx;
        this.connection = connection;
        this.patience = patience;
        start();
    }

    /** The head of a request came. */
    void requested(HttpServerRequest request) {
        stop();
        start();
        var response = request.response();
        request.end().onSuccess(_ -> {
            if (!response.ended()) {
                stop();
            }
        });
        response.endHandler(_ -> {
            stop();
            start();
        });
    }

    /** The connection is closed, or another watches it from now on. */
    void end() {
        ended = true;
        stop();
    }

    private void start() {
        if (!ended) {
            timer = vertx.setTimer(patience.toMillis(), _ -> close());
        }
    }

    /** Vert.x waits until the client has read what it was sent before. */
    private void close() {
        connection.close();
        if (!ended) {
            timer = vertx.setTimer(patience.toMillis(), _ -> giveUp());
        }
    }

    private void giveUp() {
        var channel =
                ((HttpServerConnection) connection).channelHandlerContext().channel();
        channel.unsafe().close(channel.newPromise());
    }

    private void stop() {
        vertx.cancelTimer(timer);
    }
}
