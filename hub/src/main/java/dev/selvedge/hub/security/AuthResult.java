package dev.selvedge.hub.security;

import java.time.Duration;
import java.time.Instant;

import dev.selvedge.identity.Identity;

/** What {@link Authenticator} found. */
public sealed interface AuthResult {
    /**
     * The client is who it says.
     *
     * @param generationId the generation of the key that signed the token
     * @param expiry when the token itself ends
     * @param remaining how long from now the token is good for, the skew included: then the connection must end
     */
    record Accepted(Identity identity, String generationId, Instant expiry, Duration remaining) implements AuthResult {}

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
