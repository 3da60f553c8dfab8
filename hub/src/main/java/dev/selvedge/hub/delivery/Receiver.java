package dev.selvedge.hub.delivery;

import java.util.concurrent.CompletionStage;

/**
 * What the pump of one endpoint sends to: a connected module's input, or the upstream. {@link #send} is called on the pump's thread, in order,
 * with at most {@link #window} sends unanswered.
 */
public interface Receiver {
    /**
     * Sends one message. Completes when the receiver has taken responsibility for it. A failure means that it may not have arrived: the pump
     * tries again later, except for {@link RejectedException}, after which the message goes into quarantine.
     */
    CompletionStage<Void> send(Delivery delivery);

    /** How many sends may be unanswered at once; at least 1. */
    int window();

    /** The receiver looked at the message and will never take it. */
    final class RejectedException extends Exception {
        public RejectedException(String reason) {
            super(reason);
        }
    }
}
