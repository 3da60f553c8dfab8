package dev.selvedge.bench.scale;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.selvedge.bench.report.Section;
import dev.selvedge.bench.report.Table;
import dev.selvedge.bench.report.Target;
import dev.selvedge.bench.report.Text;
import dev.selvedge.bench.scale.AuditLog.Requests;
import dev.selvedge.bench.server.Cgroup;
import dev.selvedge.bench.server.ControlPlane;
import dev.selvedge.bench.server.Operator;

/**
 * Brings up one site on more and more nodes, each time on a fresh control plane, and measures what that costs the operator.
 *
 * @param project the root of the checkout
 * @param jar the operator's
 * @param flags its Java's
 * @param limitBytes of the memory of the operator's process
 * @param quiet how long to look for writes when all is done
 */
public record Scale(
        Path project, Path folder, Path jar, List<String> flags, long limitBytes, int modules, Duration quiet) {
    private static final Duration LIMIT = Duration.ofMinutes(20);
    private static final Duration SETTLED = Duration.ofSeconds(15);
    private static final List<String> KINDS = List.of("EdgeHub", "EdgeModule", "ModuleTwin");
    private static final String TIMES = "operator_sdk_controllers_execution_reconcile_seconds";
    private static final double MEBI = 1 << 20;

    /**
     * One round.
     *
     * @param created seconds until every twin and StatefulSet was there
     * @param ready seconds until every pod ran
     * @param told seconds until the statuses said so
     * @param p99 of a pass, seconds as text, by kind as in {@link #KINDS}
     * @param bringUp what the operator asked of the API server until it was quiet
     * @param cpu seconds of the operator's processor time until then
     * @param peak and {@code settled}: the operator's working set, bytes
     * @param restart what it asked when it was started again with all there
     * @param restartSeconds from exec until it was ready
     * @param restarted working set after that, bytes
     * @param still what it asked in the quiet time
     */
    record Round(
            int nodes,
            long objects,
            double created,
            double ready,
            double told,
            List<String> p99,
            Requests bringUp,
            double cpu,
            long peak,
            long settled,
            Requests restart,
            double restartSeconds,
            long restarted,
            Requests still) {}

    /** Measures one round for each number of nodes. */
    public Section measure(List<Integer> sizes) throws IOException {
        var rounds = new ArrayList<Round>();
        for (var nodes : sizes) {
            var round = round(nodes);
            System.out.println(round);
            rounds.add(round);
        }
        return section(rounds);
    }

    private Round round(int nodes) throws IOException {
        var at = Files.createDirectories(folder.resolve("nodes-" + nodes));
        var group = Cgroup.make("operator-" + nodes, limitBytes);
        try (var cluster = new ControlPlane(project, at)) {
            var fleet = new Fleet(cluster, nodes, modules);
            var audit = new AuditLog(cluster.audit());
            var operator = new Operator(cluster, jar, flags, at, group);
            List<String> p99;
            double told;
            Requests bringUp;
            double cpu;
            long peak;
            long settled;
            try (operator) {
                operator.awaitReady();
                fleet.apply();
                peak = 0;
                while (fleet.told() < fleet.instances()) {
                    peak = Math.max(peak, operator.workingSet());
                    pause(Duration.ofSeconds(1));
                    if (!operator.alive() || fleet.elapsed().compareTo(LIMIT) > 0) {
                        throw new IOException("only " + fleet.told() + " of " + fleet.instances() + " instances on "
                                + nodes + " nodes are ready, see " + at);
                    }
                }
                told = fleet.elapsed().toMillis() / 1000.0;
                System.out.printf("%d nodes: all ready after %.0f s%n", nodes, told);
                bringUp = settle(audit);
                p99 = p99(operator);
                cpu = operator.cpuSeconds();
                settled = operator.workingSet();
                peak = Math.max(peak, settled);
            }
            try (var again = new Operator(cluster, jar, flags, at, group)) {
                var restartSeconds = again.awaitReady();
                var restart = settle(audit);
                pause(quiet);
                return new Round(
                        nodes,
                        fleet.objects(),
                        fleet.lastCreated(),
                        fleet.lastReady(),
                        told,
                        p99,
                        bringUp,
                        cpu,
                        peak,
                        settled,
                        restart,
                        restartSeconds,
                        again.workingSet(),
                        audit.read());
            }
        } finally {
            if (group.isPresent()) {
                group.get().close();
            }
        }
    }

    private static List<String> p99(Operator operator) throws IOException {
        var metrics = operator.metrics();
        return KINDS.stream()
                .map(kind -> metrics.quantile(0.99, TIMES, "resource_kind=\"" + kind + "\""))
                .map(p99 -> Double.isInfinite(p99)
                        ? "> " + Text.decimal(metrics.largestBound(TIMES), 0)
                        : Text.decimal(p99, 2))
                .toList();
    }

    /** Waits until the operator has not written for a while; returns what it asked until then. */
    private static Requests settle(AuditLog audit) throws IOException {
        var all = audit.read();
        var end = System.nanoTime() + LIMIT.toNanos();
        while (System.nanoTime() < end) {
            pause(SETTLED);
            var more = audit.read();
            all = all.and(more);
            if (more.writes() == 0) {
                return all;
            }
        }
        throw new IOException("the operator has not been still for %d s in %d minutes"
                .formatted(SETTLED.toSeconds(), LIMIT.toMinutes()));
    }

    private static void pause(Duration time) throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private Section section(List<Round> rounds) {
        var up = new Table(
                "nodes",
                "objects",
                "created s",
                "pods ready s",
                "told s",
                "hub p99 s",
                "module p99 s",
                "twin p99 s",
                "CPU s",
                "requests per object",
                "writes per object");
        var rest = new Table(
                "nodes",
                "peak MiB",
                "settled MiB",
                "started again s",
                "writes then",
                "MiB then",
                "writes in %d s of quiet".formatted(quiet.toSeconds()));
        for (var r : rounds) {
            up.row(
                    Text.count(r.nodes()),
                    Text.count(r.objects()),
                    Text.count(r.created()),
                    Text.count(r.ready()),
                    Text.count(r.told()),
                    r.p99().get(0),
                    r.p99().get(1),
                    r.p99().get(2),
                    Text.count(r.cpu()),
                    Text.decimal((double) r.bringUp().all() / r.objects(), 2),
                    Text.decimal((double) r.bringUp().writes() / r.objects(), 2));
            rest.row(
                    Text.count(r.nodes()),
                    Text.mebibytes(r.peak()),
                    Text.mebibytes(r.settled()),
                    Text.decimal(r.restartSeconds(), 1),
                    Text.count(r.restart().writes()),
                    Text.mebibytes(r.restarted()),
                    Text.count(r.still().writes()));
        }
        var last = rounds.getLast();
        var what = " with %s nodes × %d modules".formatted(Text.count(last.nodes()), modules);
        var memory = Target.atMost(
                "operator-memory", "working set" + what, 256, Math.max(last.peak(), last.restarted()) / MEBI, "MiB");
        var still = Target.atMost(
                "operator-still", "writes at rest" + what, 0, last.still().writes(), "requests");
        return new Section(
                "One site with %d modules on each node".formatted(modules),
                """
                The clock runs from the moment at which EdgeHub and EdgeModules are applied, until every twin and StatefulSet is there (*created*), every pod is
                ready, and the statuses say so (*told*). *p99*: of the time that a pass over an object of that kind takes, by the operator's own metrics, as the
                upper bound of their bucket; a pass over an EdgeHub or EdgeModule covers its instances on all nodes. *Objects* are those that the
                operator keeps; requests and writes are counted in the API server's audit log, those for the leader's lease left out. When nothing has
                been written for %d s the operator is stopped and started again beside all that is there.
                """.formatted(SETTLED.toSeconds()),
                List.of(up, rest),
                List.of(),
                List.of(memory, still));
    }
}
