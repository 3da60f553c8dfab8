package dev.selvedge.operator.cluster;

import java.time.Duration;
import java.time.Instant;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

final class ClockJumpsTest {
    private Instant clock = Instant.parse("2026-03-01T12:00:00Z");
    private Instant steady = Instant.EPOCH.plusSeconds(77);
    private int told;

    @Test
    void tellsOnceOfEachTimeThatTheClockIsSet() {
        try (var jumps = new ClockJumps(() -> clock, () -> steady, () -> told++)) {
            pass(Duration.ofDays(40));
            jumps.look();
            assertThat(told).as("time only goes on").isZero();

            clock = clock.minus(Duration.ofDays(30));
            jumps.look();
            pass(Duration.ofSeconds(5));
            jumps.look();
            assertThat(told).isEqualTo(1);

            clock = clock.plusSeconds(4);
            jumps.look();
            assertThat(told).as("it is only put right").isEqualTo(1);
            clock = clock.plusSeconds(4);
            jumps.look();
            assertThat(told).isEqualTo(2);
        }
    }

    private void pass(Duration time) {
        clock = clock.plus(time);
        steady = steady.plus(time);
    }
}
