package dev.selvedge.hub.upstream;

import org.junit.jupiter.api.Test;

import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

class PatienceTest {
    private final Patience patience = new Patience();
    private Patience.Silence silence = patience.silence();
    private long now = -5;

    @Test
    void endsFourSecondsAfterAQuestionThatNobodyAnswers() {
        silence.asked(now);
        pass(3);
        silence.asked(now);
        assertThat(silence.ends(now)).isFalse();

        pass(1);

        assertThat(silence.ends(now)).isTrue();
    }

    @Test
    void aPeerThatOwesNothingMayBeSilent() {
        silence.asked(now);
        silence.answered(now);

        pass(3600);

        assertThat(silence.ends(now)).isFalse();
    }

    @Test
    void anyAnswerIsASignOfLife() {
        silence.asked(now);
        silence.asked(now);
        pass(3);
        silence.answered(now);
        pass(3);

        assertThat(silence.ends(now)).isFalse();
    }

    @Test
    void aSlowLinkIsGivenTwiceTheTimeUntilItAnswers() {
        var cuts = 0;
        for (var answered = false; !answered; ) {
            silence = patience.silence();
            silence.asked(now);
            var cut = false;
            for (var second = 0; second < 20 && !cut; second++) {
                pass(1);
                cut = silence.ends(now);
            }
            answered = !cut;
            cuts += cut ? 1 : 0;
        }
        silence.answered(now);

        assertThat(cuts).isEqualTo(3);
        assertThat(patience.limit()).isEqualTo(SECONDS.toNanos(40));
    }

    @Test
    void quickAnswersMakeItShortAgain() {
        silence.asked(now);
        pass(20);
        silence.answered(now);
        for (var answer = 0; answer < 20; answer++) {
            silence.asked(now);
            silence.answered(now);
        }

        assertThat(patience.limit()).isEqualTo(SECONDS.toNanos(4));
    }

    @Test
    void isNeverLongerThanTwoMinutes() {
        for (var link = 0; link < 10; link++) {
            silence = patience.silence();
            silence.asked(now);
            pass(600);
            assertThat(silence.ends(now)).isTrue();
        }

        assertThat(patience.limit()).isEqualTo(MINUTES.toNanos(2));
    }

    @Test
    void waitingForTheThrottleIsNoSilence() {
        silence.asked(now);
        pass(30);
        silence.excuse(now);

        assertThat(silence.ends(now)).isFalse();
    }

    private void pass(long seconds) {
        now += SECONDS.toNanos(seconds);
    }
}
