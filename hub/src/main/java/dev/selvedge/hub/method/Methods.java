package dev.selvedge.hub.method;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import dev.selvedge.hub.async.Stages;
import dev.selvedge.hub.method.MethodException.Cause;
import dev.selvedge.hub.security.IdentityRegistry;
import dev.selvedge.identity.Identity;

/** Who serves direct methods now, and the way to call them. A call is never stored: it is answered, or its caller hears why not. Any thread. */
public final class Methods {
    /** Calls that may wait for their clients to come. */
    static final int MAX_WAITING = 100;
    /** What their payloads may have together. */
    static final int MAX_WAITING_BYTES = 4 * 1024 * 1024;

    private final IdentityRegistry registry;
    private final Map<Identity, MethodTarget> targets = new HashMap<>();
    /** Calls that wait for their client to come, by their ids. */
    private final Map<Identity, Map<String, Waiting>> awaited = new HashMap<>();

    private record Waiting(int bytes, CompletableFuture<MethodTarget> found) {}

    /** @param registry nobody waits for an identity that is not in it */
    public Methods(IdentityRegistry registry) {
        this.registry = registry;
    }

    /** From now on calls for the identity go to this client; replaces an earlier one. */
    public void attach(Identity identity, MethodTarget target) {
        Map<String, Waiting> waiting;
        synchronized (this) {
            targets.put(identity, target);
            waiting = awaited.remove(identity);
        }
        if (waiting != null) {
            waiting.values().forEach(call -> call.found().complete(target));
        }
    }

    /** The client serves no methods any more; does nothing when another one has replaced it. */
    public synchronized void detach(Identity identity, MethodTarget target) {
        targets.remove(identity, target);
    }

    /** Calls a client. Fails with {@link MethodException} when there is no answer. */
    public CompletionStage<MethodAnswer> call(Identity identity, MethodRequest request) {
        var call = new MethodCall(UUID.randomUUID().toString(), request.name(), request.payload());
        return target(identity, call, request.connect())
                .thenCompose(target -> answer(target, call, identity, request.response()));
    }

    private CompletableFuture<MethodTarget> target(Identity identity, MethodCall call, Duration patience) {
        var found = new CompletableFuture<MethodTarget>();
        synchronized (this) {
            var target = targets.get(identity);
            if (target != null) {
                return CompletableFuture.completedFuture(target);
            }
            if (patience.isZero() || registry.credentials(identity).isEmpty()) {
                return CompletableFuture.failedFuture(notFound(identity));
            }
            if (waiting() >= MAX_WAITING || waitingBytes() + call.payload().length > MAX_WAITING_BYTES) {
                return CompletableFuture.failedFuture(tooMany(identity));
            }
            awaited.computeIfAbsent(identity, _ -> new LinkedHashMap<>())
                    .put(call.id(), new Waiting(call.payload().length, found));
        }
        return found.orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS).exceptionallyCompose(_ -> {
            waitsNoMore(identity, call);
            return CompletableFuture.failedFuture(notFound(identity));
        });
    }

    private synchronized void waitsNoMore(Identity identity, MethodCall call) {
        awaited.computeIfPresent(identity, (_, calls) -> {
            calls.remove(call.id());
            return calls.isEmpty() ? null : calls;
        });
    }

    /** How many calls wait for their client to come. */
    synchronized int waiting() {
        return awaited.values().stream().mapToInt(Map::size).sum();
    }

    private int waitingBytes() {
        return awaited.values().stream()
                .flatMap(calls -> calls.values().stream())
                .mapToInt(Waiting::bytes)
                .sum();
    }

    private static CompletionStage<MethodAnswer> answer(
            MethodTarget target, MethodCall call, Identity identity, Duration patience) {
        var answer = target.call(call);
        answer.orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS);
        return answer.exceptionallyCompose(
                        failure -> CompletableFuture.failedFuture(noAnswer(identity, patience, failure)))
                .thenCompose(given -> given.payload().length <= MethodRequest.MAX_PAYLOAD
                        ? CompletableFuture.completedFuture(given)
                        : CompletableFuture.failedFuture(tooLong(identity, given)));
    }

    private static MethodException notFound(Identity identity) {
        return new MethodException(
                Cause.NOT_FOUND, identity + " is not found: it is not connected, or serves no methods");
    }

    private static MethodException tooLong(Identity identity, MethodAnswer answer) {
        return new MethodException(
                Cause.NO_ANSWER,
                "the answer of " + identity + " has " + answer.payload().length + " bytes, at most "
                        + MethodRequest.MAX_PAYLOAD + " are passed on");
    }

    private static MethodException tooMany(Identity identity) {
        return new MethodException(
                Cause.TOO_MANY,
                identity
                        + " is not connected, or serves no methods, and too many calls wait already for others to come:"
                        + " call again later, or with connectTimeoutInSeconds 0");
    }

    private static MethodException noAnswer(Identity identity, Duration patience, Throwable failure) {
        var cause = Stages.cause(failure);
        return new MethodException(
                Cause.NO_ANSWER,
                cause instanceof TimeoutException
                        ? identity + " did not answer within " + patience.toSeconds() + " s"
                        : identity + " did not answer: " + cause.getMessage());
    }
}
