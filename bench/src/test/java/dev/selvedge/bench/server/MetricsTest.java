package dev.selvedge.bench.server;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class MetricsTest {
    private static final String TEXT = """
            # TYPE selvedge_messages_stored counter
            selvedge_messages_stored_total{endpoint="$upstream",priority="1"} 100.0
            selvedge_messages_stored_total{endpoint="$upstream",priority="10"} 7.0
            edgehub_messages_sent_total{endpoint="$upstream",priority="1"} 90.0
            edgehub_messages_sent_total{endpoint="$upstream",priority="10"} 7.0
            edgehub_messages_dropped_total{endpoint="$upstream",priority="1",reason="rejected"} 3.0
            edgehub_messages_dropped_total{endpoint="$upstream",priority="1",reason="full"} 2.0
            edgehub_queue_length{endpoint="$upstream",priority="1"} QUEUED
            """;

    @Test
    void anAccountIsExactWhenWhatWasStoredBecameSomething() {
        assertThat(metrics(5).balances()).allMatch(Metrics.Balance::exact).hasSize(2);
    }

    @Test
    void anAccountThatIsOneOffIsNotExact() {
        assertThat(metrics(4).balances())
                .filteredOn(balance -> !balance.exact())
                .extracting(Metrics.Balance::priority)
                .containsExactly("1");
    }

    private static Metrics metrics(int queued) {
        return new Metrics(TEXT.replace("QUEUED", queued + ".0").lines().toList());
    }
}
