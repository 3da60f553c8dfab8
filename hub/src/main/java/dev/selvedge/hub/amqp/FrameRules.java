package dev.selvedge.hub.amqp;

import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.engine.impl.ProtocolTracer;
import org.apache.qpid.proton.framing.TransportFrame;

/**
 * What Proton takes from anybody and the hub does not. Proton shows each frame before it handles it; what is thrown here comes out where it is fed,
 * and the frame is not handled.
 */
final class FrameRules implements ProtocolTracer {
    /** Most deliveries of one disposition: more than any library leaves unsettled. Proton looks for each, and for ever when the last is the highest number. */
    static final int MAX_SETTLED = 2048;

    private final int maxChannel;

    /** @param maxChannel the highest channel that the hub has announced; Proton itself begins a session on any */
    FrameRules(int maxChannel) {
        this.maxChannel = maxChannel;
    }

    @Override
    public void receivedFrame(TransportFrame frame) {
        if (frame.getBody() instanceof Begin && frame.getChannel() > maxChannel) {
            throw new IllegalArgumentException(
                    "a session on channel " + frame.getChannel() + ", the highest is " + maxChannel);
        }
        if (frame.getBody() instanceof Disposition disposition) {
            check(disposition);
        }
    }

    private static void check(Disposition disposition) {
        var first = disposition.getFirst();
        var last = disposition.getLast() == null ? first : disposition.getLast();
        var deliveries = last.longValue() - first.longValue() + 1;
        if (deliveries < 1 || deliveries > MAX_SETTLED || last.equals(UnsignedInteger.MAX_VALUE)) {
            throw new IllegalArgumentException("a disposition of the deliveries from " + first + " to " + last
                    + ", it may be of " + MAX_SETTLED + " at most, and not of the highest number there is");
        }
    }

    @Override
    public void sentFrame(TransportFrame frame) {
        // what the hub says is its own
    }
}
