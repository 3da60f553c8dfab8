package dev.selvedge.bench.measure;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.selvedge.bench.load.Access;
import dev.selvedge.bench.load.Crowd;
import dev.selvedge.bench.load.Ledger;
import dev.selvedge.bench.load.Subscriber;
import dev.selvedge.bench.report.Section;
import dev.selvedge.bench.report.Table;
import dev.selvedge.bench.report.Target;
import dev.selvedge.bench.report.Text;
import dev.selvedge.bench.server.Cgroup;
import dev.selvedge.bench.server.Footprint;
import dev.selvedge.bench.server.Hub;
import dev.selvedge.bench.server.Mosquitto;
import dev.selvedge.bench.server.Server;
import dev.selvedge.bench.server.Site;

/** A long outage: messages pile up, the hub is killed and opens them again, then a module and the upstream take them in order. */
public final class Backlog implements Measurement {
    private static final int CLIENTS = 20;
    private static final int PUBLISHERS = 16;
    private static final int IN_FLIGHT = 32;
    private static final int PAYLOAD_BYTES = 256;
    private static final double QUIET_SECONDS = 6;
    private static final double MEBI = 1 << 20;

    private final Table memory = new Table("memory, MiB", "working set", "RSS", "PSS");
    private final Table outage = new Table(
            "messages", "filled/s", "open s", "to a module/s", "upstream/s", "on disk MiB", "after the drain MiB");
    private final List<Target> targets = new ArrayList<>();
    private boolean inGroup;

    @Override
    public Section measure(Lab lab) throws IOException {
        for (var messages : lab.backlogs()) {
            measure(lab, messages);
        }
        var workingSet = inGroup
                ? "usage of the hub's own memory cgroup, which has no limit as a pod's would, less inactive file pages, as Kubernetes counts it, page cache of its jars included"
                : "PSS, because no memory cgroup could be made here";
        return new Section(
                "A long outage",
                """
                %d B from %d publishers with %d in flight each, for two routes: to a module and to the upstream, both away. SIGKILL; *open* is from exec to the
                first client let in. Then the module takes its messages, then the upstream (Mosquitto, and a subscriber behind it that checks the order);
                a drain is stopped after %d s. Each row is one run. Working set: %s.
                """.formatted(PAYLOAD_BYTES, PUBLISHERS, IN_FLIGHT, lab.drainSeconds(), workingSet),
                List.of(outage, memory),
                List.of(),
                targets);
    }

    private void measure(Lab lab, int messages) throws IOException {
        var port = Server.freePort();
        var site = new Site(CLIENTS, true, true, "mqtt://127.0.0.1:" + port);
        var name = Text.count(messages);
        var largest = messages == lab.backlogs().getLast();
        var group = Cgroup.make("backlog", 0);
        inGroup = group.isPresent();
        try (var hub = lab.hub(lab.hub(), site, group, Map.of())) {
            double idle;
            try (var _ = new Crowd(CLIENTS, PAYLOAD_BYTES, hub::publisher)) {
                idle = sample("idle, " + CLIENTS + " clients", hub, group);
            }
            double filled;
            try (var crowd = new Crowd(PUBLISHERS, PAYLOAD_BYTES, hub::publisher)) {
                filled = crowd.publishAll(IN_FLIGHT, messages).perSecond();
            }
            sample(name + " queued", hub, group);
            hub.kill();
            hub.restart();
            var open = hub.startSeconds();
            var queued = sample(name + " queued, after the restart", hub, group);
            var disk = Footprint.diskUsage(hub.data());
            var toModule = drain(lab, hub.receiver(), messages);
            Drained upstreamed;
            try (var upstream = Mosquitto.upstream(lab.fresh("upstream"), port)) {
                upstreamed = drain(lab, upstream.receiver(), messages);
            }
            var waiting = toModule.waiting + upstreamed.waiting;
            Lab.rest(QUIET_SECONDS);
            outage.row(
                    name,
                    Text.count(filled),
                    Text.decimal(open, 2),
                    Text.count(toModule.perSecond) + (toModule.waiting == 0 ? "" : " (stopped)"),
                    Text.count(upstreamed.perSecond) + (upstreamed.waiting == 0 ? "" : " (stopped)"),
                    Text.mebibytes(disk),
                    waiting == 0 ? Text.mebibytes(Footprint.diskUsage(hub.data())) : "not drained");
            if (largest) {
                sample(afterDrain(name, waiting), hub, group);
                targets.add(Target.atMost(
                        "idle", "working set idle, " + CLIENTS + " clients connected", 100, idle / MEBI, "MiB"));
                targets.add(Target.atMost(
                        "queued", "working set with " + name + " messages queued", 160, queued / MEBI, "MiB"));
                targets.add(Target.atMost("open", "open " + name + " after SIGKILL", 2, open, "s"));
                targets.add(Target.atLeast("drain-module", "drain to a module", 20_000, toModule.perSecond, "/s"));
                targets.add(
                        Target.atLeast("drain-upstream", "drain to the upstream", 20_000, upstreamed.perSecond, "/s"));
            }
        } finally {
            if (group.isPresent()) {
                group.get().close();
            }
        }
    }

    private double sample(String when, Hub hub, Optional<Cgroup> group) throws IOException {
        Lab.rest(QUIET_SECONDS);
        var pss = Footprint.pss(hub.pid());
        var workingSet = group.isPresent() ? group.get().workingSet() : pss;
        memory.row(when, Text.mebibytes(workingSet), Text.mebibytes(Footprint.rss(hub.pid())), Text.mebibytes(pss));
        return workingSet;
    }

    private static Drained drain(Lab lab, Access from, int messages) throws IOException {
        var ledger = new Ledger();
        try (var receiver = new Subscriber(from, true, ledger)) {
            Lab.await(lab.drainSeconds(), () -> ledger.distinct() >= messages || !receiver.alive());
            if (!receiver.alive()) {
                throw new IOException("the receiver lost its connection after " + ledger.distinct() + " messages");
            }
            if (ledger.outOfOrder() > 0) {
                throw new IOException(ledger.outOfOrder() + " messages came out of order");
            }
            return new Drained(ledger.perSecond(), Math.max(0, messages - ledger.distinct()));
        }
    }

    static String afterDrain(String messages, long waiting) {
        return messages + (waiting == 0 ? " drained" : ", stopped at " + Text.count(waiting) + " waiting");
    }

    /** @param waiting those that did not come before the drain was stopped */
    private record Drained(double perSecond, long waiting) {}
}
