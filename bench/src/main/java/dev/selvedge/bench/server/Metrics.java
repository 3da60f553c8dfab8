package dev.selvedge.bench.server;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.DoubleStream;

/** What a hub or an operator tells on its management port. */
public record Metrics(List<String> lines) {
    /** Metrics that together make up what was stored, for each endpoint and priority. */
    private static final List<String> ACCOUNTED = List.of(
            "edgehub_messages_sent_total",
            "selvedge_messages_expired_total",
            "edgehub_messages_dropped_total",
            "selvedge_messages_quarantined",
            "edgehub_queue_length");

    static Metrics read(int port) throws IOException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                .timeout(Duration.ofSeconds(20))
                .build();
        try (var http = HttpClient.newHttpClient()) {
            return new Metrics(http.send(request, HttpResponse.BodyHandlers.ofString())
                    .body()
                    .lines()
                    .toList());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Sum of all series of a metric, or of those with a label. */
    public long sum(String name, String... labels) {
        return Math.round(series(name, labels).sum());
    }

    private DoubleStream series(String name, String... labels) {
        return lines.stream()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .filter(line -> List.of(labels).stream().allMatch(line::contains))
                .mapToDouble(Metrics::value);
    }

    private static double value(String line) {
        return Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
    }

    /**
     * Below what a part of all values of one histogram lies, 0.99 of them for one: the bound of a bucket. NaN when there are no values, infinite
     * when it lies above {@link #largestBound}.
     */
    public double quantile(double part, String name, String... labels) {
        var most = part * sum(name + "_count", labels);
        return lines.stream()
                .filter(line -> line.startsWith(name + "_bucket{"))
                .filter(line -> List.of(labels).stream().allMatch(line::contains))
                .filter(line -> most > 0 && value(line) >= most)
                .map(line -> label(line, "le"))
                .mapToDouble(bound -> bound.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(bound))
                .min()
                .orElse(Double.NaN);
    }

    /** The largest finite bound of the buckets of one histogram. */
    public double largestBound(String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name + "_bucket{"))
                .map(line -> label(line, "le"))
                .filter(bound -> !bound.equals("+Inf"))
                .mapToDouble(Double::parseDouble)
                .max()
                .orElse(Double.NaN);
    }

    /** For each endpoint and priority what was stored, and what became of it; they are equal when the account is right. */
    public List<Balance> balances() {
        var queues = new TreeSet<String>();
        for (var line : lines) {
            if (line.startsWith("selvedge_messages_stored_total{")) {
                queues.add(label(line, "endpoint") + "|" + label(line, "priority"));
            }
        }
        return queues.stream().map(this::balance).toList();
    }

    private Balance balance(String queue) {
        var labels = queue.split("\\|");
        var endpoint = "endpoint=\"" + labels[0] + "\"";
        var priority = "priority=\"" + labels[1] + "\"";
        var parts = new TreeMap<String, Long>();
        for (var name : ACCOUNTED) {
            var value = sum(name, endpoint, priority);
            if (value != 0) {
                parts.put(name, value);
            }
        }
        return new Balance(labels[0], labels[1], sum("selvedge_messages_stored_total", endpoint, priority), parts);
    }

    private static String label(String line, String name) {
        var start = line.indexOf(name + "=\"") + name.length() + 2;
        return line.substring(start, line.indexOf('"', start));
    }

    /**
     * The account of one endpoint at one priority.
     *
     * @param parts metrics that are not 0, by name
     */
    public record Balance(String endpoint, String priority, long stored, TreeMap<String, Long> parts) {
        public boolean exact() {
            return stored == parts.values().stream().mapToLong(Long::longValue).sum();
        }

        @Override
        public String toString() {
            return endpoint + " at priority " + priority + ": stored " + stored + " " + (exact() ? "=" : "IS NOT") + " "
                    + parts;
        }
    }
}
