package dev.selvedge.bench.measure;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.selvedge.bench.load.Crowd;
import dev.selvedge.bench.report.Section;
import dev.selvedge.bench.report.Table;
import dev.selvedge.bench.report.Target;
import dev.selvedge.bench.report.Text;
import dev.selvedge.bench.server.FaultyDisk;
import dev.selvedge.bench.server.Server;
import dev.selvedge.bench.server.Site;

/** A disk that needs 10 ms for each sync, as cheap flash does: group commit must carry all that is in flight. */
public final class SlowSync implements Measurement {
    private static final int SYNC_MILLIS = 10;
    /** A sync, and what it costs to write, acknowledge and ask again. */
    private static final double CYCLE_SECONDS = 0.013;

    private static final List<Integer> PUBLISHERS = List.of(1, 16, 128);
    private static final int PAYLOAD_BYTES = 256;

    private final Table table = new Table("server", "in flight", "acked/s", "in flight / 13 ms", "p50 ms", "p99 ms");
    private final List<Target> targets = new ArrayList<>();

    @Override
    public Section measure(Lab lab) throws IOException {
        var slow = FaultyDisk.compile(lab.fresh("slow-disk"));
        slow.fail("sync / delay " + SYNC_MILLIS + " -1");
        var disk = slow.environment(lab.folder());
        try (var hub = lab.hub(lab.hub(), Site.queueing(PUBLISHERS.getLast()), Optional.empty(), disk)) {
            Lab.warmUp(hub);
            for (var publishers : PUBLISHERS) {
                var rate = run(lab, hub, publishers);
                targets.add(Target.atLeast(
                        "slow-" + publishers,
                        "10 ms disk, " + publishers + " in flight",
                        publishers / CYCLE_SECONDS,
                        rate,
                        "/s"));
            }
        }
        peer(lab, disk);
        return new Section(
                "A disk that syncs in 10 ms",
                """
                Every fdatasync and fsync of the server sleeps %d ms first (a small library that is loaded before the C library). One in flight for each
                publisher, %d B; the median of %d rounds of %s s each.
                """.formatted(SYNC_MILLIS, PAYLOAD_BYTES, lab.rounds(), Text.decimal(lab.seconds() * 2, 0)),
                List.of(table),
                List.of(),
                targets);
    }

    private void peer(Lab lab, Map<String, String> disk) throws IOException {
        try (var artemis = lab.artemis(disk)) {
            Lab.warmUp(artemis);
            for (var publishers : PUBLISHERS) {
                run(lab, artemis, publishers);
            }
        }
    }

    private double run(Lab lab, Server server, int publishers) throws IOException {
        server.forget();
        try (var crowd = new Crowd(publishers, PAYLOAD_BYTES, server::publisher)) {
            crowd.publish(1, 1);
            var rounds = new ArrayList<Crowd.Rate>();
            for (int round = 0; round < lab.rounds(); round++) {
                rounds.add(crowd.publish(1, lab.seconds() * 2));
            }
            rounds.sort(Comparator.comparingDouble(Crowd.Rate::perSecond));
            var rate = rounds.get(rounds.size() / 2);
            table.row(
                    server.name(),
                    "" + publishers,
                    Text.count(rate.perSecond()),
                    Text.count(publishers / CYCLE_SECONDS),
                    Text.decimal(rate.millis(50), 1),
                    Text.decimal(rate.millis(99), 1));
            return rate.perSecond();
        }
    }
}
