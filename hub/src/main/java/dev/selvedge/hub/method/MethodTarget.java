package dev.selvedge.hub.method;

import java.util.concurrent.CompletableFuture;

/** A connected client that serves methods. Any thread. */
public interface MethodTarget {
    /**
     * Calls the client. Completes with its answer, fails when the client is gone. The caller may complete it too, when it has waited long
     * enough: then the answer is not awaited any more.
     */
    CompletableFuture<MethodAnswer> call(MethodCall call);
}
