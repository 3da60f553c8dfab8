package dev.selvedge.hub.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/** A disk refuses what the store asks of it, and clocks jump. */
class DiskFailureTest {
    private static final long NEVER = Long.MAX_VALUE;
    private static final StoreOptions OPTIONS = new StoreOptions(64 << 20, 16 << 10, 1 << 20);

    @TempDir
    private Path folder;

    private final FaultyDisk disk = new FaultyDisk();
    private final List<StoreException> failures = new ArrayList<>();
    private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private MessageStore store;

    @BeforeEach
    void open() throws StoreException {
        store = MessageStore.open(folder.resolve("store"), "edge-1", OPTIONS, () -> now, disk);
        store.onFailure(failures::add);
    }

    @AfterEach
    void close() throws StoreException {
        assertThat(store.stats().mismatch())
                .as("by how much the account is out")
                .isZero();
        store.close();
    }

    private void reopen() throws StoreException {
        store.close();
        open();
    }

    /** Goes on with a copy of the folder as it is now, as after a SIGKILL. */
    private void crash() throws IOException {
        var copy = copy("crashed");
        disk.failTruncate = _ -> false;
        disk.failForce = _ -> false;
        disk.failDelete = _ -> false;
        disk.failSyncFolder = _ -> false;
        store.close();
        store = MessageStore.open(copy.path(), "edge-1", OPTIONS, () -> now, disk);
    }

    @Test
    void aBatchThatWasGivenUpAndCannotBeCutOffIsVoid() throws Exception {
        append("before");
        disk.failForce = file -> file.toString().endsWith(".log");
        disk.failTruncate = file -> file.toString().endsWith(".log");
        assertThatThrownBy(() -> append("given up")).hasCauseInstanceOf(StoreException.class);
        disk.failForce = _ -> false;
        append("after");
        append("last");

        crash();

        assertThat(poll()).containsExactly("before", "after", "last");
        assertThat(store.stats().lostRecords()).isZero();
    }

    @Test
    void aFirstBatchThatWasGivenUpAndCannotBeDeletedIsVoid() throws Exception {
        disk.failForce = file -> file.toString().endsWith(".log");
        disk.failTruncate = file -> file.toString().endsWith(".log");
        disk.failDelete = file -> file.toString().endsWith(".log");
        assertThatThrownBy(() -> append("given up, and longer than what comes after it"))
                .hasCauseInstanceOf(StoreException.class);
        disk.failForce = _ -> false;
        disk.failTruncate = _ -> false;
        append("after");

        crash();

        assertThat(poll()).containsExactly("after");
        assertThat(store.stats().lostRecords()).isZero();
    }

    @Test
    void neverForcesAFileAgainWhoseForceFailed() throws Exception {
        append("before");
        var forced = new ArrayList<Path>();
        disk.failForce = file -> {
            if (!file.toString().endsWith(".log")) {
                return false;
            }
            forced.add(file);
            return forced.size() == 1;
        };
        assertThatThrownBy(() -> append("given up")).hasCauseInstanceOf(StoreException.class);
        append("after");
        append("last");

        assertThat(forced).hasSize(3);
        assertThat(forced.subList(1, 3)).doesNotContain(forced.getFirst());
        assertThat(poll()).containsExactly("before", "after", "last");
    }

    @Test
    void neverUsesAFileWhoseFolderFailed() throws Exception {
        var failed = new AtomicBoolean();
        disk.failSyncFolder = synced -> synced.endsWith("log-04") && failed.compareAndSet(false, true);
        assertThatThrownBy(() -> append("given up")).hasCauseInstanceOf(StoreException.class);
        disk.failDelete = file -> file.toString().endsWith(".log");
        assertThatThrownBy(() -> append("refused")).hasCauseInstanceOf(StoreException.class);
        disk.failDelete = _ -> false;
        append("after");

        crash();

        assertThat(poll()).containsExactly("after");
        assertThat(store.stats().lostRecords()).isZero();
    }

