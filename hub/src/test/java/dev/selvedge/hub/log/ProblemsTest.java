package dev.selvedge.hub.log;

import java.io.IOException;
import java.time.Instant;

import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

class ProblemsTest {
    private final Problems problems = new Problems();
    private final RecordingLogger logger =
            new RecordingLogger(LoggerFactory.getLogger("dev.selvedge.hub.store.MessageStore"), problems);

    @Test
    void warningsAndErrorsAreNotedAndNothingElse() {
        logger.info("hub started: device={}", "edge-1");
        logger.warn("upstream lost: url={}", "mqtt://broker");
        logger.error("the store failed", new IOException("disk gone"));

        assertThat(problems.last())
                .extracting(Problem::level, Problem::logger, Problem::message)
                .containsExactly(
                        tuple("ERROR", "MessageStore", "the store failed: java.io.IOException: disk gone"),
                        tuple("WARN", "MessageStore", "upstream lost: url=mqtt://broker"));
    }

    @Test
    void theLastFiftyAreKept() {
        for (int i = 0; i < 60; i++) {
            problems.add(Instant.EPOCH, "WARN", "Part", "number " + i);
        }

        assertThat(problems.last()).hasSize(50);
        assertThat(problems.last().getFirst().message()).isEqualTo("number 59");
        assertThat(problems.last().getLast().message()).isEqualTo("number 10");
    }

    @Test
    void aLongMessageIsCut() {
        problems.add(Instant.EPOCH, "WARN", "Part", "x".repeat(10_000));

        assertThat(problems.last().getFirst().message()).hasSize(500).endsWith("x…");
    }
}
