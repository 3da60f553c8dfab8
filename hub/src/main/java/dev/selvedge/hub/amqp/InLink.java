package dev.selvedge.hub.amqp;

import java.io.ByteArrayOutputStream;

import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.Receiver;

/** A link on which a client sends: collects its deliveries and keeps its credit. The connection's event loop. */
final class InLink {
    private static final int CREDIT = 100;

    private final Receiver receiver;
    private final int maxDelivery;
    private final Sink sink;
    private ByteArrayOutputStream partial = new ByteArrayOutputStream(0);

    /** Takes what came. */
    interface Sink {
        /** A whole delivery; the sink settles it unless the client did. */
        void received(Delivery delivery, byte[] bytes) throws AmqpException;
    }

    /** @param maxDelivery largest delivery that is taken, in bytes; half of it is announced */
    InLink(Receiver receiver, int maxDelivery, Sink sink) {
        this.receiver = receiver;
        this.maxDelivery = maxDelivery;
        this.sink = sink;
    }

    /**
     * Opens the link and grants credit. C's SDK packs what waits into one batch, up to the size that is announced, without the five to eight bytes
     * around each message, which itself has more; of a batch that is refused it sends nothing again.
     */
    void open() {
        receiver.setMaxMessageSize(UnsignedLong.valueOf(maxDelivery / 2));
        receiver.setContext(this);
        receiver.open();
        receiver.flow(CREDIT);
    }

    /** Something came for this link. Fails when the link must be closed. */
    void arrived() throws AmqpException {
        for (var delivery = receiver.current(); delivery != null; delivery = receiver.current()) {
            if (delivery.isAborted()) {
                whole();
                receiver.advance();
                delivery.settle();
                receiver.flow(1);
                continue;
            }
            take(delivery);
            if (delivery.isPartial()) {
                return;
            }
            var bytes = whole();
            receiver.advance();
            receiver.flow(1);
            sink.received(delivery, bytes);
        }
    }

    /**
     * Something came for a link that the hub has closed. It is read to its end all the same: what is not, keeps the session's window, and one that is
     * settled before, Proton would take for a mistake of the client.
     */
    static void drop(Receiver receiver) {
        for (var delivery = receiver.current(); delivery != null; delivery = receiver.current()) {
            receiver.recv();
            if (delivery.isPartial() && !delivery.isAborted()) {
                return;
            }
            receiver.advance();
            delivery.disposition(
                    delivery.getContext() instanceof AmqpException why ? why.rejected() : Released.getInstance());
            delivery.settle();
        }
    }

    /** Tells the client how much its session takes, if it must be told: Proton does not when it is read on a closed link. */
    void tellWindow() {
        receiver.flow(0);
    }

    /** How many bytes it keeps of a delivery that is not whole yet. */
    int held() {
        return partial.size();
    }

    /** What it keeps; it keeps that no more, nor room for as much. */
    private byte[] whole() {
        var bytes = partial.toByteArray();
        partial = new ByteArrayOutputStream(0);
        return bytes;
    }

    private void take(Delivery delivery) throws AmqpException {
        var available = delivery.available();
        if (partial.size() + available > maxDelivery) {
            var tooLarge =
                    new AmqpException(AmqpException.TOO_LARGE, "a delivery of more than " + maxDelivery + " bytes");
            delivery.setContext(tooLarge);
            throw tooLarge;
        }
        if (available > 0) {
            var chunk = new byte[available];
            partial.write(chunk, 0, Math.max(0, receiver.recv(chunk, 0, available)));
        }
    }
}
