package dev.selvedge.hub.method;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import dev.selvedge.identity.Identity;

/** Who may call methods without being a module: people and programs that show a bearer token. Any thread. */
@FunctionalInterface
public interface Callers {
    /** Lets nobody call. */
    Callers NOBODY = (_, _) -> CompletableFuture.completedFuture(Verdict.UNKNOWN);

    /** What becomes of a caller. */
    enum Verdict {
        ALLOWED,
        /** The caller is known and may not. */
        FORBIDDEN,
        /** The token is no good here. */
        UNKNOWN
    }

    /** Whether the bearer of a token may call a client; fails when that cannot be found out now. */
    CompletionStage<Verdict> mayCall(String token, Identity target);
}
