package dev.selvedge.hub.amqp;

import dev.selvedge.hub.client.Services;
import dev.selvedge.hub.net.Listener;
import dev.selvedge.hub.net.Tls;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetSocket;

/** The hub as modules see it that speak AMQP 1.0 with claims-based security. Any thread. */
public final class AmqpFront {
    private final Listener listener;

    public AmqpFront(Vertx vertx, Listener.Address address, Tls tls, Services services, AmqpOptions options) {
        listener = new Listener(vertx, "AMQP", address, tls, socket -> new AmqpConnection(socket, services, options));
    }

    /** Starts to listen. Completes with the port. */
    public Future<Integer> start() {
        return listener.start();
    }

    /** Speaks AMQP on a socket that came in through another port. The socket's event loop. */
    public void accept(NetSocket socket) {
        listener.accept(socket);
    }

    /** Lets nobody in any more, settles what was received, and closes all connections. */
    public Future<Void> stop() {
        return listener.stop();
    }
}
