package dev.selvedge.hub.upstream.mqtt;

import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class RivalTest {
    private static final long START = Long.MAX_VALUE - 5;

    private final Rival rival = new Rival();

    @Test
    void oneOrTwoConnectionsThatAreTakenOverAreNoRival() {
        assertThat(rival.shows(START)).isFalse();
        assertThat(rival.shows(START + seconds(1))).isFalse();
    }

    @Test
    void threeInShortOrderAre() {
        rival.shows(START);
        rival.shows(START + seconds(1));

        assertThat(rival.shows(START + seconds(119))).isTrue();
        assertThat(rival.shows(START + seconds(120))).isTrue();
    }

    @Test
    void threeFarApartAreNot() {
        rival.shows(START);
        rival.shows(START + seconds(60));

        assertThat(rival.shows(START + seconds(121))).isFalse();
        assertThat(rival.shows(START + seconds(181))).isFalse();
    }

    private static long seconds(long seconds) {
        return TimeUnit.SECONDS.toNanos(seconds);
    }
}
