package dev.selvedge.hub.security;

import java.time.Instant;

import dev.selvedge.identity.Identity;

/** What {@link Authenticator} found. */
public sealed interface AuthResult {
    /**
     * The client is who it says.
     *
     * @param generationId the generation of the key that signed the token
     * @param until when the connection must end: the token's expiry and the skew
     */
    record Accepted(Identity identity, String generationId, Instant until) implements AuthResult {}

    /** The client is not let in. */
    record Refused(Cause cause, String reason) implements AuthResult {}

    /** What kind of refusal, for return codes and metrics. */
    enum Cause {
        /** The user name cannot be read. */
        MALFORMED,
        /** The token, the client id or the identity is not right. */
        NOT_AUTHORIZED
    }
}
