package dev.selvedge.hub.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

import dev.selvedge.hub.async.Stages;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class BodyTest {
    private static final int LENGTH = 200_000;
    private static final int FIT = Body.MAX_BYTES_OF_ALL / LENGTH;

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger held = new AtomicInteger();
    private final ArrayList<Socket> open = new ArrayList<>();
    private final CompletableFuture<Throwable> failed = new CompletableFuture<>();
    private volatile boolean late;
    private HttpServer server;

    @BeforeEach
    void start() throws Exception {
        server = vertx.createHttpServer()
                .requestHandler(this::receive)
                .listen(0, "127.0.0.1")
                .await(10, SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        closeAll();
        vertx.close().await(10, SECONDS);
    }

    @Test
    void takesNoneThatTheOthersLeaveNoRoomFor() throws Exception {
        for (var i = 0; i < FIT; i++) {
            send(LENGTH - 1);
        }
        await().atMost(30, SECONDS).until(() -> held.get() == FIT * (LENGTH - 1));
        assertThat(status(send(LENGTH))).isEqualTo("HTTP/1.1 503 Service Unavailable");

        closeAll();
        await().atMost(30, SECONDS).until(() -> held.get() == 0);
        assertThat(status(send(LENGTH))).isEqualTo("HTTP/1.1 200 OK");
        assertThat(held.get()).isZero();
    }

    @Test
    void isNotAwaitedFromAConnectionThatIsClosed() throws Exception {
        late = true;
        send(100).close();

        assertThat(failed).succeedsWithin(Duration.ofSeconds(30)).isInstanceOf(HttpException.class);
        assertThat(held.get()).isZero();
    }

    private void receive(HttpServerRequest request) {
        if (late) {
            request.pause();
            request.connection().closeHandler(_ -> vertx.runOnContext(_ -> collect(request)));
        } else {
            collect(request);
        }
    }

    private void collect(HttpServerRequest request) {
        var body = new Body(held, LENGTH);
        body.of(request).whenComplete((_, failure) -> {
            body.release();
            var cause = failure == null ? null : Stages.cause(failure);
            if (cause != null) {
                failed.complete(cause);
            }
            request.response()
                    .setStatusCode(cause instanceof HttpException e ? e.status() : 200)
                    .end();
        });
    }

    /** Begins a request, or makes a whole one. */
    private Socket send(int bytes) throws IOException {
        var socket = new Socket("127.0.0.1", server.actualPort());
        open.add(socket);
        socket.getOutputStream()
                .write(("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + LENGTH + "\r\n\r\n").getBytes(US_ASCII));
        socket.getOutputStream().write(new byte[bytes]);
        return socket;
    }

    private static String status(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII)).readLine();
    }

    private void closeAll() throws IOException {
        for (var socket : open) {
            socket.close();
        }
        open.clear();
    }
}
