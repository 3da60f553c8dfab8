package dev.selvedge.operator.cache;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class FirstAnswerTest {
    private static final String HUBS = "/apis/selvedge.dev/v1alpha1/namespaces/site/edgehubs";
    private static final String MODULES = "/apis/selvedge.dev/v1alpha1/namespaces/site/edgemodules";
    private static final String TWINS = "/apis/selvedge.dev/v1alpha1/namespaces/site/moduletwins";

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private KubernetesClient client;

    @BeforeEach
    void open() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        server.createContext("/", this::answer);
        server.start();
        client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(Config.empty())
                        .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .build();
    }

    @AfterEach
    void close() {
        client.close();
        server.stop(0);
    }

    /** Starting up, then without definitions, then with one of them missing still. */
    private void answer(HttpExchange exchange) throws IOException {
        var path = exchange.getRequestURI().getPath();
        asked.add(path);
        var code = switch (asked.size()) {
            case 1 -> 503;
            case 2 -> 404;
            case 4 -> 404;
            default -> 200;
        };
        var body = code == 200
                ? "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[]}"
                : "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":\"not yet\",\"code\":"
                        + code + "}";
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(code, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    @Test
    void comesWhenAllKindsAreThere() {
        new FirstAnswer(client, Set.of("site")).await();

        assertThat(asked).containsExactly(HUBS, HUBS, HUBS, MODULES, HUBS, MODULES, TWINS);
    }
}
