package dev.selvedge.hub.kubernetes;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.selvedge.hub.client.Callers.Verdict;
import dev.selvedge.hub.client.Callers.Wish;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class AccessReviewsTest {
    private static final Duration SOON = Duration.ofMinutes(2);

    private final CountDownLatch mayAnswer = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger mostAsked = new AtomicInteger();
    private HttpServer server;
    private KubernetesClient client;
    private AccessReviews reviews;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 200);
        server.setExecutor(Thread::startVirtualThread);
        server.createContext("/", this::answer);
        server.start();
        client = ModuleTwins.client(new ConfigBuilder(Config.empty())
                .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                .build());
        reviews = new AccessReviews(client, "site", SOON);
    }

    @AfterEach
    void stop() {
        mayAnswer.countDown();
        client.close();
        server.stop(0);
    }

    @Test
    void asksForFewAtOnceAndTurnsAwayWhoIsTooMany() {
        var open = new ArrayList<CompletableFuture<Verdict>>();
        for (var i = 0; i < AccessReviews.MAX_OPEN; i++) {
            open.add(ask());
        }

        assertThat(ask())
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .withMessageContaining("100 callers wait to be looked up already");
        await().atMost(SOON).until(() -> asked.get() >= AccessReviews.MAX_ASKED);
        mayAnswer.countDown();

        assertThat(open)
                .allSatisfy(answer -> assertThat(answer).succeedsWithin(SOON).isEqualTo(Verdict.ALLOWED));
        assertThat(mostAsked.get()).isEqualTo(AccessReviews.MAX_ASKED);
        assertThat(ask()).succeedsWithin(SOON);
    }

    private CompletableFuture<Verdict> ask() {
        return reviews.ask("somebody's", Wish.CALL_METHODS, "filter").toCompletableFuture();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            mostAsked.accumulateAndGet(asked.incrementAndGet(), Math::max);
            mayAnswer.await();
            var body =
                    "{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":\"SelfSubjectAccessReview\",\"status\":{\"allowed\":true}}"
                            .getBytes(UTF_8);
            asked.decrementAndGet();
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(201, body.length);
            exchange.getResponseBody().write(body);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
