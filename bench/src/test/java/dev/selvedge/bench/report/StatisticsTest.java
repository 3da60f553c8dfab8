package dev.selvedge.bench.report;

import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class StatisticsTest {
    @Test
    void theMedianIsTheMiddleOneOrTheMeanOfTheMiddleTwo() {
        assertThat(Statistics.median(List.of(9.0, 1.0, 2.0))).isEqualTo(2);
        assertThat(Statistics.median(List.of(9.0, 1.0, 2.0, 4.0))).isEqualTo(3);
    }

    @Test
    void aLineHasItsSlopeAndNoError() {
        var slope = Statistics.slope(new double[] {0, 1, 2, 5}, new double[] {7, 9, 11, 17});

        assertThat(slope.perUnit()).isCloseTo(2, within(1e-9));
        assertThat(slope.error()).isCloseTo(0, within(1e-9));
    }

    @Test
    void noiseAroundALevelIsASlopeWithinItsError() {
        var slope = Statistics.slope(new double[] {0, 1, 2, 3, 4, 5}, new double[] {10, 12, 9, 11, 12, 10});

        assertThat(Math.abs(slope.perUnit())).isLessThan(2 * slope.error());
    }
}
