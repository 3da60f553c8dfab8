package dev.selvedge.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

import io.fabric8.kubernetes.client.KubernetesClient;

/** What a hub tells on its management port, read through the API server. */
public record HubMetrics(List<String> lines) {
    private static final int MANAGEMENT_PORT = 9600;

    /** Reads the metrics of a hub's pod now. */
    public static HubMetrics read(KubernetesClient client, String namespace, String pod) {
        try (var forward = client.pods().inNamespace(namespace).withName(pod).portForward(MANAGEMENT_PORT);
                var http = HttpClient.newHttpClient()) {
            var url = URI.create("http://127.0.0.1:" + forward.getLocalPort() + "/metrics");
            var request =
                    HttpRequest.newBuilder(url).timeout(Duration.ofSeconds(5)).build();
            var answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IOException("status " + answer.statusCode());
            }
            return new HubMetrics(answer.body().lines().toList());
        } catch (IOException e) {
            throw new UncheckedIOException("the metrics of " + pod + " cannot be read", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Sum of all series of a metric. */
    public long sum(String name) {
        return Math.round(lines.stream()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum());
    }
}