    /** The file that could not be made may be there at the next start, and the records in the one before it end where its own would begin. */
    @Test
    void writesNoMoreBeforeAFileWhoseFolderFailed() throws Exception {
        append("before");
        takeAll("e");
        var failed = new AtomicBoolean();
        disk.failSyncFolder = synced -> synced.endsWith("log-04") && failed.compareAndSet(false, true);
        store.purge("e").get();
        assertThat(failed).isTrue();
        append("after");

        crash();

        assertThat(poll()).containsExactly("after");
        assertThat(store.stats().lostRecords()).isZero();
    }

    /** Whether it was deleted durably is as uncertain as whether it was made: a start may find it, and must not take it for the newest. */
    @Test
    void leavesBehindAJournalWhoseFolderFailed() throws Exception {
        var failed = new AtomicReference<Path>();
        disk.failSyncFolder = synced -> synced.endsWith("state") && failed.compareAndSet(null, newestIn(synced));
        for (var i = 0; i < 60; i++) {
            store.journal()
                    .put("twin", (i + "x".repeat(100_000)).getBytes(UTF_8))
                    .get();
        }

        assertThat(new StoreFolder(folder.resolve("store")).journal()).isGreaterThan(failed.get());
        reopen();
        assertThat(store.journal().get("twin")).asString(UTF_8).startsWith("59x");
        assertThat(store.stats().lostEntries()).isZero();
        assertThat(failures).isEmpty();
    }

