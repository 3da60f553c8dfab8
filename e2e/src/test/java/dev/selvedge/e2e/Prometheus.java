package dev.selvedge.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * A Prometheus server in the network of a node of the local cluster, where the addresses of pods are reachable (Debian: {@code apt-get install
 * prometheus curl}). Its HTTP API is reachable there alone, so each question is a curl in that network.
 */
final class Prometheus implements AutoCloseable {
    private static final String ADDRESS = "127.0.0.1:19090";
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Shell shell;
    private final String node;
    private final Process process;

    /** One series of an answer and its value. */
    record Sample(Map<String, String> labels, double value) {
        String label(String name) {
            return labels.getOrDefault(name, "");
        }
    }

    private Prometheus(Shell shell, String node, Process process) {
        this.shell = shell;
        this.node = node;
        this.process = process;
    }

    /** Starts it with the {@code prometheus.yml} of a folder, into which its data and its log go too. */
    static Prometheus start(Shell shell, String node, Path folder) {
        try {
            var process = new ProcessBuilder(
                            "cluster/cluster",
                            "enter",
                            node,
                            "prometheus",
                            "--config.file=" + folder.resolve("prometheus.yml"),
                            "--storage.tsdb.path=" + folder.resolve("data"),
                            "--web.listen-address=" + ADDRESS)
                    .directory(shell.root().toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("prometheus.log").toFile())
                    .start();
            var prometheus = new Prometheus(shell, node, process);
            Site.await(
                    SOON,
                    "Prometheus is ready; its log: " + folder.resolve("prometheus.log"),
                    () -> prometheus.curl("/-/ready").contains("Ready"));
            return prometheus;
        } catch (IOException e) {
            throw new UncheckedIOException("Prometheus cannot be started", e);
        }
    }

    /** The answer to an instant query; an exception with Prometheus' words when it does not accept the query. */
    List<Sample> query(String expression) {
        var samples = new ArrayList<Sample>();
        for (var result : get("/api/v1/query", "query=" + expression).path("result")) {
            var labels = new TreeMap<String, String>();
            result.path("metric")
                    .properties()
                    .forEach(
                            label -> labels.put(label.getKey(), label.getValue().asText()));
            samples.add(new Sample(labels, number(result.path("value").path(1).asText())));
        }
        return samples;
    }

    /** The {@code data} of an answer of the HTTP API. */
    JsonNode get(String path, String... parameters) {
        var text = curl(path, parameters);
        try {
            var answer = JSON.readTree(text);
            if (!answer.path("status").asText().equals("success")) {
                throw new IllegalStateException(String.join(" ", parameters) + ": "
                        + answer.path("error").asText(text));
            }
            return answer.path("data");
        } catch (IOException e) {
            throw new IllegalStateException(path + " answers no JSON: " + text, e);
        }
    }

    private String curl(String path, String... parameters) {
        var command = new ArrayList<>(List.of("cluster/cluster", "enter", node));
        command.addAll(List.of("curl", "--silent", "--show-error", "--max-time", "10", "--get"));
        for (var parameter : parameters) {
            command.addAll(List.of("--data-urlencode", parameter));
        }
        command.add("http://" + ADDRESS + path);
        return shell.run(SOON, command);
    }

    private static double number(String text) {
        return switch (text) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(SOON.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
