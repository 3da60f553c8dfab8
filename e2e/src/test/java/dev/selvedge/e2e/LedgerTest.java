package dev.selvedge.e2e;

import java.util.List;

import dev.selvedge.e2e.Ledger.Stream;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class LedgerTest {
    private static final Stream RUN = new Stream("edge-1/sensor", "a");

    private final Ledger ledger = new Ledger();

    @Test
    void countsNothingLostWhenAllArrivedInOrder() {
        arrive(1, 2, 3);
        ledger.acknowledged(RUN, 3);

        assertThat(account()).hasToString("published 3, arrived 3, lost 0, out of order 0, duplicates 0");
    }

    @Test
    void findsAGapAndALostTail() {
        arrive(1, 3);
        ledger.acknowledged(RUN, 5);

        assertThat(account()).hasToString("published 5, arrived 2, lost 3, out of order 0, duplicates 0");
    }

    @Test
    void tellsARepetitionFromALateArrival() {
        arrive(1, 3, 3, 2);

        assertThat(account()).hasToString("published 3, arrived 3, lost 0, out of order 1, duplicates 1");
        assertThat(ledger.late()).containsExactly("edge-1/sensor, run a: 2 after 3");
    }

    @Test
    void countsARunThatNeverArrived() {
        ledger.acknowledged(RUN, 2);

        assertThat(account().lost()).isEqualTo(2);
    }

    @Test
    void awaitsOfASourceWhatWasAcknowledgedInAnyRun() {
        ledger.acknowledged(RUN, 4);
        ledger.acknowledged(new Stream(RUN.source(), "b"), 1);
        ledger.acknowledged(new Stream("edge-2/sensor", "c"), 7);
        arrive(1, 2);

        assertThat(ledger.awaitedFrom(RUN.source())).isEqualTo(3);
    }

    private void arrive(int... sequences) {
        for (var sequence : sequences) {
            ledger.arrived(RUN, sequence);
        }
    }

    private Ledger.Account account() {
        return ledger.account(List.of("edge-1/sensor"));
    }
}
