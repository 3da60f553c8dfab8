package dev.selvedge.hub.delivery;

import java.util.concurrent.CompletionStage;

/**
 * What the pump of one endpoint sends to: a connected module's input, or the upstream. {@link #send} is called on the pump's thread, in order,
 * with at most {@link #window} sends unanswered.
 */
public interface Receiver {
    /**
     * Sends one message. Completes when the receiver has taken responsibility for it. {@link RejectedException} and {@link ReturnedException} are
     * answers of the receiver about this message; every other failure of the answer means that it may not have arrived, says nothing of the message,
     * and the pump tries again later for as long as it takes. To throw, since it cannot be put into a packet, is to return it.
     */
    CompletionStage<Void> send(Delivery delivery);

    /** How many sends may be unanswered at once; at least 1. */
    int window();

    /** The receiver looked at the message and will never take it: it goes into quarantine. */
    final class RejectedException extends Exception {
        public RejectedException(String reason) {
            super(reason);
        }
    }

    /** The receiver looked at the message and gave it back for now; when it does so again and again, it may be the message. */
    final class ReturnedException extends Exception {
        public ReturnedException(String reason) {
            super(reason);
        }
    }
}
