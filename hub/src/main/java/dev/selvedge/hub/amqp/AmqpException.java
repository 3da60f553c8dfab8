package dev.selvedge.hub.amqp;

import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;

/** What a client did that cannot be done, with the condition that tells it so (edgeHub's conditions, in AmqpErrorMapper). */
final class AmqpException extends Exception {
    static final Symbol UNAUTHORIZED = Symbol.valueOf("amqp:unauthorized-access");
    static final Symbol NOT_FOUND = Symbol.valueOf("amqp:not-found");
    static final Symbol NOT_ALLOWED = Symbol.valueOf("amqp:not-allowed");
    static final Symbol DECODE = Symbol.valueOf("amqp:decode-error");
    static final Symbol LIMIT = Symbol.valueOf("amqp:resource-limit-exceeded");
    static final Symbol TOO_LARGE = Symbol.valueOf("amqp:link:message-size-exceeded");
    /** The one condition, by its name a link's, on which the SDKs for Java and Node.js both connect again; on most others one gives up for good. */
    static final Symbol COME_BACK = Symbol.valueOf("amqp:link:detach-forced");

    static final Symbol FORCED = Symbol.valueOf("amqp:connection:forced");
    static final Symbol STOLEN = Symbol.valueOf("amqp:link:stolen");

    private final Symbol condition;

    AmqpException(Symbol condition, String description) {
        super(description);
        this.condition = condition;
    }

    ErrorCondition condition() {
        return new ErrorCondition(condition, getMessage());
    }

    /** The outcome of a delivery that cannot be taken. */
    Rejected rejected() {
        var rejected = new Rejected();
        rejected.setError(condition());
        return rejected;
    }
}
