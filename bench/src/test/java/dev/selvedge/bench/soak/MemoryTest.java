package dev.selvedge.bench.soak;

import dev.selvedge.bench.soak.Memory.Sample;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class MemoryTest {
    private final Memory memory = new Memory();

    @Test
    void aHubThatTakesTenMebibytesMoreEachHourIsNotFlat() {
        life(7200, 100, 10.0 / 3600);

        assertThat(memory.anonymousSlope().perUnit()).isCloseTo(10, within(0.01));
        assertThat(memory.flat()).isFalse();
    }

    @Test
    void aHubThatGrowsOnlyWhileItIsYoungIsFlat() {
        memory.born();
        for (int second = 0; second < 3600; second++) {
            add(second, Math.min(120, 80 + second / 10.0) + second % 3);
        }

        assertThat(memory.flat()).isTrue();
    }

    @Test
    void pagesOfFilesAreNoGrowth() {
        memory.born();
        for (int second = 0; second < 3600; second++) {
            memory.add(new Sample(second, 150 + second / 100.0, 100, 150));
        }

        assertThat(memory.flat()).isTrue();
    }

    @Test
    void theLongestLifeCounts() {
        life(10, 500, 100);
        life(400, 100, 0);
        life(20, 300, 100);

        assertThat(memory.settled()).hasSize(200).allMatch(sample -> sample.anonymousMib() == 100);
        assertThat(memory.peakWorkingSet()).isEqualTo(2200);
    }

    private void life(int seconds, double first, double perSecond) {
        memory.born();
        for (int second = 0; second < seconds; second++) {
            add(second, first + second * perSecond);
        }
    }

    private void add(double seconds, double mebibytes) {
        memory.add(new Sample(seconds, mebibytes, mebibytes, mebibytes));
    }
}
