package dev.selvedge.operator.cluster;

import java.time.Instant;
import java.time.InstantSource;

/** Runs on evenly whatever is done to the clock of the machine; only how far two of its moments are apart means anything. */
public final class SteadyClock implements InstantSource {
    private final long start = System.nanoTime();

    @Override
    public Instant instant() {
        return Instant.EPOCH.plusNanos(System.nanoTime() - start);
    }
}
