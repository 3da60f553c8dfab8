package dev.selvedge.hub.metrics;

import java.util.function.BooleanSupplier;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;

/** The management port: {@code /metrics}, {@code /health/live}, {@code /health/ready}. Plain HTTP, nothing secret, nothing that changes anything. */
public final class Management {
    private final Vertx vertx;
    private final HubMeters meters;
    private final BooleanSupplier ready;

    /** @param ready whether the hub has been told what to obey, so that it lets clients in */
    public Management(Vertx vertx, HubMeters meters, BooleanSupplier ready) {
        this.vertx = vertx;
        this.meters = meters;
        this.ready = ready;
    }

    public Future<HttpServer> start(String host, int port) {
        return vertx.createHttpServer().requestHandler(this::answer).listen(port, host);
    }

    private void answer(HttpServerRequest request) {
        if (!request.method().equals(HttpMethod.GET)) {
            request.response().setStatusCode(405).end();
            return;
        }
        switch (String.valueOf(request.path())) {
            case "/metrics" -> metrics(request);
            case "/health/live" -> request.response().end("ok\n");
            case "/health/ready" -> {
                if (ready.getAsBoolean()) {
                    request.response().end("ok\n");
                } else {
                    request.response().setStatusCode(503).end("the hub has no configuration yet\n");
                }
            }
            default -> request.response().setStatusCode(404).end("/metrics, /health/live, /health/ready\n");
        }
    }

    private void metrics(HttpServerRequest request) {
        vertx.executeBlocking(meters::scrape)
                .onSuccess(text -> request.response()
                        .putHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                        .end(text))
                .onFailure(e -> request.response().setStatusCode(500).end(e.getMessage() + "\n"));
    }
}
