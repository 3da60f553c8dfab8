package dev.selvedge.hub.amqp;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import dev.selvedge.hub.message.Message;
import dev.selvedge.identity.Identity;

/**
 * The telemetry of one delivery: a message, or those of a batch, some at a time. A message of a few bytes takes a hundred times as many when it is
 * read.
 */
final class Incoming {
    /** Most messages that are read at once. */
    static final int AT_ONCE = 2000;

    private final Identity sender;
    private final ByteBuffer bytes;
    private final boolean isBatch;

    Incoming(Identity sender, byte[] bytes, boolean isBatch) {
        this(sender, ByteBuffer.wrap(bytes), isBatch);
    }

    private Incoming(Identity sender, ByteBuffer bytes, boolean isBatch) {
        this.sender = sender;
        this.bytes = bytes;
        this.isBatch = isBatch;
    }

    /** The next messages. */
    List<Message> next() throws AmqpException {
        if (!isBatch) {
            return List.of(Telemetry.received(sender, Sections.decode(bytes)));
        }
        var messages = new ArrayList<Message>();
        while (messages.size() < AT_ONCE) {
            var message = Sections.next(bytes);
            if (message == null) {
                break;
            }
            messages.add(Telemetry.received(sender, message));
        }
        return messages;
    }

    boolean hasMore() {
        return bytes.hasRemaining();
    }

    /** Fails when a message that is still to be read cannot be taken. */
    void check() throws AmqpException {
        var rest = new Incoming(sender, bytes.duplicate(), isBatch);
        while (rest.hasMore()) {
            rest.next();
        }
    }
}
