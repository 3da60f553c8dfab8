package dev.selvedge.bench.soak;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import dev.selvedge.bench.load.Subscriber;
import dev.selvedge.bench.server.Cgroup;
import dev.selvedge.bench.server.FaultyDisk;
import dev.selvedge.bench.server.Footprint;
import dev.selvedge.bench.server.Hub;
import dev.selvedge.bench.server.HubProgram;
import dev.selvedge.bench.server.Metrics;
import dev.selvedge.bench.server.Mosquitto;
import dev.selvedge.bench.server.Server;
import dev.selvedge.bench.server.Site;

/**
 * A hub at its pod's memory limit between modules that publish, one that receives, and a broker upstream, while things go wrong at random. After
 * the first third of the time the hub is not killed any more, so that its memory can be watched.
 */
public final class Soak {
    private static final int SOURCES = 4;
    private static final long LIMIT_BYTES = 192L << 20;
    private static final int DRAIN_SECONDS = 300;
    private static final double MEBI = 1 << 20;

    private final HubProgram program;
    private final Path folder;
    private final double minutes;
    private final double perSecond;
    private final long seed;
    private final Memory memory = new Memory();
    private final long startNanos = System.nanoTime();

    /**
     * Prepares a soak.
     *
     * @param perSecond messages of all sources together
     * @param seed of the faults
     */
    public Soak(HubProgram program, Path folder, double minutes, double perSecond, long seed) {
        this.program = program;
        this.folder = folder;
        this.minutes = minutes;
        this.perSecond = perSecond;
        this.seed = seed;
    }

    /** Runs it, prints what it finds, and returns whether it passed. */
    public boolean run() throws IOException {
        var port = Server.freePort();
        var group = Cgroup.make("soak", LIMIT_BYTES);
        try (var upstream = Mosquitto.upstream(folder.resolve("upstream"), port);
                var uplink = new Uplink(port)) {
            Subscriber.leaveEmptySession(upstream.receiver());
            var disk = FaultyDisk.compile(folder.resolve("disk"));
            var site = new Site(SOURCES, true, true, "mqtt://127.0.0.1:" + uplink.port());
            var home = folder.resolve("hub");
            try (var hub = new Hub(program, home, site, group, disk.environment(Hub.data(home)));
                    var cloud = new Sink("$upstream", upstream::receiver);
                    var module = new Sink("modules/receiver/inputs/in", hub::receiver)) {
                var faults = new Faults(new Random(seed), hub, disk, upstream, uplink, module);
                return run(hub, faults, List.of(cloud, module), group);
            }
        } finally {
            if (group.isPresent()) {
                group.get().close();
            }
        }
    }

    private boolean run(Hub hub, Faults faults, List<Sink> sinks, Optional<Cgroup> group) throws IOException {
        var sources = new ArrayList<Source>();
        memory.born();
        try (var watch = watch(hub, group)) {
            for (int i = 0; i < SOURCES; i++) {
                sources.add(new Source(i, hub::publisher, perSecond / SOURCES));
            }
            while (minutesGone() < minutes && hub.alive()) {
                faults.sleep(2, 10);
                var fault = faults.next(minutesGone() < minutes / 3);
                tell(fault, hub, sources, sinks);
            }
            watch.shutdownNow();
        } finally {
            sources.forEach(Source::close);
        }
        var drained = drain(hub, sources, sinks);
        var verdict = judge(hub.metrics(), sources, sinks, faults.count(Faults.Kind.BIT_FLIPPED));
        verdict.check(hub.alive(), "the hub never ended by itself");
        verdict.check(drained, "everything was delivered within %d s".formatted(DRAIN_SECONDS));
        verdict.note("faults: %s; seed %d".formatted(faults, seed));
        judgeMemory(verdict, group.isPresent());
        System.out.println(verdict);
        return verdict.passed();
    }

    private void tell(Faults.Kind fault, Hub hub, List<Source> sources, List<Sink> sinks) throws IOException {
        System.out.printf(
                "%5.1f min  %-13s  acknowledged %,d  arrived upstream %,d, at the module %,d  RSS %.0f MiB%n",
                minutesGone(),
                fault,
                sources.stream().mapToLong(Source::acknowledged).sum(),
                sinks.getFirst().ledger().distinct(),
                sinks.getLast().ledger().distinct(),
                Footprint.rss(hub.pid()) / MEBI);
    }

    private double minutesGone() {
        return (System.nanoTime() - startNanos) / 60e9;
    }

