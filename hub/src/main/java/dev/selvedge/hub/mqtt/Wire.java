package dev.selvedge.hub.mqtt;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.Future;
import io.vertx.core.internal.net.NetSocketInternal;

/**
 * The network under one MQTT connection: packets in and out, timers, and a tap that really stops reading from the socket, so that a client that
 * sends faster than the disk takes is held back by TCP. Netty's codec on a Vert.x socket, since vertx-mqtt has no such tap. All but
 * {@link #run} belong to the connection's event loop.
 */
final class Wire {
    /** Largest packet: a message of the largest size whose topic escapes every byte of its properties. */
    static final int MAX_PACKET = 256 * 1024 + 64 * 1024 + 8;

    private static final int MAX_CLIENT_ID = 300;
    private static final int MAX_UNSENT_BYTES = 4 * 1024 * 1024;

    private final NetSocketInternal socket;
    private final ChannelHandlerContext channel;
    private final ArrayDeque<Object> held = new ArrayDeque<>();
    private final Consumer<MqttMessage> receiver;
    private boolean paused;
    private boolean closed;

    /**
     * @param receiver gets each packet, also those that could not be decoded; must not throw
     * @param onClosed called once when the socket is gone
     */
    Wire(NetSocketInternal socket, Consumer<MqttMessage> receiver, Runnable onClosed) {
        this.socket = socket;
        this.receiver = receiver;
        channel = socket.channelHandlerContext();
        channel.pipeline().addBefore("handler", "mqttEncoder", MqttEncoder.INSTANCE);
        channel.pipeline().addBefore("handler", "mqttDecoder", new MqttDecoder(MAX_PACKET, MAX_CLIENT_ID));
        socket.setWriteQueueMaxSize(MAX_UNSENT_BYTES);
        socket.messageHandler(this::arrived);
        socket.closeHandler(_ -> {
            closed = true;
            drop();
            onClosed.run();
        });
    }

    /** Runs a task on the event loop; at once when called there. Any thread. */
    void run(Runnable task) {
        var loop = channel.executor();
        if (loop.inEventLoop()) {
            task.run();
        } else {
            loop.execute(task);
        }
    }

    ScheduledFuture<?> after(Duration delay, Runnable task) {
        return channel.executor().schedule(task, Math.max(0, delay.toMillis()), TimeUnit.MILLISECONDS);
    }

    Future<Void> send(MqttMessage packet) {
        return socket.writeMessage(packet);
    }

    /** Whether the client has not read what was sent to it, beyond a bound. */
    boolean isClogged() {
        return socket.writeQueueFull();
    }

    /** Where the client is, for the log. */
    String remote() {
        return String.valueOf(socket.remoteAddress());
    }

    boolean isClosed() {
        return closed;
    }

    boolean isPaused() {
        return paused;
    }

    /** Stops reading; packets that were read already wait. */
    void pause() {
        paused = true;
        channel.channel().config().setAutoRead(false);
    }

    void resume() {
        paused = false;
        while (!paused && !held.isEmpty()) {
            deliver(held.remove());
        }
        if (!paused) {
            channel.channel().config().setAutoRead(true);
        }
    }

    void close() {
        closed = true;
        drop();
        socket.close();
    }

    private void arrived(Object packet) {
        if (closed) {
            ReferenceCountUtil.release(packet);
        } else if (paused) {
            held.add(packet);
        } else {
            deliver(packet);
        }
    }

    private void deliver(Object packet) {
        try {
            if (packet instanceof MqttMessage message) {
                receiver.accept(message);
            }
        } finally {
            ReferenceCountUtil.release(packet);
        }
    }

    private void drop() {
        while (!held.isEmpty()) {
            ReferenceCountUtil.release(held.remove());
        }
    }
}
