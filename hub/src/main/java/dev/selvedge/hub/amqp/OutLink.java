package dev.selvedge.hub.amqp;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

import dev.selvedge.hub.client.Departure;
import dev.selvedge.hub.client.Departure.Cause;
import dev.selvedge.hub.client.NotDeliveredException;
import dev.selvedge.hub.delivery.Receiver.RejectedException;
import dev.selvedge.hub.delivery.Receiver.ReturnedException;
import io.netty.util.concurrent.ScheduledFuture;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Modified;
import org.apache.qpid.proton.amqp.messaging.Outcome;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.amqp.transport.SenderSettleMode;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.Sender;
import org.jspecify.annotations.Nullable;

/** A link on which the hub sends: waits for credit, and for what becomes of each delivery. The connection's event loop. */
final class OutLink {
    private static final int MAX_WAITING = 1000;
    private static final int MAX_UNSENT_BYTES = 4 * 1024 * 1024;
    private static final Departure CLOGGED =
            new Departure(Cause.UNRESPONSIVE, "it does not read or gives no credit for what it is sent");

    private final Sender sender;
    private final Engine engine;
    private final Duration patience;
    private final Consumer<Departure> close;
    private final ArrayDeque<Outgoing> waiting = new ArrayDeque<>();
    private final Set<Outgoing> unsettled = new HashSet<>();
    private long lastTag;

    /**
     * @param patience how long the client may take to settle a delivery, waiting for its credit included
     * @param close ends the connection when too much waits for the client's credit or windows: 1,000 messages on this link, or 4 MiB, what waits for
     *     the windows of all sessions included
     */
    OutLink(Sender sender, Engine engine, Duration patience, Consumer<Departure> close) {
        this.sender = sender;
        this.engine = engine;
        this.patience = patience;
        this.close = close;
    }

    /**
     * Opens the link.
     *
     * @param mode whether deliveries are settled when they are sent
     */
    void open(SenderSettleMode mode) {
        sender.setSenderSettleMode(mode);
        sender.setContext(this);
        sender.open();
    }

    /**
     * Sends what needs no answer. Completes when the client has given credit for it; fails when the client goes before. When it is cancelled before,
     * it is not sent.
     */
    CompletableFuture<Void> send(byte[] message) {
        var outgoing = new Outgoing(tag(), message, true);
        waiting.add(outgoing);
        flow();
        outgoing.done.whenComplete((_, _) -> {
            if (outgoing.done.isCancelled()) {
                engine.run(() -> waiting.remove(outgoing));
            }
        });
        if (waiting.size() > MAX_WAITING || unsent() > MAX_UNSENT_BYTES) {
            close.accept(CLOGGED);
        }
        return outgoing.done;
    }

    private int unsent() {
        var bytes =
                waiting.stream().mapToInt(outgoing -> outgoing.message.length).sum();
        var connection = sender.getSession().getConnection();
        for (var session = connection.sessionHead(null, null); session != null; session = session.next(null, null)) {
            bytes += session.getOutgoingBytes();
        }
        return bytes;
    }

    /**
     * Sends. Completes when the client accepts; fails with {@link RejectedException} when it rejects or modifies with undeliverable-here, with
     * {@link ReturnedException} when it releases or modifies otherwise, and with {@link NotDeliveredException} when it does nothing for too long, or
     * goes.
     */
    CompletionStage<Void> send(byte[] tag, byte[] message) {
        var outgoing = new Outgoing(tag, message, false);
        outgoing.timer = engine.after(
                patience,
                () -> settle(outgoing, new NotDeliveredException("not settled within " + patience.toSeconds() + " s")));
        waiting.add(outgoing);
        flow();
        return outgoing.done;
    }

    /** Credit came. */
    void flow() {
        while (!waiting.isEmpty() && sender.getCredit() > 0) {
            var next = waiting.remove();
            if (!next.done.isDone()) {
                transfer(next);
            }
        }
        if (sender.getDrain() && waiting.isEmpty()) {
            sender.drained();
        }
    }

