package dev.selvedge.bench.measure;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.selvedge.bench.report.Section;
import dev.selvedge.bench.report.Statistics;
import dev.selvedge.bench.report.Table;
import dev.selvedge.bench.report.Target;
import dev.selvedge.bench.report.Text;
import dev.selvedge.bench.server.HubProgram;
import dev.selvedge.bench.server.Site;

/** How long a hub needs until it lets the first client in. */
public final class StartUp implements Measurement {
    @Override
    public Section measure(Lab lab) throws IOException {
        var starts = Math.max(3, lab.rounds());
        var cached = starts(lab, lab.hub(), starts);
        var plain = starts(lab, lab.plainHub(), starts);
        var table = new Table("hub", "median s", "worst s")
                .row("with the image's AOT cache", median(cached), worst(cached))
                .row("without", median(plain), worst(plain));
        return new Section(
                "Start",
                "From exec to the first client let in, on a folder that has been used before; %d starts, page cache warm."
                        .formatted(starts),
                table,
                Target.atMost("start", "start to the first client let in", 2, Statistics.median(cached), "s"));
    }

    private static List<Double> starts(Lab lab, HubProgram program, int starts) throws IOException {
        var seconds = new ArrayList<Double>();
        try (var hub = lab.hub(program, Site.receiving(4), Optional.empty(), Map.of())) {
            for (int i = 0; i < starts; i++) {
                hub.kill();
                hub.restart();
                seconds.add(hub.startSeconds());
            }
        }
        return seconds;
    }

    private static String median(List<Double> seconds) {
        return Text.decimal(Statistics.median(seconds), 2);
    }

    private static String worst(List<Double> seconds) {
        return Text.decimal(
                seconds.stream().mapToDouble(Double::doubleValue).max().orElse(0), 2);
    }
}
