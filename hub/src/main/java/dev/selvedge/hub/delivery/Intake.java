package dev.selvedge.hub.delivery;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

import dev.selvedge.hub.message.Message;

/** The way in: routes a message and stores it for every endpoint that it reaches. Any thread. */
public interface Intake {
    /**
     * Completes when the message is on disk for every endpoint (at once when no route takes it: that is counted as unrouted, and in no queue's
     * account). Fails with {@code StoreFullException} when the store refuses it, and with a
     * {@code StoreException} when the disk does: then the sender must not be told that it arrived.
     *
     * @param lifetime how long from now the message is of use, where its sender says so; a route's time to live may be shorter
     */
    CompletionStage<Void> accept(Message message, Optional<Duration> lifetime);

    /** As above, of a message that says nothing of its own end. */
    default CompletionStage<Void> accept(Message message) {
        return accept(message, Optional.empty());
    }
}
