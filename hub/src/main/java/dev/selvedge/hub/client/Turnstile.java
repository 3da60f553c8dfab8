package dev.selvedge.hub.client;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

import dev.selvedge.identity.Identity;

/**
 * Slows who comes back again and again after the hub sent it away. Python's SDK is back within 10 ms, and sends again at once what the hub could not
 * take: without this, one module on a full store, or two of one identity, keep a processor busy with TLS handshakes. A few times are free. Any thread.
 */
final class Turnstile {
    /** How often an identity may come back at once. */
    static final int FREE = 4;
    /** After that it may come back once in this time. */
    static final Duration PACE = Duration.ofSeconds(1);
    /** Nobody waits longer: SDKs take a hub that says nothing for one that is gone. */
    static final Duration LONGEST = Duration.ofSeconds(2);

    private static final long FREE_NANOS = PACE.multipliedBy(FREE).toNanos();

    private final LongSupplier nanoTime;
    private final long start;
    /** When all is forgotten that was held against an identity. */
    private final Map<Identity, Long> forgotten = new ConcurrentHashMap<>();

    /** @param nanoTime as {@link System#nanoTime} */
    Turnstile(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        start = nanoTime.getAsLong();
    }

    void sentAway(Identity identity) {
        var now = now();
        forgotten.values().removeIf(until -> until < now);
        forgotten.merge(
                identity,
                now + PACE.toNanos(),
                (before, first) ->
                        Math.min(Math.max(before + PACE.toNanos(), first), now + FREE_NANOS + LONGEST.toNanos()));
    }

    /** How long the identity has to wait before it is let in. */
    Duration patience(Identity identity) {
        var until = forgotten.get(identity);
        return until == null ? Duration.ZERO : Duration.ofNanos(Math.max(0, until - FREE_NANOS - now()));
    }

    private long now() {
        return nanoTime.getAsLong() - start;
    }
}
