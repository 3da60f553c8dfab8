package dev.selvedge.hub.mqtt;

import dev.selvedge.hub.client.Services;
import dev.selvedge.hub.net.Listener;
import dev.selvedge.hub.net.Tls;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetSocket;

/** The hub as modules see it that speak MQTT, 3.1.1 or 5. Any thread. */
public final class MqttFront {
    private final Listener listener;

    public MqttFront(Vertx vertx, Listener.Address address, Tls tls, Services services, MqttOptions options) {
        listener = new Listener(vertx, "MQTT", address, tls, socket -> new Connection(socket, services, options));
    }

    /** Starts to listen. Completes with the port. */
    public Future<Integer> start() {
        return listener.start();
    }

    /** Speaks MQTT on a socket that came in through another port. The socket's event loop. */
    public void accept(NetSocket socket) {
        listener.accept(socket);
    }

    /** Lets nobody in any more, settles what was received, and closes all connections. */
    public Future<Void> stop() {
        return listener.stop();
    }
}
