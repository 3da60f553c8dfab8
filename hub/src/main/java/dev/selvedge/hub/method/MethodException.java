package dev.selvedge.hub.method;

/** A call that got no answer. The message says why. */
public final class MethodException extends Exception {
    private final Cause cause;

    /** Why there is no answer. */
    public enum Cause {
        /** The request breaks a rule. */
        INVALID,
        /** Nobody who serves methods is connected as that identity. */
        NOT_FOUND,
        /** Too many others wait for their client to come. */
        TOO_MANY,
        /** The client did not answer in time, or went away, or its answer is too long or broken. */
        NO_ANSWER
    }

    public MethodException(Cause cause, String message) {
        super(message);
        this.cause = cause;
    }

    public Cause why() {
        return cause;
    }
}
