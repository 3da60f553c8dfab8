package dev.selvedge.hub.net;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class IdleWatchesTest {
    private static final Duration PATIENCE = Duration.ofMillis(300);
    private static final int LARGE = 16 * 1024 * 1024;

    private final Vertx vertx = Vertx.vertx();
    private final IdleWatches watches = new IdleWatches(vertx, PATIENCE);

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Test
    void keepsNoConnectionWhoseClientDoesNotReadItsAnswer() throws Exception {
        var server = vertx.createHttpServer()
                .connectionHandler(watches::opened)
                .requestHandler(request -> {
                    assertThat(watches.requested(request)).isTrue();
                    request.response().end(Buffer.buffer(new byte[LARGE]));
                })
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);

        try (var client = new Socket()) {
            client.setReceiveBufferSize(4096);
            client.connect(new InetSocketAddress("127.0.0.1", server.actualPort()));
            client.getOutputStream().write("GET / HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

            await().until(() -> watches.size() == 1);
            await().until(() -> watches.size() == 0);
        }
    }
}
