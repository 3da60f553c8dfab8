package dev.selvedge.bench.measure;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

import dev.selvedge.bench.load.Crowd;
import dev.selvedge.bench.load.Crowd.Rate;
import dev.selvedge.bench.report.BarChart;
import dev.selvedge.bench.report.Section;
import dev.selvedge.bench.report.Statistics;
import dev.selvedge.bench.report.Table;
import dev.selvedge.bench.report.Target;
import dev.selvedge.bench.report.Text;
import dev.selvedge.bench.server.Footprint;
import dev.selvedge.bench.server.Server;
import dev.selvedge.bench.server.Site;

/** Acknowledged QoS 1 messages a second, the hub beside its peers in interleaved rounds. */
public final class Throughput implements Measurement {
    private static final List<Integer> PUBLISHERS = List.of(1, 16, 128);
    private static final List<Integer> PAYLOADS = List.of(256, 4096);
    private static final List<Integer> IN_FLIGHT = List.of(1, 32);
    private static final double WARM_UP_SECONDS = 1;

    private final Map<Load, Map<String, List<Round>>> results = new LinkedHashMap<>();
    private String mosquitto = "";
    private String hub = "";
    private final List<String> durablePeers = new ArrayList<>();

    /** What the publishers do. */
    private record Load(int publishers, int payloadBytes, int inFlight) {}

    /** What one server did in one round. */
    private record Round(Rate rate, double cpuSeconds) {
        double cpuMicros() {
            return cpuSeconds * 1e6 / Math.max(1, rate.acknowledged());
        }
    }

    @Override
    public Section measure(Lab lab) throws IOException {
        var servers = lab.peers();
        try {
            mosquitto = servers.getFirst().name();
            servers.stream().filter(Server::durable).map(Server::name).forEach(durablePeers::add);
            servers.addFirst(lab.hub(Site.queueing(PUBLISHERS.getLast())));
            hub = servers.getFirst().name();
            for (var server : servers) {
                Lab.warmUp(server);
            }
            for (var payload : PAYLOADS) {
                for (var inFlight : IN_FLIGHT) {
                    for (var publishers : PUBLISHERS) {
                        compare(lab, servers, new Load(publishers, payload, inFlight));
                    }
                }
            }
        } finally {
            Lab.closeAll(servers);
        }
        return section(lab);
    }

    private void compare(Lab lab, List<Server> servers, Load load) throws IOException {
        var rates = results.computeIfAbsent(load, _ -> new LinkedHashMap<>());
        for (int round = 0; round <= lab.rounds(); round++) {
            // nobody always comes after the same one
            Collections.rotate(servers, 1);
            for (var server : servers) {
                server.forget();
                Lab.settle();
                var seconds = round == 0 ? WARM_UP_SECONDS : lab.seconds();
                try (var crowd = new Crowd(load.publishers, load.payloadBytes, server::publisher)) {
                    var cpu = Footprint.cpuSeconds(server.pid());
                    var rate = crowd.publish(load.inFlight, seconds);
                    if (round > 0) {
                        rates.computeIfAbsent(server.name(), _ -> new ArrayList<>())
                                .add(new Round(rate, Footprint.cpuSeconds(server.pid()) - cpu));
                    }
                }
            }
        }
        System.out.println(load + " "
                + servers.stream()
                        .map(server -> server.name() + " " + Text.count(rate(load, server.name())))
                        .toList());
    }

    private double rate(Load load, String server) {
        return median(load, server, round -> round.rate.perSecond());
    }

    private double median(Load load, String server, ToDoubleFunction<Round> figure) {
        var rates = results.getOrDefault(load, Map.of()).getOrDefault(server, List.of());
        return Statistics.median(rates.stream().map(figure::applyAsDouble).toList());
    }

    private Section section(Lab lab) {
        var tables = new ArrayList<Table>();
        var charts = new ArrayList<BarChart>();
        for (var payload : PAYLOADS) {
            var table = new Table(payload + " B", "publishers", "in flight", "acked/s", "p50 ms", "p99 ms", "CPU µs");
            for (var inFlight : IN_FLIGHT) {
                for (var publishers : PUBLISHERS) {
                    rows(table, new Load(publishers, payload, inFlight));
                }
                charts.add(chart(payload, inFlight));
            }
            tables.add(table);
        }
        return new Section(
                "Acknowledged messages a second",
                """
                QoS 1, each publisher a connection with a number of messages in flight; medians of %d interleaved rounds of %s s. The hub and the
                durable peers acknowledge what is on disk; everything waits for a receiver that is away, except in Mosquitto in memory, where nobody has
                subscribed. Latency is from publish to acknowledgement; *CPU* is the server's processor time for a message.
                """.formatted(lab.rounds(), Text.decimal(lab.seconds(), 1)),
                tables,
                charts,
                targets());
    }

    private void rows(Table table, Load load) {
        for (var server : results.getOrDefault(load, Map.of()).keySet()) {
            table.row(
                    server,
                    "" + load.publishers,
                    "" + load.inFlight,
                    Text.count(rate(load, server)),
                    Text.decimal(median(load, server, round -> round.rate.millis(50)), 2),
                    Text.decimal(median(load, server, round -> round.rate.millis(99)), 2),
                    Text.count(median(load, server, Round::cpuMicros)));
        }
    }

    private BarChart chart(int payload, int inFlight) {
        var servers = results.values().iterator().next().keySet();
        var series = servers.stream()
                .map(server -> new BarChart.Series(
                        server,
                        PUBLISHERS.stream()
                                .map(publishers -> rate(new Load(publishers, payload, inFlight), server))
                                .toList()))
                .toList();
        return new BarChart(
                "performance-" + payload + "-" + inFlight + ".svg",
                "Acknowledged messages a second, " + payload + " B, " + inFlight + " in flight for each publisher",
                PUBLISHERS.stream()
                        .map(publishers -> publishers + (publishers == 1 ? " publisher" : " publishers"))
                        .toList(),
                series);
    }

    private List<Target> targets() {
        var one = new Load(1, 256, 1);
        var sixteen = new Load(16, 256, 1);
        var best = durablePeers.stream()
                .mapToDouble(peer -> rate(sixteen, peer))
                .max()
                .orElse(Double.NaN);
        return List.of(
                Target.atMost(
                        "p50-1",
                        "p50 of the acknowledgement at 1 publisher, 256 B",
                        0.5,
                        median(one, hub, round -> round.rate.millis(50)),
                        "ms"),
                Target.atLeast(
                        "rate-16",
                        "acknowledged at 16 publishers, 256 B: 15,000/s or half of Mosquitto in memory",
                        Math.min(15_000, rate(sixteen, mosquitto) / 2),
                        rate(sixteen, hub),
                        "/s"),
                Target.atLeast(
                        "peer-16", "the same, beside the best durable peer", 3, rate(sixteen, hub) / best, "times"));
    }
}
