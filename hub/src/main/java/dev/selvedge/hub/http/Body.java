package dev.selvedge.hub.http;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/** The body of one request, which comes in as slowly as its sender likes: what all of them hold in memory is bounded. The request's event loop. */
final class Body {
    /** What the bodies of all requests may hold at the same time. */
    static final int MAX_BYTES_OF_ALL = 4 * 1024 * 1024;

    private final AtomicInteger ofAll;
    private final int max;
    private final AtomicReference<@Nullable Buffer> bytes = new AtomicReference<>(Buffer.buffer());
    private final CompletableFuture<Void> whole = new CompletableFuture<>();

    /**
     * @param ofAll what the bodies of all requests hold
     * @param max most bytes of this one
     */
    Body(AtomicInteger ofAll, int max) {
        this.ofAll = ofAll;
        this.max = max;
    }

    /** Collects the body; one that is too long is not read to its end. */
    CompletableFuture<byte[]> of(HttpServerRequest request) {
        // the request keeps this body as long as it lives: what was collected must not hang on it
        var collected = whole.thenApply(_ -> Objects.requireNonNull(bytes.get()).getBytes());
        if (request.response().closed()) {
            // nobody would say that its end does not come
            whole.completeExceptionally(new HttpException(400, "the connection is closed"));
            return collected;
        }
        request.handler(this::more);
        request.exceptionHandler(whole::completeExceptionally);
        request.endHandler(_ -> whole.complete(null));
        request.resume();
        return collected;
    }

    private void more(Buffer chunk) {
        var held = bytes.get();
        if (whole.isDone() || held == null) {
            return;
        }
        var length = chunk.length();
        if (held.length() + length > max) {
            whole.completeExceptionally(new HttpException(413, "the body has more than " + max + " bytes"));
        } else if (ofAll.addAndGet(length) > MAX_BYTES_OF_ALL) {
            ofAll.addAndGet(-length);
            whole.completeExceptionally(
                    new HttpException(503, "the hub receives " + MAX_BYTES_OF_ALL + " bytes of other bodies already"));
        } else {
            held.appendBuffer(chunk);
        }
    }

    /** It is not needed any more: what it held is free. Any thread, after the whole body came or failed. */
    void release() {
        var held = bytes.getAndSet(null);
        if (held != null) {
            ofAll.addAndGet(-held.length());
        }
    }
}
