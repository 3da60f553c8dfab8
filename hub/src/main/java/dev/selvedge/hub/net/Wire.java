package dev.selvedge.hub.net;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.Future;
import io.vertx.core.internal.net.NetSocketInternal;
import org.jspecify.annotations.Nullable;

/**
 * The network under one connection: what its pipeline decodes in and out, timers, and a tap that really stops reading from the socket, so that a
 * client that sends faster than the disk takes is held back by TCP, and so is one that does not read what it is sent. All but {@link #run} belong
 * to the connection's event loop.
 */
public final class Wire {
    private static final int MAX_UNSENT_BYTES = 4 * 1024 * 1024;
    private static final Duration LAST_WORDS_WITHIN = Duration.ofSeconds(2);

    private final NetSocketInternal socket;
    private final ChannelHandlerContext channel;
    private final ArrayDeque<Object> held = new ArrayDeque<>();
    private final Consumer<Object> receiver;
    private boolean paused;
    private boolean clogged;
    private boolean closed;

    /**
     * @param receiver gets what the pipeline decodes, and must not keep it; must not throw
     * @param onClosed called once when the socket is gone
     */
    public Wire(NetSocketInternal socket, Consumer<Object> receiver, Runnable onClosed) {
        this.socket = socket;
        this.receiver = receiver;
        channel = socket.channelHandlerContext();
        socket.setWriteQueueMaxSize(MAX_UNSENT_BYTES);
        channel.pipeline().addBefore("handler", "drain", new Drain());
        socket.messageHandler(this::arrived);
        socket.closeHandler(_ -> {
            closed = true;
            drop();
            onClosed.run();
        });
    }

    /** Runs a task on the event loop; at once when called there. Any thread. */
    public void run(Runnable task) {
        var loop = channel.executor();
        if (loop.inEventLoop()) {
            task.run();
        } else {
            loop.execute(task);
        }
    }

    /** Runs a task on the event loop after a while. */
    public ScheduledFuture<?> after(Duration delay, Runnable task) {
        return channel.executor().schedule(task, Math.max(0, delay.toMillis()), TimeUnit.MILLISECONDS);
    }

    /** Writes what the pipeline can encode. Once more than 4 MiB is unread by the client, nothing is read from it until less than half of that is. */
    public Future<Void> send(Object packet) {
        var written = socket.writeMessage(packet);
        if (isClogged()) {
            clogged = true;
            tap();
        }
        return written;
    }

    /** Whether the client has not read what was sent to it, beyond 4 MiB. */
    public boolean isClogged() {
        return channel.channel().isActive() && !channel.channel().isWritable();
    }

    /** The certificate that the client showed in its TLS handshake, which the hub's authority signed. */
    public Optional<X509Certificate> certificate() {
        return certificate(socket.sslSession());
    }

    /** The certificate that a client showed in this session. */
    public static Optional<X509Certificate> certificate(@Nullable SSLSession session) {
        try {
            return session == null ? Optional.empty() : Optional.of((X509Certificate) session.getPeerCertificates()[0]);
        } catch (SSLPeerUnverifiedException _) {
            return Optional.empty();
        }
    }

    /** Where the client is, for the log. */
    public String remote() {
        return String.valueOf(socket.remoteAddress());
    }

    public boolean isClosed() {
        return closed;
    }

    public boolean isPaused() {
        return paused;
    }

    /** Stops reading; what was read already waits. */
    public void pause() {
        paused = true;
        tap();
    }

    /** Reads on, what waited first. */
    public void resume() {
        paused = false;
        readOn();
    }

    private void readOn() {
        while (isOpen() && !held.isEmpty()) {
            deliver(held.remove());
        }
        tap();
    }

    private boolean isOpen() {
        return !paused && !clogged;
    }

    private void tap() {
        channel.channel().config().setAutoRead(isOpen());
    }

    /**
     * Closes the socket; what was read and not delivered is dropped. The client may read for 2 s what is on its way to it, then that is dropped
     * too.
     */
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        drop();
        socket.close();
        // not through the pipeline: there, TLS and WebSockets wait for the client
        var giveUp = after(
                LAST_WORDS_WITHIN,
                () -> channel.channel().unsafe().close(channel.channel().newPromise()));
        channel.channel().closeFuture().addListener(_ -> giveUp.cancel(false));
    }

    private void arrived(Object packet) {
        if (closed) {
            ReferenceCountUtil.release(packet);
        } else if (!isOpen()) {
            held.add(packet);
        } else {
            deliver(packet);
        }
    }

    private void deliver(Object packet) {
        try {
            receiver.accept(packet);
        } finally {
            ReferenceCountUtil.release(packet);
        }
    }

    private void drop() {
        while (!held.isEmpty()) {
            ReferenceCountUtil.release(held.remove());
        }
    }

    /** Hears of it when the client has read. */
    private final class Drain extends ChannelInboundHandlerAdapter {
        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            if (clogged && !isClogged()) {
                clogged = false;
                // not in the middle of what is being written
                context.executor().execute(Wire.this::readOn);
            }
            context.fireChannelWritabilityChanged();
        }
    }
}
