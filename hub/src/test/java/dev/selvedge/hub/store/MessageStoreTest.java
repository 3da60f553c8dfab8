package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

class MessageStoreTest {
    private static final long NEVER = Long.MAX_VALUE;
    private static final StoreOptions SMALL = new StoreOptions(1 << 20, 64 << 10, 0);

    @TempDir
    private Path folder;

    private final FaultyDisk disk = new FaultyDisk();
    private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private MessageStore store;

    @BeforeEach
    void open() throws StoreException {
        store = MessageStore.open(folder, "edge-1", SMALL, () -> now, disk);
    }

    @AfterEach
    void close() throws StoreException {
        store.close();
    }

    private void reopen() throws StoreException {
        store.close();
        open();
    }

    @Test
    void handsOutInOrderWhatWasAcknowledged() throws Exception {
        append("a", "e");
        append("b", "e");

        assertThat(poll("e")).containsExactly("a", "b");
        assertThat(poll("e")).isEmpty();
    }

    @Test
    void handsOutHigherPrioritiesFirst() throws Exception {
        append("low", new Destination("e", Destination.NO_PRIORITY, NEVER));
        append("high", new Destination("e", 0, NEVER));

        assertThat(poll("e")).containsExactly("high", "low");
    }

    @Test
    void keepsEndpointsApart() throws Exception {
        append("both", new Destination("a", 3, NEVER), new Destination("b", 5, NEVER));
        append("mine", "a");

        assertThat(poll("a")).containsExactly("both", "mine");
        assertThat(poll("b")).containsExactly("both");
    }

    @Test
    void handsOutAgainWhatWasNotAcknowledgedAfterARewind() throws Exception {
        append("a", "e");
        append("b", "e");
        append("c", "e");
        var records = store.queue("e").poll(10, 1 << 20);
        store.queue("e").acknowledge(records.get(0));
        store.queue("e").acknowledge(records.get(2));

        store.queue("e").rewind();

        assertThat(poll("e")).containsExactly("b", "c");
    }

    @Test
    void remembersCursorsAndCountersAcrossARestart() throws Exception {
        append("a", "e");
        append("b", "e");
        store.queue("e").acknowledge(store.queue("e").poll(1, 1 << 20).getFirst());

        reopen();

        assertThat(poll("e")).containsExactly("b");
        assertThat(stats("e")).satisfies(s -> {
            assertThat(s.received()).isEqualTo(2);
            assertThat(s.delivered()).isEqualTo(1);
            assertThat(s.queued()).isEqualTo(1);
        });
    }

