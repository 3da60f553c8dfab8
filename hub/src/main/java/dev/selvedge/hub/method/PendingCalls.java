package dev.selvedge.hub.method;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

/** The calls that one client has not answered. Ids compare without case. Any thread. */
public final class PendingCalls {
    /** Most calls that a client may leave unanswered; the next one fails at once. */
    public static final int MAX = 100;
    /** Most bytes that their payloads may have: all may be sent in one go, to a client that is closed when it leaves 4 MiB unread. */
    static final int MAX_BYTES = 2 * 1024 * 1024;

    private final Map<String, Answer> calls = new ConcurrentHashMap<>();
    private final AtomicInteger bytes = new AtomicInteger();

    /** An answer that is awaited. A call that fails is first kept from being sent; only then its caller is told. */
    public static final class Answer extends CompletableFuture<MethodAnswer> {
        private volatile @Nullable CompletableFuture<Void> sent;

        private Answer() {}

        @Override
        public boolean completeExceptionally(Throwable failure) {
            var carrier = sent;
            if (carrier != null) {
                carrier.cancel(false);
            }
            return super.completeExceptionally(failure);
        }
    }

    /** The call is about to be sent. */
    public Answer open(MethodCall call) {
        var answer = new Answer();
        if (calls.size() >= MAX) {
            answer.completeExceptionally(new IllegalStateException(MAX + " calls are unanswered already"));
            return answer;
        }
        var length = call.payload().length;
        if (bytes.addAndGet(length) > MAX_BYTES) {
            bytes.addAndGet(-length);
            answer.completeExceptionally(
                    new IllegalStateException("calls with " + MAX_BYTES + " bytes of payload are unanswered already"));
            return answer;
        }
        var id = call.id();
        calls.put(id, answer);
        answer.whenComplete((_, _) -> {
            calls.remove(id);
            bytes.addAndGet(-length);
        });
        return answer;
    }

    /** What carries a call to its client: one that cannot be sent is not waited for, and one whose caller has been told that it failed is not sent later. */
    public void carried(Answer answer, CompletableFuture<Void> sent) {
        if (sent.isCompletedExceptionally()) {
            answer.completeExceptionally(sent.exceptionNow());
            return;
        }
        answer.sent = sent;
        if (answer.isDone()) {
            sent.cancel(false);
        }
    }

    /** An answer came. False when nobody waits for it (any more). */
    public boolean answered(String id, MethodAnswer answer) {
        var call = calls.get(id.toLowerCase(Locale.ROOT));
        return call != null && call.complete(answer);
    }

    /** An answer came that is none. */
    public void broken(String id, String why) {
        var call = calls.get(id.toLowerCase(Locale.ROOT));
        if (call != null) {
            call.completeExceptionally(new IllegalStateException(why));
        }
    }

    /** The client is gone. */
    public void close(String why) {
        calls.values().forEach(call -> call.completeExceptionally(new IllegalStateException(why)));
    }
}
