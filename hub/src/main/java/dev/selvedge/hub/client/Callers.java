package dev.selvedge.hub.client;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import dev.selvedge.identity.Identity;

/** Who may turn to a client without being one: people and programs that show a bearer token. Any thread. */
@FunctionalInterface
public interface Callers {
    /** Lets nobody do anything. */
    Callers NOBODY = (_, _, _) -> CompletableFuture.completedFuture(Verdict.UNKNOWN);

    /** What a caller wants of a client. */
    enum Wish {
        CALL_METHODS("methods"),
        SEND_MESSAGES("messages");

        private final String subresource;

        Wish(String subresource) {
            this.subresource = subresource;
        }

        /** The subresource of ModuleTwins that Kubernetes lets a caller create, or not. */
        public String subresource() {
            return subresource;
        }
    }

    /** What becomes of a caller. */
    enum Verdict {
        ALLOWED,
        /** The caller is known and may not. */
        FORBIDDEN,
        /** The token is no good here. */
        UNKNOWN
    }

    /** Whether the bearer of a token may do this to a client; fails when that cannot be found out now. */
    CompletionStage<Verdict> may(String token, Wish wish, Identity target);
}
