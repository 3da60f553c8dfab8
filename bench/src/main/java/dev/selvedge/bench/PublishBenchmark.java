package dev.selvedge.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Acknowledged QoS 1 messages a second, one in flight for each publisher, the hub beside Mosquitto in interleaved rounds. */
@Command(name = "publish", mixinStandardHelpOptions = true)
public final class PublishBenchmark implements Callable<Integer> {
    private static final int PAYLOAD_BYTES = 256;
    private static final int[] PUBLISHERS = {1, 16, 128};

    @Option(names = "--hub", required = true, description = "the hub's jar")
    private Path hub = Path.of("");

    @Option(names = "--folder", required = true, description = "a folder on the disk to measure; emptied by the caller")
    private Path folder = Path.of("");

    @Option(names = "--rounds", description = "rounds for each figure; their median is shown", defaultValue = "5")
    private int rounds;

    @Option(names = "--seconds", description = "length of a round", defaultValue = "4")
    private int seconds;

    @Option(names = "--java-flag", description = "flag for the hub's JVM, may be given several times")
    private List<String> flags = new ArrayList<>();

    /** @param args see {@code --help} */
    public static void main(String[] args) {
        System.exit(new CommandLine(new PublishBenchmark()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin", "java");
        Files.createDirectories(folder);
        try (var mosquitto = new Mosquitto(folder.resolve("mosquitto"));
                var selvedge = new Hub(java, hub.toAbsolutePath(), flags, folder.resolve("hub"), 128)) {
            var servers = List.of(mosquitto, selvedge);
            System.out.printf(
                    "%d B payload, QoS 1, TLS, one in flight for each publisher; median of %d interleaved rounds of %d s%n",
                    PAYLOAD_BYTES, rounds, seconds);
            System.out.printf("%-32s %10s %12s %12s %12s%n", "server", "publishers", "acked/s", "p50 ms", "p99 ms");
            for (var publishers : PUBLISHERS) {
                compare(servers, publishers);
            }
        }
        return 0;
    }

    private void compare(List<? extends Server> servers, int publishers) throws Exception {
        var results = new LinkedHashMap<Server, List<Round>>();
        for (var server : servers) {
            run(server, publishers, 2);
        }
        for (int i = 0; i < rounds; i++) {
            for (var server : servers) {
                results.computeIfAbsent(server, _ -> new ArrayList<>()).add(run(server, publishers, seconds));
            }
        }
        var rates = new ArrayList<Double>();
        results.forEach((server, all) -> {
            var rate = median(all.stream().mapToDouble(Round::perSecond).toArray());
            rates.add(rate);
            System.out.printf(
                    "%-32s %10d %12.0f %12.3f %12.3f%n",
                    server.name(),
                    publishers,
                    rate,
                    median(all.stream().mapToDouble(Round::p50).toArray()),
                    median(all.stream().mapToDouble(Round::p99).toArray()));
        });
        System.out.printf("%-32s %10d %11.2fx%n", "ratio", publishers, rates.get(1) / rates.get(0));
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }

    private static Round run(Server server, int publishers, int seconds) throws Exception {
        var tls = server.tls();
        var go = new CountDownLatch(1);
        var counted = new ArrayList<Future<long[]>>();
        var clients = new ArrayList<Publisher>();
        try (var threads =
                Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            for (int i = 0; i < publishers; i++) {
                var client = new Publisher(tls, server.port(), server.login(i), server.topic(i), PAYLOAD_BYTES);
                clients.add(client);
                counted.add(threads.submit(() -> publish(client, go, seconds)));
            }
            go.countDown();
            return collect(counted, seconds);
        } finally {
            for (var client : clients) {
                client.close();
            }
        }
    }

    /** Latencies of one publisher, nanoseconds. */
    private static long[] publish(Publisher client, CountDownLatch go, int seconds)
            throws IOException, InterruptedException {
        var latencies = new long[1 << 20];
        var count = 0;
        go.await();
        var end = System.nanoTime() + seconds * 1_000_000_000L;
        for (var now = System.nanoTime(); now < end && count < latencies.length; ) {
            client.publishOne();
            var after = System.nanoTime();
            latencies[count++] = after - now;
            now = after;
        }
        return Arrays.copyOf(latencies, count);
    }

    private static Round collect(List<Future<long[]>> counted, int seconds)
            throws InterruptedException, ExecutionException {
        var all = new ArrayList<long[]>();
        for (var future : counted) {
            all.add(future.get());
        }
        var sorted = all.stream().flatMapToLong(Arrays::stream).sorted().toArray();
        return new Round(
                (double) sorted.length / seconds,
                sorted[sorted.length / 2] / 1e6,
                sorted[(int) (sorted.length * 0.99)] / 1e6);
    }

    /** One round: rate, and latency percentiles in milliseconds. */
    private record Round(double perSecond, double p50, double p99) {}
}
