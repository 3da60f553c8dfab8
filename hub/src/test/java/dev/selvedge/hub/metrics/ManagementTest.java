package dev.selvedge.hub.metrics;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

import dev.selvedge.hub.desk.Access;
import dev.selvedge.hub.desk.Contents;
import dev.selvedge.hub.desk.Paths;
import dev.selvedge.hub.desk.StoreDesk;
import dev.selvedge.hub.desk.StoredMessage;
import dev.selvedge.hub.store.Inspection;
import io.vertx.core.Vertx;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

class ManagementTest {
    private static final Duration PATIENCE = Duration.ofMillis(500);

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final SlowDesk desk = new SlowDesk();
    private Access access;
    private URI url;

    @BeforeEach
    void start() throws Exception {
        start(PATIENCE);
    }

    private void start(Duration patience) throws Exception {
        access = new Management(vertx, null, null, desk, () -> true, patience)
                .start("127.0.0.1", 0)
                .await(10, SECONDS);
        url = URI.create(access.url());
    }

    @AfterEach
    void stop() throws Exception {
        desk.mayGoOn.countDown();
        http.close();
        vertx.close().await(10, SECONDS);
    }

    @Test
    void closesConnectionsOnWhichNoWholeRequestComesButNoneThatWaits() throws Exception {
        var slow = http.sendAsync(
                request(Paths.RELEASE).POST(BodyPublishers.noBody()).build(), BodyHandlers.ofString());
        assertThat(desk.asked.await(10, SECONDS)).isTrue();

        try (var idle = open("");
                var halfway = open("GET /health/live HTTP/1.1\r\nHost: h\r\n");
                var endless = open("POST /store/messages HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + access.token()
                        + "\r\nContent-Length: 1000\r\n\r\n[")) {
            assertThat(idle.getInputStream().read()).as("closed").isEqualTo(-1);
            assertThat(halfway.getInputStream().read()).as("closed").isEqualTo(-1);
            assertThat(endless.getInputStream().read()).as("closed").isEqualTo(-1);
        }
        desk.mayGoOn.countDown();

        assertThat(slow.get(10, SECONDS).statusCode()).isEqualTo(200);
        assertThat(slow.get().body()).isEqualTo("7");
    }

    @Test
    void closesWhoHasBeenIdleForLongestWhenManyAreOpen() throws Exception {
        start(Duration.ofMinutes(5));
        var open = new ArrayList<Socket>();
        try {
            open.add(open("POST " + Paths.RELEASE + " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + access.token()
                    + "\r\nContent-Length: 0\r\n\r\n"));
            assertThat(desk.asked.await(10, SECONDS)).isTrue();
            var oldest = open("GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n");
            open.add(oldest);
            var answer = new BufferedReader(new InputStreamReader(oldest.getInputStream(), UTF_8));
            assertThat(answer.lines().takeWhile(line -> !line.equals("ok"))).isNotEmpty();
            while (open.size() < Management.MAX_CONNECTIONS) {
                open.add(open(""));
            }

            var probe = HttpRequest.newBuilder(url.resolve("/health/live")).build();
            assertThat(http.send(probe, BodyHandlers.discarding()).statusCode()).isEqualTo(200);

            assertThat(answer.read()).as("closed").isEqualTo(-1);
            desk.mayGoOn.countDown();
            assertThat(new String(open.getFirst().getInputStream().readNBytes(12), UTF_8))
                    .isEqualTo("HTTP/1.1 200");
        } finally {
            for (var socket : open) {
                socket.close();
            }
        }
    }

    @Test
    void takesNoLongBodyOrHead() throws Exception {
        var body = BodyPublishers.ofByteArray(new byte[Paths.MAX_BODY + 1]);
        assertThat(http.send(request(Paths.MESSAGES).POST(body).build(), BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(413);

        var head = HttpRequest.newBuilder(url.resolve("/health/live")).header("X-Long", "x".repeat(20_000));
        assertThat(http.send(head.build(), BodyHandlers.discarding()).statusCode())
                .isEqualTo(431);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(url.resolve(path)).header("Authorization", "Bearer " + access.token());
    }

    private Socket open(String start) throws IOException {
        var socket = new Socket(url.getHost(), url.getPort());
        socket.setSoTimeout(10_000);
        socket.getOutputStream().write(start.getBytes(UTF_8));
        return socket;
    }

    /** Takes its time to release. */
    private static final class SlowDesk implements StoreDesk {
        private final CountDownLatch asked = new CountDownLatch(1);
        private final CountDownLatch mayGoOn = new CountDownLatch(1);

        @Override
        public long release(String endpoint) throws IOException {
            asked.countDown();
            try {
                mayGoOn.await();
                return 7;
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }

        @Override
        public Contents contents() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Page page(String endpoint, Section section, String after, int max) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Imported store(List<StoredMessage> messages) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Inspection inspect() {
            throw new UnsupportedOperationException();
        }

        @Override
        public long purge(String endpoint, Section section) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            // nothing is open
        }
    }
}