    @Test
    void neverReusesASequenceAfterEverythingWasDelivered() throws Exception {
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 2000; i++) {
                append("x".repeat(100), "e");
            }
            drain("e");
            reopen();
        }
        append("last", "e");

        assertThat(poll("e")).containsExactly("last");
    }

    @Test
    void skipsAndCountsWhatExpired() throws Exception {
        append("short", new Destination("e", 1, now.plusSeconds(5).toEpochMilli()));
        append("long", "e");
        now = now.plusSeconds(10);

        assertThat(poll("e")).containsExactly("long");
        assertThat(store.stats().queues())
                .filteredOn(q -> q.priority() == 1)
                .singleElement()
                .satisfies(q -> assertThat(q.expired()).isEqualTo(1));
    }

    @Test
    void givesDiskBackWhenAllIsDelivered() throws Exception {
        for (int i = 0; i < 3000; i++) {
            append("x".repeat(200), "e");
        }
        var full = store.stats().bytes();

        drain("e");
        reopen();

        assertThat(full).isGreaterThan(600_000);
        assertThat(store.stats().bytes()).isLessThan(full / 5);
    }

    @Test
    void refusesWhenFullAndTakesAgainWhenDrained() throws Exception {
        var accepted = new ArrayList<Integer>();
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 10_000; i++) {
                        append("x".repeat(1000), "e");
                        accepted.add(i);
                    }
                })
                .hasCauseInstanceOf(StoreFullException.class)
                .hasMessageContaining("full");
        assertThat(store.stats().bytes()).isBetween(900_000L, 1L << 20);
        assertThat(store.queue("e").queued()).isEqualTo(accepted.size());

        drain("e");
        append("after", "e");

        assertThat(poll("e")).containsExactly("after");
    }

    @Test
    void makesRoomByDroppingWhatExpiredUnread() throws Exception {
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 10_000; i++) {
                        append(
                                "x".repeat(1000),
                                new Destination("e", 2, now.plusSeconds(5).toEpochMilli()));
                    }
                })
                .hasCauseInstanceOf(StoreFullException.class);

        now = now.plusSeconds(10);
        append("fresh", "e");

        assertThat(poll("e")).containsExactly("fresh");
    }

    @Test
    void refusesWhenTheVolumeIsFull() throws Exception {
        store.close();
        store = MessageStore.open(folder, "edge-1", new StoreOptions(1 << 20, 64 << 10, 1000), () -> now, disk);
        disk.usable = 999;

        assertThatThrownBy(() -> append("a", "e"))
                .hasCauseInstanceOf(StoreFullException.class)
                .hasMessageContaining("volume");

        disk.usable = 1_000_000;
        append("a", "e");
    }

    @Test
    void acknowledgesNothingWhoseForceFailedAndGoesOnInANewFile() throws Exception {
        append("before", "e");
        disk.failForce = file -> file.toString().endsWith(".log");

        assertThatThrownBy(() -> append("lost", "e")).hasCauseInstanceOf(StoreException.class);

        disk.failForce = _ -> false;
        append("after", "e");
        reopen();

        assertThat(poll("e")).containsExactly("before", "after");
        assertThat(store.stats().lostRecords()).isZero();
    }

    @Test
    void leavesNoHalfRecordWhenTheDiskIsFull() throws Exception {
        append("before", "e");
        disk.failWrite = file -> file.toString().endsWith(".log");

        assertThatThrownBy(() -> append("lost", "e")).hasCauseInstanceOf(StoreException.class);

        disk.failWrite = _ -> false;
        append("after", "e");
        reopen();

        assertThat(poll("e")).containsExactly("before", "after");
    }

    @Test
    void keepsStateWhenTheJournalFailsOnce() throws Exception {
        disk.failForce =
                file -> file.toString().endsWith(".journal") || file.toString().endsWith(".new");
        var failed = store.journal().put("k", "1".getBytes(UTF_8));
        assertThatThrownBy(failed::get).hasCauseInstanceOf(StoreException.class);
        disk.failForce = _ -> false;
    }

    @Test
    void cutsATornRecordOffTheEnd() throws Exception {
        append("a", "e");
        append("b", "e");
        store.close();
        var segment = segments().getLast();
        var bytes = Files.readAllBytes(segment);
        Files.write(segment, Arrays.copyOf(bytes, bytes.length - 3));

        open();

        assertThat(poll("e")).containsExactly("a");
        append("c", "e");
        reopen();
        assertThat(poll("e")).containsExactly("a", "c");
    }

    @Test
    void salvagesEverythingButADamagedRecordAndCountsIt() throws Exception {
        for (int i = 0; i < 100; i++) {
            append("record-" + i, "e");
        }
        store.close();
        var segment = segments().getFirst();
        var bytes = Files.readAllBytes(segment);
        var at = new String(bytes, ISO_8859_1).indexOf("record-50");
        bytes[at] ^= 1;
        Files.write(segment, bytes);

        open();

        assertThat(poll("e")).hasSize(99).doesNotContain("record-50");
        assertThat(store.stats().lostRecords()).isEqualTo(1);
    }

    @Test
    void countsTheRecordsOfAMissingSegment() throws Exception {
        for (int i = 0; i < 400; i++) {
            append("x".repeat(900), "e");
        }
        store.close();
        Files.delete(segments().get(1));

        open();

        var rest = poll("e").size();
        assertThat(store.stats().lostRecords()).isEqualTo(400 - rest).isPositive();
    }

    @Test
    void refusesTheFolderOfAnotherDevice() throws Exception {
        store.close();

        assertThatThrownBy(() -> MessageStore.open(folder, "edge-2", SMALL, () -> now))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("belongs to device 'edge-1'");

        open();
    }

    @Test
    void refusesAFolderThatIsInUse() {
        assertThatThrownBy(() -> MessageStore.open(folder, "edge-1", SMALL, () -> now))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("in use");
    }

    @Test
    void acknowledgesAMessageOfTwoPrioritiesOnlyWhenBothAreOnDisk() {
        disk.failForce = file -> file.toString().contains("log-05");

        assertThatThrownBy(() -> append("both", new Destination("a", 3, NEVER), new Destination("b", 5, NEVER)))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(StoreException.class);
    }

    @Test
    void expiresWhatWaitsForAReceiverThatNeverComes() throws Exception {
        append(
                "old",
                new Destination(
                        "away", Destination.NO_PRIORITY, now.plusSeconds(60).toEpochMilli()));
        append("young", new Destination("away", Destination.NO_PRIORITY, NEVER));

        now = now.plusSeconds(120);
        append("other", "e");

        await().untilAsserted(() -> assertThat(stats("away").expired()).isEqualTo(1));
        assertThat(stats("away").queued()).isEqualTo(1);
        assertThat(store.queue("away").oldestMillis())
                .isEqualTo(now.minusSeconds(120).toEpochMilli());
        assertThat(poll("away")).containsExactly("young");
    }

    @Test
    void keepsStateAcrossRestartsAndCompaction() throws Exception {
        for (int i = 0; i < 200; i++) {
            store.journal()
                    .put("twin/" + i % 7, ("v" + i).repeat(10_000).getBytes(UTF_8))
                    .get();
        }
        store.journal().remove("twin/3").get();

        reopen();

        assertThat(store.journal().withPrefix("twin/")).hasSize(6);
        assertThat(store.journal().get("twin/3")).isNull();
        assertThat(new String(store.journal().get("twin/4"), UTF_8)).startsWith("v1");
        try (var files = Files.list(folder.resolve("state"))) {
            assertThat(files.mapToLong(f -> f.toFile().length()).sum()).isLessThan(8 << 20);
        }
    }

    @Test
    void takesManyWritersAtOnce() throws Exception {
        var done = IntStream.range(0, 2000)
                .mapToObj(i -> store.append(("m" + i).getBytes(UTF_8), List.of(new Destination("e", 4, NEVER))))
                .toList();
        for (var future : done) {
            future.get();
        }

        assertThat(poll("e")).hasSize(2000);
        assertThat(store.stats().syncs()).isLessThan(2000);
    }

    private void append(String text, String endpoint) throws Exception {
        append(text, new Destination(endpoint, Destination.NO_PRIORITY, NEVER));
    }

    private void append(String text, Destination... destinations) throws ExecutionException, InterruptedException {
        store.append(text.getBytes(UTF_8), List.of(destinations)).get();
    }

    private List<String> poll(String endpoint) throws IOException {
        return store.queue(endpoint).poll(100_000, 1 << 30).stream()
                .map(r -> new String(r.payload(), UTF_8))
                .toList();
    }

    private void drain(String endpoint) throws IOException {
        var queue = store.queue(endpoint);
        for (var records = queue.poll(100, 1 << 20); !records.isEmpty(); records = queue.poll(100, 1 << 20)) {
            records.forEach(queue::acknowledge);
        }
        assertThat(queue.queued()).isZero();
    }

    private StoreStats.Queue stats(String endpoint) {
        return store.stats().queues().stream()
                .filter(q -> q.endpoint().equals(endpoint) && q.priority() == Destination.NO_PRIORITY)
                .findFirst()
                .orElseThrow();
    }

    private List<Path> segments() throws IOException {
        try (var files = Files.list(folder.resolve("log-10"))) {
            return files.sorted().toList();
        }
    }
}
