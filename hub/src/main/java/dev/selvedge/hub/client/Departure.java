package dev.selvedge.hub.client;

/** Why a client that was let in must go. */
public record Departure(Cause cause, String description) {
    /** Kinds of reasons, for protocols that have codes for them. */
    public enum Cause {
        /** The hub takes nobody, or nobody more, for now. */
        NOT_NOW,
        /** The same identity connected again. */
        TAKEN_OVER,
        /** The identity is gone, or is another one now. */
        NOT_AUTHORIZED,
        /** Its token expired: it may come back with a new one. */
        EXPIRED,
        /** The hub stops. */
        SHUTDOWN,
        /** The client broke a rule of its protocol. */
        PROTOCOL,
        /** The client was silent for too long, or does not read. */
        UNRESPONSIVE,
        /** The store did not take what the client sent. */
        NOT_STORED,
        /** The hub failed. */
        FAILURE,
        /** The client left. */
        LEFT
    }
}