    private static Path newestIn(Path state) {
        try (var files = Files.list(state)) {
            return files.max(Comparator.naturalOrder()).orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void readsAroundABadSector() throws Exception {
        for (var i = 0; i < 200; i++) {
            append(i + " " + "x".repeat(200));
        }
        disk.badSector = file -> file.toString().endsWith("00000000000000000001.log") ? 4096 : NEVER;

        reopen();
        var rest = poll();

        assertThat(200 - rest.size()).isBetween(15, 20).isEqualTo((int)
                store.stats().lostRecords());
        assertThat(rest).startsWith("0 " + "x".repeat(200)).endsWith("199 " + "x".repeat(200));
        append("after");
        reopen();
        assertThat(poll()).hasSize(rest.size() + 1).endsWith("after");
    }

    @Test
    void neverCutsANewestSegmentWhoseEndCannotBeRead() throws Exception {
        for (var i = 0; i < 20; i++) {
            append(i + " " + "x".repeat(300));
        }
        disk.badSector = file -> file.toString().endsWith(".log") ? 4096 : NEVER;
        reopen();
        var lost = store.stats().lostRecords();
        append("after");

        disk.badSector = _ -> NEVER;
        reopen();

        assertThat(lost).isPositive();
        assertThat(poll()).hasSize(21).endsWith("after");
    }

    @Test
    void goesOnWithItsJournalWhenItCannotBeMadeSmaller() throws Exception {
        reopen();
        disk.failWrite = file -> file.toString().endsWith("state.new");
        for (var i = 0; i < 100; i++) {
            store.journal()
                    .put("twin/" + i % 3, (i + "x".repeat(100_000)).getBytes(UTF_8))
                    .get();
        }
        assertThat(journal()).isGreaterThan(9_000_000);

        disk.failWrite = _ -> false;
        for (var i = 100; i < 200; i++) {
            store.journal()
                    .put("twin/" + i % 3, (i + "x".repeat(100_000)).getBytes(UTF_8))
                    .get();
        }
        assertThat(journal()).isLessThan(9_000_000);
        reopen();

        assertThat(new String(store.journal().get("twin/1"), UTF_8)).startsWith("199x");
        assertThat(store.stats().lostEntries()).isZero();
        assertThat(failures).isEmpty();
    }

    @Test
    void forgetsNothingWhenASmallerJournalIsMadeButItsFolderFails() throws Exception {
        disk.failSyncFolder = file -> file.toString().endsWith("/state");
        disk.failDelete = file -> file.toString().endsWith(".journal");
        var kept = 0;
        for (var i = 0; i < 50; i++) {
            try {
                store.journal()
                        .put("twin", (i + "x".repeat(100_000)).getBytes(UTF_8))
                        .get();
                kept = i;
            } catch (ExecutionException e) {
                assertThat(e).hasCauseInstanceOf(StoreException.class);
            }
        }
        // whether it is taken or refused: by then the writer is done with what was before it
        store.append("behind".getBytes(UTF_8), List.of(new Destination("e", 4, NEVER)))
                .handle((_, _) -> true)
                .get();

        crash();

        var found = new String(store.journal().get("twin"), UTF_8).split("x", 2)[0];
        assertThat(Integer.parseInt(found)).isGreaterThanOrEqualTo(kept);
        assertThat(kept).isPositive();
        disk.failSyncFolder = _ -> false;
    }

    @Test
    void waitsForRoomWhenTheJournalCannotBeWrittenOnAFullVolume() throws Exception {
        store.journal().put("twin/1", "1".getBytes(UTF_8)).get();
        append("before");
        disk.usable = 0;
        disk.failWrite = file -> file.toString().contains("/state/");
        assertThatThrownBy(
                        () -> store.journal().put("twin/1", "2".getBytes(UTF_8)).get())
                .hasCauseInstanceOf(StoreException.class);
        assertThatThrownBy(
                        () -> store.journal().put("twin/1", "3".getBytes(UTF_8)).get())
                .hasCauseInstanceOf(StoreException.class);
        assertThat(poll()).containsExactly("before");
        assertThat(failures).isEmpty();

        disk.failWrite = _ -> false;
        disk.usable = NEVER;
        store.journal().put("twin/1", "4".getBytes(UTF_8)).get();
        append("after");
        reopen();

        assertThat(store.journal().get("twin/1")).asString(UTF_8).isEqualTo("4");
        assertThat(poll()).containsExactly("before", "after");
        assertThat(store.stats().lostEntries()).isZero();
    }

    @Test
    void givesTheJournalTheRoomThatTheLogsTookAhead() throws Exception {
        append("before");
        // the cursors are saved after a writer's first batch: by now they were
        append("before too");
        var trimmed = new AtomicBoolean();
        disk.usable = 0;
        disk.failTruncate = file -> {
            trimmed.compareAndSet(false, file.toString().endsWith(".log"));
            return false;
        };
        disk.failWrite = file -> file.toString().contains("/state/") && !trimmed.get();

        store.journal().put("twin/1", "1".getBytes(UTF_8)).get();
        crash();

        assertThat(store.journal().get("twin/1")).asString(UTF_8).isEqualTo("1");
        assertThat(poll()).containsExactly("before", "before too");
        assertThat(failures).isEmpty();
    }

    @Test
    void givesTheQuarantineTheRoomThatTheLogsTookAhead() throws Exception {
        append("bad");
        var trimmed = new AtomicBoolean();
        disk.usable = 0;
        disk.failTruncate = file -> {
            trimmed.compareAndSet(false, file.toString().endsWith(".log"));
            return false;
        };
        disk.failWrite = file -> file.toString().endsWith(".record") && !trimmed.get();

        var queue = store.queue("e");
        queue.quarantine(queue.poll(1, 1 << 20).getFirst(), "no").get();

        assertThat(store.quarantined()).hasSize(1);
        assertThat(queue.queued()).isZero();
    }

    @Test
    void missesNothingThatWasDeliveredWhenTheJournalHadNoRoomUntilSegmentsWereDeleted() throws Exception {
        for (var i = 0; i < 200; i++) {
            append(i + " " + "x".repeat(200), new Destination("e", 4, NEVER), new Destination("f", 4, NEVER));
        }
        var deleted = new AtomicBoolean();
        disk.usable = 0;
        disk.failDelete = file -> {
            deleted.compareAndSet(false, file.toString().endsWith(".log"));
            return false;
        };
        disk.failWrite = file -> file.toString().contains("/state/") && !deleted.get();

        var writing = disk.hold("log-05");
        store.append("held".getBytes(UTF_8), List.of(new Destination("other", 5, NEVER)));
        writing.awaitForce();
        takeAll("e");
        takeAll("f");
        writing.letGo();
        await().until(deleted::get);
        // by now the writer is done with what deleted them
        store.peekQuarantine("e", 0, 1, 1).get();
        crash();

        assertThat(poll()).isEmpty();
        assertThat(store.stats().lostRecords()).isZero();
        assertThat(delivered("e")).isEqualTo(200);
        assertThat(delivered("f")).isEqualTo(200);
    }

    @Test
    void missesNothingThatIsDeliveredWhileTheCursorsAreSaved() throws Exception {
        for (var i = 0; i < 200; i++) {
            append(i + " " + "x".repeat(200));
        }
        var saving = disk.hold("/state/");
        var purged = store.purge("f");
        saving.awaitForce();
        takeAll("e");
        var atUnlink = copyAtUnlink("log-04");
        saving.letGo();
        purged.get();

        try (var killed = MessageStore.open(atUnlink.get().path(), "edge-1", OPTIONS, () -> now)) {
            assertThat(killed.stats().queues()).singleElement().satisfies(queue -> {
                assertThat(queue.delivered()).isEqualTo(200);
                assertThat(queue.dropped()).isEmpty();
            });
        }
    }

    /** The folder as it is when a segment of a log is first deleted, and nothing was done after that. */
    private AtomicReference<StoreFolder> copyAtUnlink(String log) {
        var deleted = new AtomicBoolean();
        disk.failDelete = file -> {
            deleted.compareAndSet(false, file.toString().endsWith(".log"));
            return false;
        };
        var copy = new AtomicReference<StoreFolder>();
        disk.failSyncFolder = synced -> {
            if (deleted.get() && synced.endsWith(log) && copy.get() == null) {
                copy.set(copy("unlinked"));
            }
            return false;
        };
        return copy;
    }

    private StoreFolder copy(String name) {
        try {
            return new StoreFolder(folder.resolve("store")).copy(folder.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void saysThatAPurgeIsNotSavedWhenThereIsNoRoomToSaveIt() throws Exception {
        append("waits");
        disk.usable = 0;
        disk.failWrite = file -> file.toString().contains("/state/");

        assertThatThrownBy(() -> store.purge("e").get())
                .rootCause()
                .hasMessageContaining("after a restart it may wait again");
        disk.failWrite = _ -> false;
    }

    @Test
    void goesOnWhenThereIsRoomAgainBeforeItHasLooked() throws Exception {
        var refused = new AtomicInteger();
        disk.failWrite = file -> file.toString().contains("/state/") && refused.incrementAndGet() <= 2;

        store.journal().put("twin/1", "1".getBytes(UTF_8)).get();
        crash();

        assertThat(store.journal().get("twin/1")).asString(UTF_8).isEqualTo("1");
        assertThat(refused).hasValueGreaterThan(2);
        assertThat(failures).isEmpty();
    }

    @Test
    void refusesNothingThatANewJournalTakes() throws Exception {
        store.journal().put("session/1", "gone".getBytes(UTF_8)).get();
        append("before");
        var failed = new AtomicInteger();
        disk.failForce = file -> file.toString().contains("/state/") && failed.getAndIncrement() == 0;

        store.journal().put("twin/1", "1".getBytes(UTF_8)).get();
        store.journal().remove("session/1").get();
        crash();

        assertThat(failed).hasPositiveValue();
        assertThat(store.journal().get("twin/1")).asString(UTF_8).isEqualTo("1");
        assertThat(store.journal().get("session/1")).isNull();
        assertThat(failures).isEmpty();
    }

    @Test
    void startsAndDeliversOnAVolumeWithoutRoom() throws Exception {
        append("before");
        store.close();
        Files.delete(new StoreFolder(folder.resolve("store")).journal());
        disk.usable = 0;
        disk.failWrite = _ -> true;

        open();
        assertThat(poll()).containsExactly("before");
        assertThatThrownBy(() -> append("refused")).hasCauseInstanceOf(StoreFullException.class);

        disk.failWrite = _ -> false;
        disk.usable = NEVER;
        append("after");
        store.queue("e").rewind();
        assertThat(poll()).containsExactly("before", "after");
        assertThat(failures).isEmpty();
    }

    @Test
    void endsWhenTheJournalCannotBeWrittenThoughThereIsRoom() {
        disk.failForce = file -> file.toString().contains("/state/");

        assertThatThrownBy(
                        () -> store.journal().put("twin/1", "1".getBytes(UTF_8)).get())
                .hasCauseInstanceOf(StoreException.class);
        assertThatThrownBy(() -> append("refused")).hasCauseInstanceOf(StoreException.class);

        assertThat(failures)
                .singleElement()
                .satisfies(failure -> assertThat(failure)
                        .hasMessageContaining("state journal")
                        .hasMessageContaining("cannot be written"));
        disk.failForce = _ -> false;
    }

    @Test
    void tellsAListenerThatComesAfterTheFailure() {
        disk.failForce = file -> file.toString().contains("/state/");
        assertThatThrownBy(
                        () -> store.journal().put("twin/1", "1".getBytes(UTF_8)).get())
                .hasCauseInstanceOf(StoreException.class);
        assertThatThrownBy(() -> append("refused")).hasCauseInstanceOf(StoreException.class);
        disk.failForce = _ -> false;
        var late = new ArrayList<StoreException>();

        store.onFailure(late::add);

        assertThat(late).hasSize(1);
    }

    @Test
    void aClockThatJumpsADayAheadExpiresWhatLivesShorter() throws Exception {
        append("an hour", Duration.ofHours(1));
        append("two days", Duration.ofDays(2));

        now = now.plus(Duration.ofDays(1));
        append("after", Duration.ofHours(1));

        assertThat(poll()).containsExactly("two days", "after");
        assertThat(store.stats().queues())
                .singleElement()
                .satisfies(queue -> assertThat(queue.expired()).isEqualTo(1));
    }

    @Test
    void aClockThatJumpsADayBackLosesNothing() throws Exception {
        append("before", Duration.ofHours(1));

        now = now.minus(Duration.ofDays(1));
        append("after", Duration.ofHours(1));
        reopen();

        assertThat(poll()).containsExactly("before", "after");
        now = now.plus(Duration.ofHours(2));
        append("later", Duration.ofHours(1));
        store.queue("e").rewind();
        // a message lives until the time that was fixed when it came, which is a day and an hour away for the first
        assertThat(poll()).containsExactly("before", "later");
    }

    private long journal() throws IOException {
        return Files.size(new StoreFolder(folder.resolve("store")).journal());
    }

    private void append(String text) throws ExecutionException, InterruptedException {
        append(text, new Destination("e", 4, NEVER));
    }

    private void append(String text, Duration timeToLive) throws ExecutionException, InterruptedException {
        append(text, new Destination("e", 4, now.plus(timeToLive).toEpochMilli()));
    }

    private void append(String text, Destination... to) throws ExecutionException, InterruptedException {
        store.append(text.getBytes(UTF_8), List.of(to)).get();
    }

    private void takeAll(String endpoint) throws IOException {
        var queue = store.queue(endpoint);
        queue.poll(100_000, 1 << 30).forEach(queue::acknowledge);
    }

    private long delivered(String endpoint) {
        return store.stats().queues().stream()
                .filter(queue -> queue.endpoint().equals(endpoint))
                .mapToLong(StoreStats.Queue::delivered)
                .sum();
    }

    private List<String> poll() throws IOException {
        return store.queue("e").poll(100_000, 1 << 30).stream()
                .map(record -> new String(record.payload(), UTF_8))
                .toList();
    }
}
