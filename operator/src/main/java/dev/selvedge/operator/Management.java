package dev.selvedge.operator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

/**
 * {@code /metrics}, {@code /health/live}, {@code /health/ready} on a port of their own. Who sends half a request, or does not read its answer, keeps nobody
 * else waiting, and not for long.
 */
final class Management implements AutoCloseable {
    private static final int MAX_CONNECTIONS = 100;
    private static final int REQUEST_SECONDS = 5;
    private static final int ANSWER_SECONDS = 15;

    static {
        // the JDK's server has no other way to be told, and asks once
        System.setProperty("jdk.httpserver.maxConnections", Integer.toString(MAX_CONNECTIONS));
        System.setProperty("sun.net.httpserver.maxReqTime", Integer.toString(REQUEST_SECONDS));
        System.setProperty("sun.net.httpserver.maxRspTime", Integer.toString(ANSWER_SECONDS));
    }

    private final HttpServer server;

    Management(int port, Supplier<String> metrics, BooleanSupplier live, BooleanSupplier ready) {
        try {
            server = HttpServer.create(new InetSocketAddress(port), 16);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot listen on management port " + port + ": " + e.getMessage(), e);
        }
        // without threads of its own it reads and writes on the one that accepts
        server.setExecutor(Thread::startVirtualThread);
        server.createContext("/metrics", exchange -> answer(exchange, 200, metrics.get()));
        health("/health/live", live);
        health("/health/ready", ready);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void health(String path, BooleanSupplier good) {
        server.createContext(path, exchange -> {
            var fine = good.getAsBoolean();
            answer(exchange, fine ? 200 : 503, fine ? "ok\n" : "not yet\n");
        });
    }

    private static void answer(HttpExchange exchange, int code, String text) throws IOException {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
            exchange.sendResponseHeaders(code, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }
}