    private void transfer(Outgoing outgoing) {
        var delivery = sender.delivery(outgoing.tag);
        delivery.setContext(outgoing);
        sender.send(outgoing.message, 0, outgoing.message.length);
        if (outgoing.settled) {
            delivery.settle();
        } else {
            outgoing.delivery = delivery;
            unsettled.add(outgoing);
        }
        sender.advance();
        if (outgoing.settled) {
            outgoing.done.complete(null);
        }
    }

    /** The client said something of a delivery. */
    void updated(Delivery delivery) {
        if (!(delivery.getContext() instanceof Outgoing outgoing) || !unsettled.contains(outgoing)) {
            return;
        }
        switch (delivery.getRemoteState()) {
            case Accepted _ -> settle(outgoing, null);
            case Rejected rejected ->
                settle(
                        outgoing,
                        new RejectedException(
                                rejected.getError() == null
                                        ? "rejected"
                                        : String.valueOf(rejected.getError().getDescription())));
            case null -> {
                if (delivery.remotelySettled()) {
                    settle(outgoing, new NotDeliveredException("settled without an outcome"));
                }
            }
            case Modified modified
            when Boolean.TRUE.equals(modified.getUndeliverableHere()) ->
                settle(outgoing, new RejectedException("the client says that it is undeliverable there"));
            case Released _, Modified _ -> settle(outgoing, new ReturnedException("the client gave it back"));
            default -> settle(outgoing, new NotDeliveredException("settled with an outcome that is none"));
        }
    }

    private void settle(Outgoing outgoing, @Nullable Exception failure) {
        waiting.remove(outgoing);
        unsettled.remove(outgoing);
        if (outgoing.timer != null) {
            outgoing.timer.cancel(false);
        }
        var delivery = outgoing.delivery;
        if (delivery != null) {
            answer(delivery, failure);
            delivery.settle();
        }
        if (failure == null) {
            outgoing.done.complete(null);
        } else {
            outgoing.done.completeExceptionally(failure);
        }
    }

    /**
     * Proton says that a delivery is settled only together with a state of the hub's own. C#'s SDK waits for that after each of its outcomes, gives no
     * credit before, and fails on any state but accepted, whatever its outcome was.
     */
    private static void answer(Delivery delivery, @Nullable Exception failure) {
        if (delivery.remotelySettled()) {
            return;
        }
        if (delivery.getRemoteState() instanceof Outcome) {
            delivery.disposition(Accepted.getInstance());
        } else if (failure != null) {
            delivery.disposition(Released.getInstance());
        }
    }

    /** The client has opened another link for the same: closes this one, as edgeHub does. A link without credit would keep what waits on it. */
    void replaced() {
        sender.setContext(null);
        sender.setCondition(new ErrorCondition(AmqpException.STOLEN, "another link for the same has taken its place"));
        sender.close();
        close("the client has opened another link");
    }

    /** The link is gone. */
    void close() {
        close("the client is gone");
    }

    private void close(String why) {
        var failure = new NotDeliveredException(why);
        for (var outgoing : unsettled.toArray(Outgoing[]::new)) {
            outgoing.delivery = null;
            settle(outgoing, failure);
        }
        while (!waiting.isEmpty()) {
            settle(waiting.remove(), failure);
        }
    }

    private byte[] tag() {
        lastTag++;
        return ByteBuffer.allocate(Long.BYTES).putLong(lastTag).array();
    }

    private static final class Outgoing {
        private final byte[] tag;
        private final byte[] message;
        private final boolean settled;
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private @Nullable ScheduledFuture<?> timer;
        private @Nullable Delivery delivery;

        Outgoing(byte[] tag, byte[] message, boolean settled) {
            this.tag = tag;
            this.message = message;
            this.settled = settled;
        }
    }
}
