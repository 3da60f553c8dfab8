package dev.selvedge.operator;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.json.Nesting;
import dev.selvedge.operator.cache.ClusterCaches;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** An API server that has a twin as deep as it stores, and tells of another one. */
@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeepTwinTest {
    private static final String DEEP = "{\"a\":".repeat(9_900) + "{}" + "}".repeat(9_900);

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch end = new CountDownLatch(1);
    private HttpServer server;

    @BeforeEach
    void open() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void close() {
        end.countDown();
        server.stop(0);
        threads.close();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var twins = exchange.getRequestURI().getPath().endsWith("/moduletwins");
            var watch = String.valueOf(exchange.getRequestURI().getQuery()).contains("watch=true");
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            if (exchange.getRequestHeaders().containsKey("Upgrade")) {
                exchange.sendResponseHeaders(200, -1);
                return;
            }
            exchange.sendResponseHeaders(200, 0);
            var body = exchange.getResponseBody();
            if (!watch) {
                var items = twins ? twin("first", 1) + "," + twin("second", 2) : "";
                body.write(
                        ("{\"kind\":\"List\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"2\"},\"items\":["
                                        + items + "]}")
                                .getBytes(UTF_8));
                return;
            }
            if (twins) {
                body.write(("{\"type\":\"ADDED\",\"object\":" + twin("third", 3) + "}\n").getBytes(UTF_8));
            }
            body.flush();
            end.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static String twin(String name, int version) {
        return """
                {"apiVersion":"selvedge.dev/v1alpha1","kind":"ModuleTwin","metadata":{"name":"%s","namespace":"site","uid":"%s","resourceVersion":"%d",\
                "managedFields":[{"manager":"kubectl","operation":"Update","fieldsV1":{"f:spec":%s}}]},\
                "spec":{"deviceId":"d","moduleId":"m","properties":{"desired":%s}}}""".formatted(name, name, version, DEEP, DEEP);
    }

    @Test
    void keepsNoWatchFromItsWork() {
        var config = new ConfigBuilder(Config.empty())
                .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                .build();
        try (var client = OperatorMain.client(config);
                var caches = new ClusterCaches(client, Set.of("site"), List.of(), "operator")) {
            caches.start(() -> {});
            await().untilAsserted(() ->
                    assertThat(caches.of(ModuleTwin.class).list("site")).hasSize(3));
            assertThat(caches.synced()).isTrue();
            assertThat(caches.of(ModuleTwin.class).list("site"))
                    .allMatch(
                            twin -> Nesting.tooDeep(twin.getSpec().properties().desired()));
            end.countDown();
        }
    }
}
