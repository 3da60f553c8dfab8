package dev.selvedge.bench.measure;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.selvedge.bench.load.Crowd;
import dev.selvedge.bench.report.Section;
import dev.selvedge.bench.report.Statistics;
import dev.selvedge.bench.report.Table;
import dev.selvedge.bench.report.Text;
import dev.selvedge.bench.server.Cgroup;
import dev.selvedge.bench.server.Footprint;
import dev.selvedge.bench.server.Hub;
import dev.selvedge.bench.server.HubProgram;
import dev.selvedge.bench.server.Site;

/** What the flag that keeps the second compiler out costs in speed and saves in memory. */
public final class Compilers implements Measurement {
    private static final List<Integer> PUBLISHERS = List.of(1, 16, 128);
    private static final int PAYLOAD_BYTES = 256;

    @Override
    public Section measure(Lab lab) throws IOException {
        var table = new Table(
                "compilers", "1 publisher, acked/s", "16", "128", "working set idle MiB", "after the load MiB");
        var one = Cgroup.make("c1", 0);
        var both = Cgroup.make("c2", 0);
        try (var c1 = lab.hub(lab.hub(), Site.queueing(PUBLISHERS.getLast()), one, Map.of());
                var c2 = lab.hub(
                        lab.hub().without(HubProgram.C1_ONLY), Site.queueing(PUBLISHERS.getLast()), both, Map.of())) {
            Lab.rest(5);
            var idle = List.of(memory(c1, one), memory(c2, both));
            var hubs = List.of(c1, c2);
            Lab.warmUp(c1);
            Lab.warmUp(c2);
            var rates = new ArrayList<List<String>>(List.of(new ArrayList<>(), new ArrayList<>()));
            for (var publishers : PUBLISHERS) {
                var medians = compare(lab, hubs, publishers);
                for (int i = 0; i < hubs.size(); i++) {
                    rates.get(i).add(Text.count(medians.get(i)));
                }
            }
            var loaded = List.of(memory(c1, one), memory(c2, both));
            var names = List.of("C1 alone (the image)", "C1 and C2");
            for (int i = 0; i < hubs.size(); i++) {
                var rate = rates.get(i);
                table.row(names.get(i), rate.get(0), rate.get(1), rate.get(2), idle.get(i), loaded.get(i));
            }
        } finally {
            close(one);
            close(both);
        }
        return new Section(
                "One compiler or two",
                "The image's flags with and without `%s`, both hubs in the same interleaved rounds, %d B, one in flight for each publisher. See [decision 5](decisions/0005-memory-of-the-hub.md)."
                        .formatted(HubProgram.C1_ONLY, PAYLOAD_BYTES),
                table);
    }

    private static List<Double> compare(Lab lab, List<Hub> hubs, int publishers) throws IOException {
        var rates = new LinkedHashMap<Hub, List<Double>>();
        for (int round = 0; round <= lab.rounds(); round++) {
            for (var hub : hubs) {
                try (var crowd = new Crowd(publishers, PAYLOAD_BYTES, hub::publisher)) {
                    var rate = crowd.publish(1, lab.seconds()).perSecond();
                    if (round > 0) {
                        rates.computeIfAbsent(hub, _ -> new ArrayList<>()).add(rate);
                    }
                }
            }
        }
        return rates.values().stream().map(Statistics::median).toList();
    }

    private static String memory(Hub hub, Optional<Cgroup> group) throws IOException {
        return Text.mebibytes(group.isPresent() ? group.get().workingSet() : Footprint.pss(hub.pid()));
    }

    private static void close(Optional<Cgroup> group) throws IOException {
        if (group.isPresent()) {
            group.get().close();
        }
    }
}
