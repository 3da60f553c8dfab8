package dev.selvedge.bench.measure;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

import dev.selvedge.bench.load.Crowd;
import dev.selvedge.bench.load.Ledger;
import dev.selvedge.bench.load.Subscriber;
import dev.selvedge.bench.report.Section;
import dev.selvedge.bench.report.Statistics;
import dev.selvedge.bench.report.Table;
import dev.selvedge.bench.report.Target;
import dev.selvedge.bench.report.Text;
import dev.selvedge.bench.server.Mosquitto;
import dev.selvedge.bench.server.Server;
import dev.selvedge.bench.server.Site;

/** What is acknowledged while a receiver takes messages as well, and whether it keeps up. */
public final class KeepingUp implements Measurement {
    private static final int PUBLISHERS = 128;
    private static final int PAYLOAD_BYTES = 256;
    private static final double WARM_UP_SECONDS = 4;

    private final Table table = new Table("receiver", "acked/s", "delivered/s");

    /** Messages a second. */
    private record Rates(double acknowledged, double delivered) {
        /** What is left behind was not kept up with. */
        double keptUp() {
            return Math.min(acknowledged, delivered);
        }
    }

    @Override
    public Section measure(Lab lab) throws IOException {
        var seconds = lab.seconds() * 3;
        var upstream = new ArrayList<Rates>();
        var module = new ArrayList<Rates>();
        for (int round = 0; round < lab.rounds(); round++) {
            upstream.add(toUpstream(lab, seconds));
            module.add(toModule(lab, seconds));
        }
        row("upstream", upstream);
        row("module", module);
        return new Section(
                "With the receiver there",
                """
                %d publishers, %d B, one in flight for each, while a receiver takes all of it: a broker upstream (and a subscriber behind it), or a module,
                which has one message in flight as they have. Medians of %d interleaved rounds of %s s, each with a hub of its own.
                """.formatted(PUBLISHERS, PAYLOAD_BYTES, lab.rounds(), Text.decimal(seconds, 0)),
                table,
                Target.atLeast(
                        "rate-128",
                        "acknowledged at 128 publishers, 256 B, and taken by the upstream at once",
                        20_000,
                        median(upstream, Rates::keptUp),
                        "/s"));
    }

    private void row(String receiver, List<Rates> rounds) {
        table.row(
                receiver,
                Text.count(median(rounds, Rates::acknowledged)),
                Text.count(median(rounds, Rates::delivered)));
    }

    private static double median(List<Rates> rounds, Function<Rates, Double> figure) {
        return Statistics.median(rounds.stream().map(figure).toList());
    }

    private static Rates toUpstream(Lab lab, double seconds) throws IOException {
        var port = Server.freePort();
        try (var upstream = Mosquitto.upstream(lab.fresh("upstream"), port);
                var hub = lab.hub(new Site(PUBLISHERS, false, true, "mqtt://127.0.0.1:" + port))) {
            return run(hub, upstream, seconds);
        }
    }

    private static Rates toModule(Lab lab, double seconds) throws IOException {
        try (var hub = lab.hub(Site.receiving(PUBLISHERS))) {
            return run(hub, hub, seconds);
        }
    }

    private static Rates run(Server hub, Server receiving, double seconds) throws IOException {
        var ledger = new Ledger();
        try (var receiver = new Subscriber(receiving.receiver(), true, ledger)) {
            Lab.flows(hub.publisher(0), PUBLISHERS, PAYLOAD_BYTES, () -> ledger.distinct() == 1);
            try (var crowd = new Crowd(PUBLISHERS, PAYLOAD_BYTES, hub::publisher)) {
                crowd.publish(1, WARM_UP_SECONDS);
                var before = ledger.distinct();
                var rate = crowd.publish(1, seconds);
                var delivered = ledger.distinct() - before;
                if (!receiver.alive()) {
                    throw new IOException("the receiver behind " + receiving.name() + " lost its connection");
                }
                return new Rates(rate.perSecond(), delivered / seconds);
            }
        }
    }
}
