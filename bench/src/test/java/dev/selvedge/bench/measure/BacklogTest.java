package dev.selvedge.bench.measure;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class BacklogTest {
    @Test
    void callsDrainedOnlyWhatIs() {
        assertThat(Backlog.afterDrain("1,000,000", 0)).isEqualTo("1,000,000 drained");
        assertThat(Backlog.afterDrain("1,000,000", 460_000)).isEqualTo("1,000,000, stopped at 460,000 waiting");
    }
}
