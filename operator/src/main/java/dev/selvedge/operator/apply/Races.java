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
    /** On a large site a pass may take a minute, and be raced by chance. */
    private static final int PASSES = 3;

    private final InstantSource steady;
    /** By uid of the object. */
    private final Map<String, Race> races = new ConcurrentHashMap<>();

    private record Race(Instant since, int passes) {}

    public Races(InstantSource steady) {
        this.steady = steady;
    }

    /** Whether all passes of the last minute were raced: then nobody was faster, the API server just does not take what is sent. */
    boolean last(HasMetadata primary) {
        var race = races.get(primary.getMetadata().getUid());
        return race != null
                && race.passes() >= PASSES
                && !race.since().plus(LASTING).isAfter(steady.instant());
    }

    /** Notes how a pass ended. */
    void ended(HasMetadata primary, boolean raced) {
        var now = steady.instant();
        races.compute(primary.getMetadata().getUid(), (_, race) -> {
            if (!raced) {
                return null;
            }
            return race == null ? new Race(now, 1) : new Race(race.since(), race.passes() + 1);
        });
    }
}
