package dev.selvedge.hub.method;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** The calls that one client has not answered. Ids compare without case. Any thread. */
public final class PendingCalls {
    /** Most calls that a client may leave unanswered; the next one fails at once. */
    public static final int MAX = 100;

    private final Map<String, CompletableFuture<MethodAnswer>> calls = new ConcurrentHashMap<>();

    /** The call is about to be sent. */
    public CompletableFuture<MethodAnswer> open(MethodCall call) {
        var answer = new CompletableFuture<MethodAnswer>();
        if (calls.size() >= MAX) {
            answer.completeExceptionally(new IllegalStateException(MAX + " calls are unanswered already"));
            return answer;
        }
        calls.put(call.id(), answer);
        answer.whenComplete((_, _) -> calls.remove(call.id()));
        return answer;
    }

    /** An answer came. False when nobody waits for it (any more). */
    public boolean answered(String id, MethodAnswer answer) {
        var call = calls.get(id.toLowerCase(Locale.ROOT));
        return call != null && call.complete(answer);
    }

    /** The client is gone. */
    public void close(String why) {
        calls.values().forEach(call -> call.completeExceptionally(new IllegalStateException(why)));
    }
}
