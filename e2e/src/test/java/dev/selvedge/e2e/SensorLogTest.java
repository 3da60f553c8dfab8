package dev.selvedge.e2e;

import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SensorLogTest {
    private static final String SOURCE = "edge-1/weather-sensor";

    @Test
    void entersTheLastReadingOfEachRun() {
        var ledger = new Ledger();

        log("run a acknowledged 1", "run a acknowledged 2", "run a ends", "run b acknowledged 1", "run b ends")
                .enter(ledger);

        assertThat(ledger.account(List.of(SOURCE)).published()).isEqualTo(3);
    }

    @Test
    void oneThatStopsBeforeTheSensorEndsIsAnError() {
        assertThat(log("run a acknowledged 1", "run a ends").requireEnd()).isNotNull();
        assertThatThrownBy(() -> log("run a acknowledged 1").requireEnd())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the log of " + SOURCE + " stops before")
                .hasMessageEndingWith("run a acknowledged 1");
    }

    private static SensorLog log(String... lines) {
        return new SensorLog(SOURCE, String.join("\n", lines));
    }
}
