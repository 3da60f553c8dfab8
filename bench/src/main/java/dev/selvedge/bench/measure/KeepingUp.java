package dev.selvedge.bench.measure;

import java.io.IOException;

import dev.selvedge.bench.load.Crowd;
import dev.selvedge.bench.load.Ledger;
import dev.selvedge.bench.load.Subscriber;
import dev.selvedge.bench.report.Section;
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

    private final Table table = new Table("receiver", "acked/s", "delivered/s", "left behind");

    @Override
    public Section measure(Lab lab) throws IOException {
        var seconds = lab.seconds() * 3;
        var port = Server.freePort();
        double rate;
        try (var upstream = Mosquitto.upstream(lab.fresh("upstream"), port);
                var hub = lab.hub(new Site(PUBLISHERS, false, true, "mqtt://127.0.0.1:" + port))) {
            rate = run("upstream", hub, upstream, seconds);
        }
        try (var hub = lab.hub(Site.receiving(PUBLISHERS))) {
            run("module", hub, hub, seconds);
        }
        return new Section(
                "With the receiver there",
                "%d publishers, %d B, one in flight for each, for %s s, while a receiver takes all of it: a broker upstream (and a subscriber behind it), or a module."
                        .formatted(PUBLISHERS, PAYLOAD_BYTES, Text.decimal(seconds, 0)),
                table,
                Target.atLeast(
                        "rate-128",
                        "acknowledged at 128 publishers, 256 B, and taken by the upstream at once",
                        20_000,
                        rate,
                        "/s"));
    }

    /** Messages a second that were acknowledged, or delivered, whichever were fewer: what is left behind was not kept up with. */
    private double run(String name, Server hub, Server receiving, double seconds) throws IOException {
        var ledger = new Ledger();
        try (var receiver = new Subscriber(receiving.receiver(), true, ledger);
                var crowd = new Crowd(PUBLISHERS, PAYLOAD_BYTES, hub::publisher)) {
            crowd.publish(1, 4);
            var before = ledger.distinct();
            var rate = crowd.publish(1, seconds);
            var delivered = ledger.distinct() - before;
            if (!receiver.alive()) {
                throw new IOException("the " + name + " lost its connection");
            }
            table.row(
                    name,
                    Text.count(rate.perSecond()),
                    Text.count(delivered / seconds),
                    Text.count(Math.max(0, rate.acknowledged() - delivered)));
            return Math.min(rate.perSecond(), delivered / seconds);
        }
    }
}
