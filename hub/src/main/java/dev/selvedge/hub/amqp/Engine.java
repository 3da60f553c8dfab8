package dev.selvedge.hub.amqp;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import dev.selvedge.hub.net.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.internal.net.NetSocketInternal;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.engine.Collector;
import org.apache.qpid.proton.engine.Connection;
import org.apache.qpid.proton.engine.EndpointState;
import org.apache.qpid.proton.engine.Event;
import org.apache.qpid.proton.engine.ProtonJTransport;
import org.apache.qpid.proton.engine.Sasl;
import org.apache.qpid.proton.engine.Transport;
import org.jspecify.annotations.Nullable;

/**
 * Proton-j's protocol engine on a socket: bytes in, events out, bytes out, heart-beats. Takes both preludes: bare AMQP (Node, C#) and SASL with
 * ANONYMOUS or MSSBCBS (Java, C); who the client is says its token, later. The connection's event loop.
 */
final class Engine {
    /** Largest frame that the hub takes; it bounds the buffers of a connection. */
    private static final int MAX_FRAME = 16 * 1024;

    /** The highest channel: one session for each, from 0 on. */
    private static final int MAX_CHANNEL = 15;
    /** The hub announces half of it, as AMQP wants. */
    private static final int SILENCE_MILLIS = 480_000;

    private static final Duration GOODBYE_WITHIN = Duration.ofSeconds(2);

    private static final List<String> MECHANISMS = List.of("ANONYMOUS", "MSSBCBS");
    /** For a client that has shown a certificate. */
    private static final String EXTERNAL = "EXTERNAL";

    private final ProtonJTransport transport = (ProtonJTransport) Transport.Factory.create();
    private final Connection connection = Connection.Factory.create();
    private final Collector collector = Collector.Factory.create();
    private final Sasl sasl;
    private final Wire wire;
    private final List<String> mechanisms;
    private final Handler handler;
    private @Nullable ScheduledFuture<?> heartbeat;
    private boolean dispatching;
    private boolean leaving;
    private boolean failed;

    /** What the engine tells. */
    interface Handler {
        /** Something happened; throws nothing but what is a fault of the hub. */
        void handle(Event event);

        /** The bytes are no AMQP that the hub takes, or the client was silent for too long: the connection must end. */
        void broken(String why);

        /** The socket is gone. */
        void closed(String why);
    }

    Engine(NetSocketInternal socket, Handler handler) {
        this.handler = handler;
        transport.setMaxFrameSize(MAX_FRAME);
        transport.setOutboundFrameSizeLimit(MAX_FRAME);
        transport.setChannelMax(MAX_CHANNEL);
        transport.setIdleTimeout(SILENCE_MILLIS);
        transport.setEmitFlowEventOnSend(false);
        transport.setProtocolTracer(new FrameRules(MAX_CHANNEL));
        sasl = transport.sasl();
        sasl.server();
        sasl.allowSkip(true);
        connection.collect(collector);
        transport.bind(connection);
        wire = new Wire(socket, this::received, this::gone);
        mechanisms = wire.certificate().isPresent()
                ? Stream.concat(MECHANISMS.stream(), Stream.of(EXTERNAL)).toList()
                : MECHANISMS;
        sasl.setMechanisms(mechanisms.toArray(String[]::new));
    }

    Connection connection() {
        return connection;
    }

    Wire wire() {
        return wire;
    }

    ScheduledFuture<?> after(Duration delay, Runnable task) {
        return wire.after(delay, () -> {
            task.run();
            flush();
        });
    }

    /** Runs a task on the event loop and sends what it made. Any thread. */
    void run(Runnable task) {
        wire.run(() -> {
            task.run();
            flush();
        });
    }

    /** Says goodbye and closes. */
    void close(@Nullable ErrorCondition why) {
        if (connection.getLocalState() == EndpointState.UNINITIALIZED) {
            connection.open();
        }
        if (connection.getLocalState() == EndpointState.ACTIVE) {
            connection.setCondition(why);
            if (why != null) {
                endSessions(why);
            }
            connection.close();
        }
        if (heartbeat != null) {
            heartbeat.cancel(false);
        }
        if (dispatching) {
            leaving = true;
        } else {
            leave();
        }
    }

