package dev.selvedge.hub.store;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A store is looked into: nothing moves, nothing changes. */
class InspectionTest {
    @TempDir
    private Path folder;

    private StoreFolder stopped;
    private StoreFolder crashed;

    @BeforeEach
    void fill() throws Exception {
        stopped = new StoreFolder(folder.resolve("stopped"));
        crashed = new StoreFolder(folder.resolve("crashed"));
        StoreFolder.fill(stopped.path(), crashed.path());
    }

    @Test
    void whoLooksChangesNoByteOfAFolderWhateverStateItIsIn() throws Exception {
        tear(crashed.segments().getLast());
        tear(crashed.journal());
        var flipped = stopped.copy(folder.resolve("flipped"));
        flip(flipped.segments().getFirst(), 40);
        flip(flipped.journal(), 40);
        Files.writeString(flipped.path().resolve("quarantine/00000000000000000007-03.record"), "nothing whole");
        for (var each : List.of(stopped, crashed, flipped)) {
            var before = everything(each);

            try (var store = MessageStore.look(each.path(), () -> StoreFolder.NOW)) {
                store.inspect();
                store.stats();
                assertThat(peekAll(store.queue("a"), 7))
                        .hasSizeGreaterThan(StoreFolder.RECORDS - StoreFolder.TAKEN - 2);
                store.peekQuarantine("a", 0, 10, 1 << 20).get();
            }

            assertThat(everything(each)).as(each.path().toString()).isEqualTo(before);
        }
    }

    @Test
    void pagesShowOfEachPriorityWhatIsHandedOutLaterInTheSameOrder() throws Exception {
        try (var store = stopped.open()) {
            var queue = store.queue("a");
            var taken = queue.poll(3, 1 << 20);
            queue.acknowledge(taken.get(1));

            var peeked = peekAll(queue, 7);

            queue.rewind();
            queue.acknowledge(taken.get(1));
            var polled = new ArrayList<>(queue.poll(1 << 20, 1 << 30));
            polled.removeIf(record -> record.sequence() == taken.get(1).sequence()
                    && record.priority() == taken.get(1).priority());
            polled.sort(Comparator.comparingInt(QueuedRecord::priority));
            assertThat(peeked).hasSize(StoreFolder.RECORDS - StoreFolder.TAKEN - 1);
            assertThat(numbers(peeked)).isEqualTo(numbers(polled));
        }
    }

    @Test
    void findsWhereARecordIsDamaged() throws Exception {
        var segment = stopped.segments().get(1);
        flip(segment, 40);

        try (var store = MessageStore.look(stopped.path(), () -> StoreFolder.NOW)) {
            var found = store.inspect();

            assertThat(found.isIntact()).isFalse();
            assertThat(found.files().stream().filter(file -> !file.damage().isEmpty()))
                    .singleElement()
                    .satisfies(file -> {
                        assertThat(segment.toString()).endsWith(file.file());
                        assertThat(file.missing()).isEqualTo(1);
                        assertThat(file.damage().getFirst().offset()).isZero();
                    });
        }
    }

    @Test
    void findsAMissingSegmentADamagedJournalAndADamagedRecordInQuarantine() throws Exception {
        assertThat(inspect(stopped).isIntact()).isTrue();
        assertThat(inspect(crashed).isIntact()).isTrue();

        var gone = stopped.copy(folder.resolve("gone"));
        var segments = gone.segments().stream()
                .filter(file -> file.getParent().endsWith("log-10"))
                .toList();
        Files.delete(segments.get(1));
        assertThat(inspect(gone).files().stream()
                        .mapToLong(Inspection.File::missing)
                        .sum())
                .isPositive();

        var journal = stopped.copy(folder.resolve("journal"));
        flip(journal.journal(), 40);
        assertThat(inspect(journal).damagedEntries()).isEqualTo(1);

        var quarantine = stopped.copy(folder.resolve("quarantined"));
        try (var store = quarantine.open()) {
            var queue = store.queue("a");
            queue.quarantine(queue.poll(1, 1 << 20).getFirst(), "no").get();
        }
        assertThat(inspect(quarantine).isIntact()).isTrue();
        try (var files = Files.list(quarantine.path().resolve("quarantine"))) {
            flip(files.findFirst().orElseThrow(), 60);
        }
        assertThat(inspect(quarantine).files())
                .filteredOn(file -> file.missing() > 0)
                .singleElement()
                .satisfies(file -> assertThat(file.file()).startsWith("quarantine/"));
    }

