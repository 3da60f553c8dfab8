package dev.selvedge.hub.net;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Vertx;
import io.vertx.core.internal.net.NetSocketInternal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class WireTest {
    private static final int MIB = 1024 * 1024;
    private static final int ASKED = 32 * MIB;
    private static final byte[] ANSWER = new byte[MIB / 4];

    private final Vertx vertx = Vertx.vertx();
    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong unread = new AtomicLong();
    private final AtomicLong mostUnread = new AtomicLong();
    private final CompletableFuture<Void> gone = new CompletableFuture<>();

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(10, SECONDS);
    }

    @Test
    void takesNothingFromAClientThatDoesNotReadUntilItDoes() throws Exception {
        var server = vertx.createNetServer()
                .connectHandler(socket -> new Answering((NetSocketInternal) socket))
                .listen(0, "localhost")
                .await(10, SECONDS);
        try (var client = new Socket("localhost", server.actualPort())) {
            var asking = CompletableFuture.runAsync(() -> ask(client), Thread::startVirtualThread);

            // of the 4 MiB that stopped it the network may have taken up to half since
            await().during(Duration.ofSeconds(1))
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> mostUnread.get() >= 4 * MIB && unread.get() >= 2 * MIB);
            assertThat(asking).isNotDone();

            var _ = CompletableFuture.runAsync(() -> read(client), Thread::startVirtualThread);
            asking.get(20, SECONDS);
            await().atMost(Duration.ofSeconds(20)).until(() -> taken.get() == ASKED && unread.get() == 0);
            assertThat(mostUnread.get()).isLessThan(5 * MIB);
        }
    }

    @Test
    void closesAClientThatDoesNotReadAndKeepsNothingForIt() throws Exception {
        var server = vertx.createNetServer()
                .connectHandler(socket -> new Leaving((NetSocketInternal) socket, ASKED))
                .listen(0, "localhost")
                .await(10, SECONDS);
        try (var client = new Socket("localhost", server.actualPort())) {
            client.getOutputStream().write(1);

            gone.get(20, SECONDS);
            await().atMost(Duration.ofSeconds(20)).until(() -> unread.get() == 0);
        }
    }

    @Test
    void sendsWhatIsOnItsWayBeforeItCloses() throws Exception {
        var server = vertx.createNetServer()
                .connectHandler(socket -> new Leaving((NetSocketInternal) socket, 3 * MIB))
                .listen(0, "localhost")
                .await(10, SECONDS);
        try (var client = new Socket("localhost", server.actualPort())) {
            client.getOutputStream().write(1);

            assertThat(client.getInputStream().readAllBytes()).hasSize(3 * MIB);
        }
    }

    private static void ask(Socket client) {
        try {
            client.getOutputStream().write(new byte[ASKED]);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void read(Socket client) {
        var buffer = new byte[MIB];
        try {
            while (client.getInputStream().read(buffer) >= 0) {
                // it is read
            }
        } catch (IOException _) {
            // the test is over
        }
    }

    /** Answers whatever comes with much more. */
    private final class Answering {
        private final Wire wire;

        Answering(NetSocketInternal socket) {
            wire = new Wire(socket, this::received, () -> {});
        }

        private void received(Object packet) {
            taken.addAndGet(((ByteBuf) packet).readableBytes());
            var now = unread.addAndGet(ANSWER.length);
            mostUnread.accumulateAndGet(now, Math::max);
            wire.send(Unpooled.wrappedBuffer(ANSWER)).onComplete(_ -> unread.addAndGet(-ANSWER.length));
        }
    }

    /** Answers whatever comes with much more, and closes. */
    private final class Leaving {
        private final Wire wire;
        private final int answer;

        Leaving(NetSocketInternal socket, int answer) {
            this.answer = answer;
            wire = new Wire(socket, this::received, () -> gone.complete(null));
        }

        private void received(Object packet) {
            unread.addAndGet(answer);
            wire.send(Unpooled.wrappedBuffer(new byte[answer])).onComplete(_ -> unread.addAndGet(-answer));
            wire.close();
        }
    }
}