    /** Without it, Node's SDK waits for 45 s that its links close, on a connection that is closed. */
    private void endSessions(ErrorCondition why) {
        for (var session = connection.sessionHead(null, null); session != null; session = session.next(null, null)) {
            session.setCondition(why);
            session.close();
        }
    }

    private void leave() {
        flush();
        // a client that does not read never lets the rest through
        wire.after(GOODBYE_WITHIN, wire::close);
        // the close frame is on its way: what is written before the socket closes is sent
        wire.send(Unpooled.EMPTY_BUFFER).onComplete(_ -> wire.close());
    }

    /** Sends what the engine has to say. */
    void flush() {
        if (dispatching || wire.isClosed()) {
            return;
        }
        try {
            for (var pending = transport.pending(); pending > 0; pending = transport.pending()) {
                var head = transport.head();
                var size = head.remaining();
                wire.send(Unpooled.buffer(size).writeBytes(head));
                transport.pop(size);
            }
        } catch (StackOverflowError _) {
            // half a frame may be written: nothing can follow it, not even the reason
            wire.close();
            fail("what it said is nested too deep to be said again");
        }
    }

    private void received(Object decoded) {
        if (failed || !(decoded instanceof ByteBuf bytes)) {
            return;
        }
        try {
            feed(bytes);
            dispatch();
        } catch (RuntimeException e) {
            fail("it is no AMQP that the hub takes: " + e.getMessage());
        } catch (StackOverflowError _) {
            // whatever Proton was in the midst of: it is fed no more
            fail("it is no AMQP that the hub takes: nested too deep");
        }
        flush();
    }

    private void feed(ByteBuf bytes) {
        while (bytes.isReadable() && !failed) {
            if (transport.capacity() <= 0) {
                fail("bytes after the end of the connection");
                return;
            }
            var tail = transport.tail();
            tail.limit(tail.position() + Math.min(tail.remaining(), bytes.readableBytes()));
            bytes.readBytes(tail);
            transport.process();
            authenticate();
        }
    }

    private void authenticate() {
        if (sasl.getState() == Sasl.SaslState.PN_SASL_STEP || sasl.getRemoteMechanisms().length > 0) {
            var chosen = sasl.getRemoteMechanisms();
            if (chosen.length > 0 && sasl.getOutcome() == Sasl.SaslOutcome.PN_SASL_NONE) {
                var known = mechanisms.contains(chosen[0]);
                sasl.done(known ? Sasl.SaslOutcome.PN_SASL_OK : Sasl.SaslOutcome.PN_SASL_AUTH);
            }
        }
    }

    private void dispatch() {
        dispatching = true;
        try {
            for (var event = collector.peek(); event != null; event = collector.peek()) {
                switch (event.getType()) {
                    case CONNECTION_REMOTE_OPEN -> {
                        handler.handle(event);
                        beat();
                    }
                    case TRANSPORT_ERROR -> fail(String.valueOf(transport.getCondition()));
                    default -> handler.handle(event);
                }
                collector.pop();
            }
        } finally {
            dispatching = false;
            if (leaving) {
                leave();
            }
        }
    }

    private void beat() {
        if (wire.isClosed() || failed) {
            return;
        }
        var now = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        var deadline = transport.tick(now);
        flush();
        if (transport.isClosed()) {
            fail("nothing heard for " + SILENCE_MILLIS / 1000 + " s");
        } else if (deadline > 0) {
            heartbeat = wire.after(Duration.ofMillis(Math.max(1, deadline - now)), this::beat);
        }
    }

    private void fail(String why) {
        if (!failed) {
            failed = true;
            handler.broken(why);
        }
    }

    private void gone() {
        if (heartbeat != null) {
            heartbeat.cancel(false);
        }
        handler.closed("the client closed the connection");
    }
}