    @Test
    void purgesAllThatWaitsAndTheAccountStaysExactAlsoAfterARestart() throws Exception {
        try (var store = stopped.open()) {
            var queue = store.queue("a");
            var onItsWay = queue.poll(4, 1 << 20);
            queue.acknowledge(onItsWay.get(2));
            queue.quarantine(onItsWay.get(3), "no").get();
            var bytes = store.stats().bytes();

            var purged = store.purge("a").get();
            queue.acknowledge(onItsWay.getFirst());

            // one was settled, one is in quarantine, and neither is dropped
            assertThat(purged).isEqualTo(StoreFolder.RECORDS - StoreFolder.TAKEN);
            assertThat(queue.queued()).isZero();
            assertThat(store.stats().mismatch()).isZero();
            assertThat(purged(store)).isEqualTo(StoreFolder.RECORDS - StoreFolder.TAKEN - 2);
            assertThat(store.queue("b").queued()).isPositive();
            assertThat(store.purge("a").get()).isZero();
            for (var endpoint : List.of("b", "c")) {
                store.purge(endpoint).get();
            }
            assertThat(store.stats().bytes()).as("disk is given back").isLessThan(bytes / 4);
        }
        try (var store = stopped.open()) {
            assertThat(store.stats().mismatch()).isZero();
            assertThat(purged(store)).isEqualTo(StoreFolder.RECORDS - StoreFolder.TAKEN - 2);
            assertThat(store.queue("a").queued()).isZero();
            assertThat(store.quarantined()).hasSize(1);
        }
    }

    @Test
    void saysSoWhenTheStoreIsClosedWhileItIsRead() throws Exception {
        var store = stopped.open();
        var queue = store.queue("a");
        store.close();

        assertThatThrownBy(() -> peekAll(queue, 7)).hasMessageContaining("closed while it was read");
        assertThatThrownBy(store::inspect).hasMessageContaining("closed while it was read");
    }

    @Test
    void refusesAFolderThatIsInUseOrNone() throws Exception {
        try (var _ = stopped.open()) {
            assertThatThrownBy(() -> MessageStore.look(stopped.path(), () -> StoreFolder.NOW))
                    .hasMessageContaining("in use by a running hub");
            assertThatThrownBy(() -> MessageStore.tend(stopped.path(), StoreFolder.SMALL, () -> StoreFolder.NOW))
                    .hasMessageContaining("in use by a running hub");
        }
        assertThatThrownBy(() -> MessageStore.look(folder, () -> StoreFolder.NOW))
                .hasMessageContaining("there is no store in " + folder);
        assertThat(folder.resolve("lock")).doesNotExist();
    }

    private static long purged(MessageStore store) {
        return store.stats().queues().stream()
                .filter(queue -> queue.endpoint().equals("a"))
                .mapToLong(queue -> queue.dropped().getOrDefault("purged", 0L))
                .sum();
    }

    private static Inspection inspect(StoreFolder folder) throws IOException {
        try (var store = MessageStore.look(folder.path(), () -> StoreFolder.NOW)) {
            return store.inspect();
        }
    }

    private static List<QueuedRecord> peekAll(EndpointQueue queue, int page) throws IOException {
        var all = new ArrayList<QueuedRecord>();
        for (var priority = 0; priority <= Destination.NO_PRIORITY; priority++) {
            var records = queue.peek(priority, 0, page, 1 << 20);
            while (!records.isEmpty()) {
                all.addAll(records);
                records = queue.peek(priority, records.getLast().sequence(), page, 1 << 20);
            }
        }
        return all;
    }

    private static List<String> numbers(List<QueuedRecord> records) {
        return records.stream()
                .map(record -> record.priority() + "-" + record.sequence() + " "
                        + record.storedAtMillis() + " " + record.expiresAtMillis() + " "
                        + new String(record.payload(), UTF_8))
                .toList();
    }

    private static Map<String, String> everything(StoreFolder folder) throws IOException {
        var all = new TreeMap<String, String>();
        try (var files = Files.walk(folder.path())) {
            for (var file : files.toList()) {
                var content = Files.isDirectory(file) ? "" : Arrays.toString(Files.readAllBytes(file));
                all.put(file.toString(), Files.getLastModifiedTime(file) + " " + content);
            }
        }
        return all;
    }

    /** A record that was only half written. */
    private static void tear(Path file) throws IOException {
        var bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, 40), StandardOpenOption.APPEND);
    }

    private static void flip(Path path, long at) throws IOException {
        try (var file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(at);
            var before = file.read();
            file.seek(at);
            file.write(before ^ 1);
        }
    }
}
