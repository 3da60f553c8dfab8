package dev.selvedge.hub.health;

import java.util.List;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class FillTest {
    private static final double NEVER = Double.POSITIVE_INFINITY;

    @Test
    void getsWorseAtOnceAndBetterOnlyWhenItIsClear() {
        var fill = Fill.LOW;
        fill = Fill.after(fill, 79.9, NEVER);
        assertThat(fill).isEqualTo(Fill.LOW);
        fill = Fill.after(fill, 80, NEVER);
        assertThat(fill.percent()).isEqualTo(80);
        fill = Fill.after(fill, 95, 2.9);
        assertThat(fill).isEqualTo(new Fill(90, 3));
        fill = Fill.after(fill, 86, 3.5);
        assertThat(fill).as("a little better").isEqualTo(new Fill(90, 3));
        fill = Fill.after(fill, 84, 5);
        assertThat(fill).isEqualTo(new Fill(80, 6));
        fill = Fill.after(fill, 10, NEVER);
        assertThat(fill).isEqualTo(Fill.LOW);
    }

    @Test
    void aLogOfWhichAQuarterIsTakenIsNotSaidToFill() {
        assertThat(Fill.after(Fill.LOW, 24, 0.5)).isEqualTo(Fill.LOW);
        assertThat(Fill.after(Fill.LOW, 25, 0.5)).isEqualTo(new Fill(0, 1));
    }

    @Property(tries = 300)
    void aStoreThatFillsAndDrainsOncePassesEachStepOnce(
            @ForAll @DoubleRange(min = 25, max = 100) double top, @ForAll @DoubleRange(min = 0, max = 2) double noise) {
        var changes = 0;
        var fill = Fill.LOW;
        for (var i = 0; i <= 2000; i++) {
            var way = i <= 1000 ? i / 1000.0 : 2 - i / 1000.0;
            var wobble = i % 2 == 0 ? noise : -noise;
            var next = Fill.after(fill, way * top + wobble, NEVER);
            changes += next.equals(fill) ? 0 : 1;
            fill = next;
        }
        assertThat(changes).isLessThanOrEqualTo(4);
        assertThat(fill).isEqualTo(Fill.LOW);
    }

    @Property(tries = 300)
    void whatIsSaidIsNeverBetterThanWhatIs(
            @ForAll @DoubleRange(min = 0, max = 100) double[] percents,
            @ForAll @DoubleRange(min = 0, max = 48) double hours) {
        var fill = Fill.LOW;
        for (var percent : percents) {
            fill = Fill.after(fill, percent, hours);
            var plain = Fill.after(Fill.LOW, percent, hours);
            assertThat(fill.percent()).isGreaterThanOrEqualTo(plain.percent()).isIn(List.of(0, 80, 90));
            assertThat(fill.hours()).isLessThanOrEqualTo(plain.hours());
        }
    }
}
