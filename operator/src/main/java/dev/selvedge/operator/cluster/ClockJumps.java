package dev.selvedge.operator.cluster;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when the clock of the operator's machine was set. The framework waits by that clock: after it was set back by a month, what was to be tried again in
 * a second would be in a month, and so would every look at what ends by time alone.
 */
public final class ClockJumps implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClockJumps.class);
    private static final Duration INTERVAL = Duration.ofSeconds(5);
    private static final Duration LEAST = Duration.ofSeconds(5);

    private final InstantSource clock;
    private final InstantSource steady;
    private final Runnable onJump;
    private final ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("clock-jumps").factory());
    /** What the clock said when the steady one began. */
    private Instant begin;

    /** @param onJump told on a thread of its own, and again when it throws */
    public ClockJumps(InstantSource clock, InstantSource steady, Runnable onJump) {
        this.clock = clock;
        this.steady = steady;
        this.onJump = onJump;
        begin = begin();
    }

    /** Begins to look every five seconds. */
    public void start() {
        var _ = looks.scheduleWithFixedDelay(
                this::look, INTERVAL.toMillis(), INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    void look() {
        var jump = Duration.between(begin, begin());
        if (jump.abs().compareTo(LEAST) >= 0) {
            LOG.warn("The clock of this machine was set by {} s; all is looked at once more", jump.toSeconds());
            try {
                onJump.run();
                begin = begin.plus(jump);
            } catch (RuntimeException e) {
                LOG.error("Not all is looked at; once more in {} s", INTERVAL.toSeconds(), e);
            }
        }
    }

    private Instant begin() {
        return clock.instant().minus(Duration.between(Instant.EPOCH, steady.instant()));
    }

    @Override
    public void close() {
        looks.shutdownNow();
    }
}
