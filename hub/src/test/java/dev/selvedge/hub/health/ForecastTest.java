package dev.selvedge.hub.health;

import java.util.OptionalDouble;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class ForecastTest {
    private static final long MINUTE = 60_000;
    private static final long MIB = 1 << 20;
    private static final long NOON = 1_772_366_400_000L;

    private final Forecast forecast = new Forecast();

    @Test
    void saysNothingInTheFirstFiveMinutes() {
        assertThat(forecast.hoursLeft(100)).isEmpty();
        for (var minute = 0; minute < 5; minute++) {
            forecast.sample(NOON + minute * MINUTE, minute);
        }
        assertThat(forecast.hoursLeft(96)).isEmpty();
        forecast.sample(NOON + 5 * MINUTE, 5);
        assertThat(forecast.hoursLeft(95)).isPresent();
    }

    @Test
    void aStoreThatDrainsOrStandsIsNotFilling() {
        for (var minute = 0; minute < 30; minute++) {
            forecast.sample(NOON + minute * MINUTE, 50 * MIB - minute);
        }
        assertThat(forecast.hoursLeft(50 * MIB)).hasValue(Double.POSITIVE_INFINITY);
    }

    @Test
    void stepsOfALogThatIsWellDeliveredAreNoFilling() {
        for (var minute = 0; minute < 60; minute++) {
            forecast.sample(NOON + minute * MINUTE, (minute % 7) * MIB);
        }
        assertThat(forecast.hoursLeft(97 * MIB)).hasValue(Double.POSITIVE_INFINITY);
    }

    @Test
    void forgetsWhatWasBeforeAClockJumped() {
        for (var minute = 0; minute < 30; minute++) {
            forecast.sample(NOON + minute * MINUTE, minute * MIB);
        }
        forecast.sample(NOON - 1, 30 * MIB);
        assertThat(forecast.hoursLeft(70 * MIB)).isEmpty();
    }

    @Property(tries = 200)
    void aSteadyRateIsSeenAsWhatItIs(
            @ForAll @IntRange(min = 1, max = 100_000_000) int bytesPerMinute,
            @ForAll @IntRange(min = 5, max = 180) int minutes,
            @ForAll @IntRange(min = 1, max = 72) int hours) {
        var filling = new Forecast();
        for (var minute = 0; minute <= minutes; minute++) {
            filling.sample(NOON + minute * MINUTE, (long) minute * bytesPerMinute);
            filling.sample(NOON + minute * MINUTE + 5000, 0);
        }
        var taken = (long) minutes * bytesPerMinute;
        var left = filling.hoursLeft(hours * 60L * bytesPerMinute);

        assertThat(left.orElseThrow()).isCloseTo(hours, within(1e-6));
    }

    @Property(tries = 200)
    void isNeverNegativeAndNeverNoNumber(@ForAll @IntRange(min = 0, max = 1000) int[] bytes) {
        var any = new Forecast();
        var left = OptionalDouble.empty();
        for (var i = 0; i < bytes.length; i++) {
            any.sample(NOON + i * MINUTE, bytes[i]);
            left = any.hoursLeft(Math.max(0, 500 - bytes[i]));
            assertThat(left.orElse(0)).isGreaterThanOrEqualTo(0);
        }
        assertThat(left.isPresent()).isEqualTo(bytes.length > 5);
    }
}
