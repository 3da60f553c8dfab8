package dev.selvedge.operator.apply;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.fabric8.kubernetes.api.model.HasMetadata;

/** Since when each pass over an object has been raced. Thread-safe. */
public final class Races {
    private static final Duration LASTING = Duration.ofMinutes(1);

    private final InstantSource steady;
    /** By uid of the object. */
    private final Map<String, Instant> since = new ConcurrentHashMap<>();

    public Races(InstantSource steady) {
        this.steady = steady;
    }

    /** Whether all passes of the last minute were raced: then nobody was faster, the API server just does not take what is sent. */
    boolean last(HasMetadata primary) {
        var begun = since.get(primary.getMetadata().getUid());
        return begun != null && !begun.plus(LASTING).isAfter(steady.instant());
    }

    /** Notes how a pass ended. */
    void ended(HasMetadata primary, boolean raced) {
        var uid = primary.getMetadata().getUid();
        if (raced) {
            since.putIfAbsent(uid, steady.instant());
        } else {
            since.remove(uid);
        }
    }
}
