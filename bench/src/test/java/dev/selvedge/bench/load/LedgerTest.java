package dev.selvedge.bench.load;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class LedgerTest {
    private final Ledger ledger = new Ledger();

    @Test
    void knowsWhatIsMissingOutOfOrderAndRepeated() {
        arrived(1, 1, 2, 4, 3, 4, 7);

        assertThat(ledger.missing(1, 7)).isEqualTo(2);
        assertThat(ledger.missing(1, 4)).isZero();
        assertThat(ledger.outOfOrder()).isEqualTo(1);
        assertThat(ledger.repeats()).isEqualTo(1);
        assertThat(ledger.distinct()).isEqualTo(5);
    }

    @Test
    void keepsSourcesApart() {
        arrived(1, 1, 2, 3);
        arrived(2, 1);

        assertThat(ledger.missing(2, 3)).isEqualTo(2);
        assertThat(ledger.missing(3, 3)).isEqualTo(3);
        assertThat(ledger.outOfOrder()).isZero();
    }

    private void arrived(int source, long... numbers) {
        for (var number : numbers) {
            ledger.arrived(source, number, 0);
        }
    }
}
