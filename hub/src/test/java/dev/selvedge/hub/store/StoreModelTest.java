package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The store beside the simplest thing that it could be: a queue for each priority. Whatever is done to it, what was acknowledged comes out in
 * order, and nothing else does; a crash may hand out again what was taken but not yet remembered.
 */
class StoreModelTest {
    private static final StoreOptions SMALL = new StoreOptions(64 << 20, 4 << 10, 0);
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    /** One thing that happens to a store. */
    sealed interface Step {
        record Append(int priority, int size) implements Step {}

        record Take(int count) implements Step {}

        record Rewind() implements Step {}

        /** An orderly stop and start. */
        record Reopen() implements Step {}

        /** The start after a crash in the middle of a write: half a record is at the end of the newest file. */
        record Tear(int bytes) implements Step {}
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        var append = Arbitraries.integers()
                .between(0, 2)
                .flatMap(priority ->
                        Arbitraries.integers().between(1, 2000).map(size -> (Step) new Step.Append(priority, size)));
        var take = Arbitraries.integers().between(1, 5).map(count -> (Step) new Step.Take(count));
        var tear = Arbitraries.integers().between(1, 60).map(bytes -> (Step) new Step.Tear(bytes));
        return Arbitraries.frequencyOf(
                        Tuple.of(6, append),
                        Tuple.of(3, take),
                        Tuple.of(1, Arbitraries.just((Step) new Step.Rewind())),
                        Tuple.of(1, Arbitraries.just((Step) new Step.Reopen())),
                        Tuple.of(1, tear))
                .list()
                .ofMaxSize(60);
    }

    @Property(tries = 60)
    void handsOutWhatWasAcknowledgedAndNothingElse(@ForAll("steps") List<Step> steps) throws Exception {
        var folder = Files.createTempDirectory("selvedge-model");
        var expected = List.<Deque<String>>of(new ArrayDeque<>(), new ArrayDeque<>(), new ArrayDeque<>());
        var store = open(folder);
        try {
            var number = 0;
            for (var step : steps) {
                switch (step) {
                    case Step.Append(var priority, var size) -> {
                        var text = number++ + " " + "x".repeat(size);
                        append(store, text, priority);
                        expected.get(priority).add(text);
                    }
                    case Step.Take(var count) -> take(store, expected, count);
                    case Step.Rewind() -> store.queue("e").rewind();
                    case Step.Reopen() -> {
                        store.close();
                        store = open(folder);
                    }
                    case Step.Tear(var bytes) -> {
                        store.close();
                        tear(folder, bytes);
                        store = open(folder);
                    }
                }
            }
            store.queue("e").rewind();
            take(store, expected, Integer.MAX_VALUE);
            assertThat(expected).allSatisfy(queue -> assertThat(queue).isEmpty());
            assertThat(store.queue("e").queued()).isZero();
        } finally {
            store.close();
            delete(folder);
        }
    }

    private static MessageStore open(Path folder) throws StoreException {
        return MessageStore.open(folder, "edge-1", SMALL, () -> NOW);
    }

    private static void append(MessageStore store, String text, int priority)
            throws InterruptedException, ExecutionException {
        store.append(text.getBytes(UTF_8), List.of(new Destination("e", priority, Long.MAX_VALUE)))
                .get();
    }

    /** Takes and acknowledges from the head; rewinds first, so that nothing handed out before is left aside. */
    private static void take(MessageStore store, List<Deque<String>> expected, int count) throws IOException {
        var queue = store.queue("e");
        queue.rewind();
        for (var record : queue.poll(count, Integer.MAX_VALUE)) {
            var next = expected.stream()
                    .filter(waiting -> !waiting.isEmpty())
                    .findFirst()
                    .orElseThrow();
            assertThat(new String(record.payload(), UTF_8)).isEqualTo(next.remove());
            queue.acknowledge(record);
        }
    }

    private static void tear(Path folder, int bytes) throws IOException {
        try (var logs = Files.list(folder.resolve("log-00"))) {
            var newest = logs.max(Comparator.naturalOrder());
            if (newest.isPresent()) {
                try (var file = FileChannel.open(newest.get(), StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
                    file.write(ByteBuffer.wrap(new byte[bytes]));
                }
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        var all = new ArrayList<Path>();
        try (var files = Files.walk(folder)) {
            files.forEach(all::add);
        }
        for (var file : all.reversed()) {
            Files.delete(file);
        }
    }
}
