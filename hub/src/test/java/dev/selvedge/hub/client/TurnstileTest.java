package dev.selvedge.hub.client;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import dev.selvedge.identity.Identity;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class TurnstileTest {
    private static final Identity SENSOR = Identity.module("edge-1", "sensor");
    private static final Identity FILTER = Identity.module("edge-1", "filter");

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1);
    private final Turnstile turnstile = new Turnstile(nanos::get);

    @Test
    void aFewTimesAreFree() {
        for (int i = 0; i < Turnstile.FREE; i++) {
            turnstile.sentAway(SENSOR);
        }

        assertThat(turnstile.patience(SENSOR)).isZero();
    }

    @Test
    void whoIsSentAwayAgainAndAgainComesBackOnceInASecond() {
        for (int i = 0; i < Turnstile.FREE; i++) {
            turnstile.sentAway(SENSOR);
        }
        for (int i = 0; i < 10; i++) {
            turnstile.sentAway(SENSOR);
            assertThat(turnstile.patience(SENSOR)).isEqualTo(Turnstile.PACE);
            pass(Turnstile.PACE);
            assertThat(turnstile.patience(SENSOR)).isZero();
        }
        assertThat(turnstile.patience(FILTER)).isZero();
    }

    @Test
    void nobodyWaitsLongerThanAnSdkDoes() {
        for (int i = 0; i < 1000; i++) {
            turnstile.sentAway(SENSOR);
        }

        assertThat(turnstile.patience(SENSOR)).isEqualTo(Turnstile.LONGEST);
    }

    @Test
    void whoKeptAwayForAWhileHasItsFreeTimesAgain() {
        for (int i = 0; i < 1000; i++) {
            turnstile.sentAway(SENSOR);
        }
        pass(Duration.ofMinutes(1));

        aFewTimesAreFree();
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }
}
