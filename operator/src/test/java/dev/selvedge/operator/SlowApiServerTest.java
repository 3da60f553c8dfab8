package dev.selvedge.operator;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.pki.Lifetimes;
import dev.selvedge.operator.render.HubSettings;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.rbac.RoleRef;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** An operator that starts where a list takes much longer than other requests may. */
class SlowApiServerTest {
    private static final int USUAL_MILLIS = 100;
    private static final Duration SLOW = Duration.ofMillis(1000);

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch end = new CountDownLatch(1);
    private HttpServer server;
    private KubernetesClient client;
    private String slow;

    @BeforeEach
    void open() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
        client = new KubernetesClientBuilder()
                .withConfig(OperatorMain.patient(new ConfigBuilder(Config.empty())
                        .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                        .withRequestTimeout(USUAL_MILLIS)
                        .build()))
                .build();
    }

    @AfterEach
    void close() {
        end.countDown();
        client.close();
        server.stop(0);
        threads.close();
    }

    /** Empty lists, and watches over plain HTTP on which nothing happens. */
    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var query = String.valueOf(exchange.getRequestURI().getQuery());
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            if (exchange.getRequestHeaders().containsKey("Upgrade")) {
                exchange.sendResponseHeaders(200, -1);
            } else if (query.contains("watch=true")) {
                exchange.sendResponseHeaders(200, 0);
                exchange.getResponseBody().flush();
                end.await();
            } else {
                list(exchange);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void list(HttpExchange exchange) throws IOException, InterruptedException {
        var uri = exchange.getRequestURI();
        if (uri.getPath().endsWith("/" + slow) && uri.getQuery().contains("limit=" + ClusterCaches.PAGE)) {
            var _ = end.await(SLOW.toMillis(), TimeUnit.MILLISECONDS);
        }
        var bytes = "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[]}"
                .getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pods", "moduletwins"})
    void aFirstListThatIsSlowIsWaitedFor(String kind) {
        slow = kind;
        var settings = new OperatorConfig(
                Set.of("site"),
                List.of(),
                new HubSettings(
                        "hub", "Always", List.of(), new ResourceRequirements(), new RoleRef("g", "Role", "hub")),
                Lifetimes.DEFAULT,
                0,
                null);
        try (var operator = new SelvedgeOperator(settings, client, InstantSource.system(), Metrics.NOOP, () -> {})) {
            operator.start();

            assertThat(operator.ready()).isTrue();
            assertThat(client.getConfiguration().getRequestTimeout())
                    .as("what a leader's requests may take")
                    .isEqualTo(USUAL_MILLIS);
            end.countDown();
        }
    }
}
