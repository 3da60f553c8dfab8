package dev.selvedge.hub.upstream;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

class ThrottleTest {
    private static final long MEGABIT = 1_000_000;
    private static final int BYTES_IN_TEN_SECONDS = 1_250_000;

    private final List<Taken> taken = new ArrayList<>();
    private long now = 77;
    private final Throttle throttle = new Throttle(now);

    @Test
    void takesAllAtOnceWithoutALimit() {
        assertThat(throttle.take(1 << 30, now)).isEqualTo(1 << 30);
    }

    @Test
    void keepsTheRateWithinFivePercentOverAnyTenSeconds() {
        throttle.rate(MEGABIT);

        takeFor(SECONDS.toNanos(60), 500);

        assertThat(everyTenSeconds())
                .allSatisfy(bytes -> assertThat(bytes)
                        .isBetween((long) (0.95 * BYTES_IN_TEN_SECONDS), (long) (1.05 * BYTES_IN_TEN_SECONDS)));
    }

    @Test
    void keepsTheRateForMessagesThatAreLargerThanASecondOfIt() {
        throttle.rate(16_000);

        takeFor(SECONDS.toNanos(300), 256 << 10);

        assertThat(everyTenSeconds())
                .allSatisfy(bytes -> assertThat(bytes).isBetween((long) (0.95 * 20_000), (long) (1.05 * 20_000)));
    }

    @Test
    void aQuietTimeEarnsNoMoreThanAQuarterOfASecond() {
        throttle.rate(MEGABIT);
        throttle.take(1, now);

        now += SECONDS.toNanos(3600);

        assertThat(throttle.take(1 << 20, now)).isEqualTo(31_250);
        assertThat(throttle.take(1 << 20, now)).isZero();
    }

    @Test
    void losesNothingWhenItIsAskedTooLate() {
        throttle.rate(MEGABIT);
        var late = MILLISECONDS.toNanos(100);

        for (var asked = 0; asked < 600; asked++) {
            taken.add(new Taken(now, throttle.take(1 << 20, now)));
            now += throttle.pause(1 << 20) + late;
        }

        assertThat(everyTenSeconds())
                .allSatisfy(bytes -> assertThat(bytes).isGreaterThan((long) (0.95 * BYTES_IN_TEN_SECONDS)));
    }

    @Test
    void obeysAnotherRateAtOnce() {
        throttle.rate(16_000);
        takeFor(SECONDS.toNanos(20), 1000);
        taken.clear();

        throttle.rate(MEGABIT);
        takeFor(SECONDS.toNanos(30), 1000);

        assertThat(everyTenSeconds())
                .allSatisfy(bytes -> assertThat(bytes)
                        .isBetween((long) (0.95 * BYTES_IN_TEN_SECONDS), (long) (1.05 * BYTES_IN_TEN_SECONDS)));
        throttle.rate(Long.MAX_VALUE);
        assertThat(throttle.take(1 << 30, now)).isEqualTo(1 << 30);
    }

    @Test
    void theLastBytesOfAMessageNeedNotWaitForMore() {
        throttle.rate(MEGABIT);

        now += MILLISECONDS.toNanos(1);

        assertThat(throttle.take(100, now)).isEqualTo(100);
    }

    /** Messages of a size, one after another, each byte as soon as it may go. */
    private void takeFor(long nanos, int size) {
        var end = now + nanos;
        var left = size;
        while (now < end) {
            var bytes = throttle.take(left, now);
            taken.add(new Taken(now, bytes));
            left -= bytes;
            if (left == 0) {
                left = size;
            } else {
                now += throttle.pause(left);
            }
        }
    }

    /** The bytes of every ten seconds that begin with one of the takings and are over. */
    private List<Long> everyTenSeconds() {
        var sums = new ArrayList<Long>();
        var end = 0;
        var sum = 0L;
        for (var begin = 0; begin < taken.size(); begin++) {
            while (end < taken.size() && taken.get(end).at() < taken.get(begin).at() + SECONDS.toNanos(10)) {
                sum += taken.get(end++).bytes();
            }
            if (end == taken.size()) {
                break;
            }
            sums.add(sum);
            sum -= taken.get(begin).bytes();
        }
        assertThat(sums).isNotEmpty();
        return sums;
    }

    private record Taken(long at, int bytes) {}
}