    private ScheduledExecutorService watch(Hub hub, Optional<Cgroup> group) {
        var watch = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("memory").factory());
        var pid = new long[] {hub.pid()};
        watch.scheduleAtFixedRate(
                () -> {
                    try {
                        if (hub.pid() != pid[0]) {
                            pid[0] = hub.pid();
                            memory.born();
                        }
                        var rss = Footprint.rss(pid[0]) / MEBI;
                        var workingSet = group.isPresent() ? group.get().workingSet() / MEBI : rss;
                        memory.add(new Memory.Sample(
                                minutesGone() * 60, rss, Footprint.anonymous(pid[0]) / MEBI, workingSet));
                    } catch (IOException _) {
                        // it is being killed
                    }
                },
                1,
                1,
                TimeUnit.SECONDS);
        return watch;
    }

    private static boolean drain(Hub hub, List<Source> sources, List<Sink> sinks) throws IOException {
        var end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DRAIN_SECONDS);
        while (System.nanoTime() < end) {
            var metrics = hub.metrics();
            if (metrics.sum("edgehub_queue_length") == 0
                    && sinks.stream().allMatch(sink -> missing(sink, sources) <= givenUp(metrics, sink))) {
                return true;
            }
            pause();
        }
        return false;
    }

    private static void pause() throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(200);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static Verdict judge(Metrics metrics, List<Source> sources, List<Sink> sinks, int flippedBits) {
        var verdict = new Verdict();
        var acknowledged = sources.stream().mapToLong(Source::acknowledged).sum();
        var attempts = sources.stream().mapToLong(Source::attempts).sum();
        verdict.note("%,d acknowledged, %,d published again".formatted(acknowledged, attempts - acknowledged));
        for (var sink : sinks) {
            var missing = missing(sink, sources);
            var counted = givenUp(metrics, sink);
            verdict.check(
                    missing <= counted && counted <= flippedBits,
                    "%s: %,d missing, %,d counted as given up, %,d bits flipped"
                            .formatted(sink.name(), missing, counted, flippedBits));
            verdict.check(
                    sink.ledger().outOfOrder() == 0,
                    "%s: %,d out of order, %,d repeated"
                            .formatted(
                                    sink.name(),
                                    sink.ledger().outOfOrder(),
                                    sink.ledger().repeats()));
            var stored = metrics.sum("selvedge_messages_stored_total", endpoint(sink));
            verdict.check(
                    acknowledged <= stored && stored <= attempts,
                    "%s: %,d stored, between what was acknowledged and what was published"
                            .formatted(sink.name(), stored));
        }
        for (var balance : metrics.balances()) {
            verdict.check(balance.exact(), "account of %s".formatted(balance));
        }
        var lost = metrics.sum("selvedge_store_lost_records");
        verdict.check(
                lost <= flippedBits, "%,d records lost in the store by %,d flipped bits".formatted(lost, flippedBits));
        return verdict;
    }

    /** Messages that were acknowledged and did not come. */
    private static long missing(Sink sink, List<Source> sources) {
        return sources.stream()
                .mapToLong(source -> sink.ledger().missing(source.number(), source.acknowledged()))
                .sum();
    }

    private static long givenUp(Metrics metrics, Sink sink) {
        return metrics.sum("selvedge_messages_expired_total", endpoint(sink))
                + metrics.sum("edgehub_messages_dropped_total", endpoint(sink));
    }

    private static String endpoint(Sink sink) {
        return "endpoint=\"" + sink.name() + "\"";
    }

    private void judgeMemory(Verdict verdict, boolean limited) {
        if (!limited) {
            verdict.note("no memory cgroup could be made here: no limit but the heap's, the working set is RSS");
        }
        var samples = memory.settled();
        verdict.check(
                samples.size() >= 3,
                "memory was seen %d times in the longest life of the hub".formatted(samples.size()));
        if (samples.size() < 3) {
            return;
        }
        var first = samples.getFirst();
        var last = samples.getLast();
        var growth = memory.anonymousSlope();
        verdict.check(
                memory.flat(),
                "memory of its own %.0f MiB at first, %.0f at the end, slope %+.1f ± %.1f MiB/h over %.0f s"
                        .formatted(
                                first.anonymousMib(),
                                last.anonymousMib(),
                                growth.perUnit(),
                                growth.error(),
                                last.seconds() - first.seconds()));
        verdict.note("RSS, pages of files included, %.0f MiB at first, %.0f at the end"
                .formatted(first.rssMib(), last.rssMib()));
        var workingSet = memory.workingSetSlope();
        verdict.note("working set %.0f MiB at the end, at most %.0f of %d, slope %+.1f ± %.1f MiB/h"
                .formatted(
                        last.workingSetMib(),
                        memory.peakWorkingSet(),
                        LIMIT_BYTES >> 20,
                        workingSet.perUnit(),
                        workingSet.error()));
    }
}
