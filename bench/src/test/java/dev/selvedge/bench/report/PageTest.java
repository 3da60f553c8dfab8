package dev.selvedge.bench.report;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class PageTest {
    @TempDir
    private Path folder;

    private final Properties why = new Properties();

    @Test
    void tellsWhatWasMetAndByHowMuchTheRestWasMissedAndWhy() {
        why.setProperty("drain", "One message is in flight.");
        var section = new Section(
                "Drain",
                "By hand.",
                new Table("to", "messages/s").row("a module", "5,000"),
                Target.atLeast("drain", "drain to a module", 20_000, 5_000, "/s"),
                Target.atMost("open", "open again", 2, 0.5, "s"));

        assertThat(new Page("Performance", "About.", List.of(section), why).markdown())
                .isEqualTo("""
                # Performance

                About.

                ## Targets

                | target            |    promised | measured |        verdict |
                | ----------------- | ----------: | -------: | -------------: |
                | drain to a module | ≥ 20,000 /s | 5,000 /s | missed by 75 % |
                | open again        |    ≤ 2.00 s |   0.50 s |            met |

                *drain to a module*: One message is in flight.

                ## Drain
                By hand.

                | to       | messages/s |
                | -------- | ---------: |
                | a module |      5,000 |
                """);
    }

    @Test
    void putsEachChartBesideItself() throws Exception {
        var chart = new BarChart(
                "rates.svg",
                "Rates & more",
                List.of("1", "16"),
                List.of(
                        new BarChart.Series("hub", List.of(10.0, 20_000.0)),
                        new BarChart.Series("<peer>", List.of(5.0, Double.NaN))));
        var section = new Section("Rates", "By hand.", List.of(), List.of(chart), List.of());

        new Page("Performance", "About.", List.of(section), why).write(folder.resolve("page.md"));

        assertThat(folder.resolve("page.md")).content().contains("![Rates & more](rates.svg)");
        var svg = Files.readString(folder.resolve("rates.svg"));
        assertThat(svg).contains("Rates &amp; more", "&lt;peer>", ">20k<").doesNotContain("NaN");
        // ground, three bars, two legends
        assertThat(svg.split("<rect")).hasSize(1 + 6);
    }
}
