package dev.selvedge.hub.delivery;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.message.MessageCodec;
import dev.selvedge.hub.store.Destination;
import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.store.StoreOptions;
import dev.selvedge.identity.Identity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** What pumps say that they hold, and what their receivers have not answered. */
class HeldBytesTest {
    private static final int MESSAGES = 80;
    private static final int LARGEST = 200 << 10;

    @TempDir
    private Path folder;

    private final Random random = new Random(20261130);
    private final HeldBytes held = new HeldBytes();
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
    private MessageStore store;

    @BeforeEach
    void open() throws Exception {
        store = MessageStore.open(folder, "edge-1", new StoreOptions(1 << 25, 1 << 20, 0), InstantSource.system());
    }

    @AfterEach
    void close() throws Exception {
        executor.shutdownNow();
        store.close();
    }

    @Test
    void areThoseOfTheUnansweredSendsOfThePresentAttempts() throws Exception {
        publish("a", "b", "c");
        var sites = Stream.of("a", "b", "c").map(Site::new).toList();

        for (int turn = 0; turn < 2000; turn++) {
            var site = sites.get(random.nextInt(sites.size()));
            executor.submit(site::turn).get();
            executor.submit(() -> assertThat(held.bytes())
                            .isEqualTo(
                                    sites.stream().mapToLong(Site::unanswered).sum()))
                    .get();
        }

        sites.forEach(Site::drain);
        await().until(() ->
                sites.stream().allMatch(site -> store.queue(site.endpoint).queued() == 0));
        assertThat(executor.submit(held::bytes).get()).isZero();
    }

    private void publish(String... endpoints) throws Exception {
        var destinations = Stream.of(endpoints)
                .map(endpoint -> new Destination(endpoint, Destination.NO_PRIORITY, Long.MAX_VALUE))
                .toList();
        for (int i = 0; i < MESSAGES; i++) {
            var body = new byte[random.nextInt(LARGEST)];
            var message = new Message(Identity.module("edge-1", "m"), null, Map.of(), Map.of(), body);
            store.append("m", MessageCodec.encode(message), destinations).get();
        }
    }

    /** A pump and whoever is attached to it now. On the pumps' thread. */
    private final class Site {
        private final String endpoint;
        private final Pump pump;
        private Silent receiver = new Silent(1);

        Site(String endpoint) {
            this.endpoint = endpoint;
            pump = new Pump(store.queue(endpoint), executor, Duration.ofMillis(1), held);
        }

        void turn() {
            switch (random.nextInt(40)) {
                case 0 -> attach(new Silent(1 + random.nextInt(40)));
                case 1 -> detach();
                case 2 -> receiver.fail();
                default -> receiver.take();
            }
        }

        private void attach(Silent next) {
            receiver = next;
            pump.attach(next);
        }

        private void detach() {
            pump.detach(receiver);
            receiver = new Silent(1);
        }

        void drain() {
            executor.execute(() -> attach(new Silent(128) {
                @Override
                public CompletionStage<Void> send(Delivery delivery) {
                    return CompletableFuture.completedFuture(null);
                }
            }));
        }

        long unanswered() {
            return receiver.unanswered.values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
        }
    }

    /** Answers when it is told to, in any order. On the pumps' thread. */
    private class Silent implements Receiver {
        private final Map<CompletableFuture<Void>, Long> unanswered = new LinkedHashMap<>();
        private final int window;

        Silent(int window) {
            this.window = window;
        }

        @Override
        public int window() {
            return window;
        }

        @Override
        public CompletionStage<Void> send(Delivery delivery) {
            var answer = new CompletableFuture<Void>();
            unanswered.put(answer, (long) MessageCodec.encode(delivery.message()).length);
            return answer;
        }

        void take() {
            if (!unanswered.isEmpty()) {
                var answer = any();
                unanswered.remove(answer);
                answer.complete(null);
            }
        }

        /** The pump starts over, and all that was sent before is of an earlier attempt. */
        void fail() {
            if (!unanswered.isEmpty()) {
                any().completeExceptionally(new TimeoutException("no answer"));
                executor.execute(unanswered::clear);
            }
        }

        private CompletableFuture<Void> any() {
            return List.copyOf(unanswered.keySet()).get(random.nextInt(unanswered.size()));
        }
    }
}
