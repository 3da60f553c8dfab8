package dev.selvedge.hub.security;

import java.time.Duration;
import java.time.Instant;

import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Identity;

/** What {@link Authenticator} found. */
public sealed interface AuthResult {
    /**
     * The client is who it says.
     *
     * @param shown what it showed
     * @param generationId the generation that this was made for
     * @param expiry when the token or the certificate itself ends
     * @param remaining how long from now it is good for, the skew included: then the connection must end
     */
    record Accepted(Identity identity, Credentials.Kind shown, String generationId, Instant expiry, Duration remaining)
            implements AuthResult {}

    /** The client is not let in. */
    record Refused(Cause cause, String reason) implements AuthResult {}

    /** What kind of refusal, for return codes and metrics. */
    enum Cause {
        /** The user name cannot be read. */
        MALFORMED,
        /** The token, the client id or the identity is not right. */
        NOT_AUTHORIZED,
        /** The hub knows no such identity. It may soon: a module's pod can be faster than what its twin says here. */
        UNKNOWN
    }
}
