package dev.selvedge.hub.metrics;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.selvedge.hub.desk.Access;
import dev.selvedge.hub.desk.Paths;
import dev.selvedge.hub.desk.StoreDesk;
import dev.selvedge.hub.net.IdleWatches;
import dev.selvedge.hub.page.Page;
import dev.selvedge.hub.page.StatusReader;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The management port: the status page on {@code /} with its {@code /status.json}, {@code /metrics}, {@code /health/live},
 * {@code /health/ready}. Plain HTTP, nothing secret, nothing that changes anything; but {@link StoreDoor}, which wants a token, and is used from
 * beside the hub.
 */
public final class Management {
    private static final Logger LOG = LoggerFactory.getLogger(Management.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Connections that may be open; for one more, that which has been idle for longest is closed, so that probes get through. */
    static final int MAX_CONNECTIONS = 50;

    private static final Duration FIRST_REQUEST = Duration.ofSeconds(10);

    private final Vertx vertx;
    private final HubMeters meters;
    private final StatusReader status;
    private final BooleanSupplier ready;
    private final StoreDoor store;
    private final IdleWatches connections;
    private final Page page = Page.load();

    /**
     * @param ready whether the hub has been told what to obey, so that it lets clients in
     * @param patience how long a connection may be open without a request that waits for its answer
     */
    public Management(
            Vertx vertx,
            HubMeters meters,
            StatusReader status,
            StoreDesk desk,
            BooleanSupplier ready,
            Duration patience) {
        this.vertx = vertx;
        this.meters = meters;
        this.status = status;
        this.ready = ready;
        store = new StoreDoor(vertx, desk);
        connections =
                new IdleWatches(vertx, patience.compareTo(FIRST_REQUEST) < 0 ? patience : FIRST_REQUEST, patience);
    }

    /** Starts to listen; completes with how to reach the store. */
    public Future<Access> start(String host, int port) {
        return vertx.createHttpServer(new HttpServerOptions().setHttp2ClearTextEnabled(false))
                .connectionHandler(this::opened)
                .requestHandler(this::answer)
                .listen(port, host)
                .onSuccess(
                        server -> LOG.info("listening: protocol=MANAGEMENT host={} port={}", host, server.actualPort()))
                .map(server -> {
                    var access = Access.issue(host, server.actualPort());
                    store.open(access);
                    return access;
                });
    }

    private void opened(HttpConnection connection) {
        if (connections.size() >= MAX_CONNECTIONS && !connections.closeIdlest()) {
            LOG.warn("management connection not accepted, too many are busy: from={}", connection.remoteAddress());
            connection.close();
            return;
        }
        connections.opened(connection);
    }

    private void answer(HttpServerRequest request) {
        if (!connections.requested(request)) {
            return;
        }
        if (String.valueOf(request.path()).startsWith(Paths.STORE)) {
            store.answer(request);
            return;
        }
        if (!request.method().equals(HttpMethod.GET)) {
            request.response().setStatusCode(405).end();
            return;
        }
        switch (String.valueOf(request.path())) {
            case "/" -> {
                request.response().headers().setAll(page.headers());
                request.response()
                        .putHeader("Content-Type", "text/html; charset=utf-8")
                        .end(page.html());
            }
            case "/status.json" -> {
                request.response().headers().setAll(page.headers());
                tell(request, "application/json", () -> JSON.writeValueAsString(status.read()));
            }
            case "/metrics" -> tell(request, "text/plain; version=0.0.4; charset=utf-8", meters::scrape);
            case "/health/live" -> request.response().end("ok\n");
            case "/health/ready" -> {
                if (ready.getAsBoolean()) {
                    request.response().end("ok\n");
                } else {
                    request.response().setStatusCode(503).end("the hub has no configuration yet\n");
                }
            }
            default ->
                request.response().setStatusCode(404).end("/, /status.json, /metrics, /health/live, /health/ready\n");
        }
    }

    private void tell(HttpServerRequest request, String type, Callable<String> text) {
        vertx.executeBlocking(text)
                .onSuccess(read ->
                        request.response().putHeader("Content-Type", type).end(read))
                .onFailure(e -> request.response().setStatusCode(500).end(e.getMessage() + "\n"));
    }
}
