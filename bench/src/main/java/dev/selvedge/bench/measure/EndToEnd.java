package dev.selvedge.bench.measure;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

import dev.selvedge.bench.load.Publisher;
import dev.selvedge.bench.load.Subscriber;
import dev.selvedge.bench.report.Section;
import dev.selvedge.bench.report.Table;
import dev.selvedge.bench.report.Text;
import dev.selvedge.bench.server.Server;
import dev.selvedge.bench.server.Site;
import org.HdrHistogram.Histogram;

/** How long a message takes from its publisher to a receiver that is there, at a modest rate. */
public final class EndToEnd implements Measurement {
    private static final int PER_SECOND = 500;
    private static final int PUBLISHERS = 4;
    private static final int PAYLOAD_BYTES = 256;
    private static final double WARM_UP_SECONDS = 5;
    private static final double LATE_SECONDS = 10;

    @Override
    public Section measure(Lab lab) throws IOException {
        var servers = lab.peers();
        var latencies = new LinkedHashMap<Server, Histogram>();
        var seconds = Math.max(2, lab.seconds());
        try {
            servers.addFirst(lab.hub(Site.receiving(PUBLISHERS)));
            for (var server : servers) {
                run(server, WARM_UP_SECONDS);
            }
            for (int round = 0; round < lab.rounds(); round++) {
                for (var server : servers) {
                    Lab.settle();
                    var all = latencies.computeIfAbsent(server, _ -> new Histogram(3));
                    all.add(run(server, seconds));
                }
            }
        } finally {
            Lab.closeAll(servers);
        }
        var sent = lab.rounds() * (long) (PER_SECOND * seconds);
        var table = new Table("server", "p50 ms", "p95 ms", "p99 ms", "delivered");
        latencies.forEach((server, all) -> table.row(
                server.name(),
                millis(all, 50),
                millis(all, 95),
                millis(all, 99),
                all.getTotalCount() + (all.getTotalCount() < sent ? " of " + sent : "")));
        return new Section(
                "End to end", """
                %d messages a second of %d B from %d publishers to one receiver (a module, or a subscriber with QoS 1), sent when they are due whatever the
                server does; counted from then. %d interleaved rounds together; what has not come %.0f s after a round counts as not delivered.
                """.formatted(PER_SECOND, PAYLOAD_BYTES, PUBLISHERS, lab.rounds(), LATE_SECONDS), table);
    }

    private static String millis(Histogram latencies, double percentile) {
        return Text.decimal(latencies.getValueAtPercentile(percentile) / 1e3, 2);
    }

    private static Histogram run(Server server, double seconds) throws IOException {
        var latencies = new Histogram(3);
        var messages = (int) (PER_SECOND * seconds);
        Subscriber.Arrival arrival = (_, _, sent) -> {
            synchronized (latencies) {
                latencies.recordValue((System.nanoTime() - sent) / 1000);
            }
        };
        var publishers = new ArrayList<Publisher>();
        try (var receiver = new Subscriber(server.receiver(), true, arrival)) {
            Lab.flows(server.publisher(0), PUBLISHERS, PAYLOAD_BYTES, () -> count(latencies) == 1);
            forget(latencies);
            for (int i = 0; i < PUBLISHERS; i++) {
                publishers.add(new Publisher(server.publisher(i), i, 1, PAYLOAD_BYTES));
            }
            publish(publishers, messages);
            Lab.await(LATE_SECONDS, () -> count(latencies) >= messages || !receiver.alive());
        } finally {
            for (var publisher : publishers) {
                publisher.close();
            }
        }
        return latencies;
    }

    private static long count(Histogram latencies) {
        synchronized (latencies) {
            return latencies.getTotalCount();
        }
    }

    private static void forget(Histogram latencies) {
        synchronized (latencies) {
            latencies.reset();
        }
    }

    private static void publish(List<Publisher> publishers, int messages) throws IOException {
        publishers.forEach(publisher ->
                Thread.ofPlatform().daemon().name("acknowledgements").start(() -> readAll(publisher)));
        var start = System.nanoTime();
        for (int i = 0; i < messages; i++) {
            var due = start + i * 1_000_000_000L / PER_SECOND;
            for (var left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            publishers.get(i % publishers.size()).publish(due);
        }
    }

    private static void readAll(Publisher publisher) {
        try {
            while (true) {
                publisher.readAcknowledgement();
            }
        } catch (IOException _) {
            // closed at the end of the round
        }
    }
}
