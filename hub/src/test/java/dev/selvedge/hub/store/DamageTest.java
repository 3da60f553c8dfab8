package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Files of a store are damaged, cut and lost. It opens, everything intact comes out in order, and the rest is counted, once. */
@Execution(ExecutionMode.CONCURRENT)
class DamageTest {
    private static final int ROUNDS = 10 * Integer.getInteger("selvedge.faults.rounds", 12);

    @TempDir
    private Path folder;

    private StoreFolder stopped;
    private StoreFolder crashed;
    private int copies;

    @BeforeEach
    void fill() throws Exception {
        stopped = new StoreFolder(folder.resolve("stopped"));
        crashed = new StoreFolder(folder.resolve("crashed"));
        StoreFolder.fill(stopped.path(), crashed.path());
    }

    @Test
    void isWholeWhenNothingIsDamaged() throws Exception {
        for (var intact : List.of(stopped, crashed)) {
            var found = intact.look();

            assertThat(found.records()).hasSize(StoreFolder.RECORDS);
            assertThat(found.inOrder()).isTrue();
            assertThat(found.lostRecords()).isZero();
            assertThat(found.lostEntries()).isZero();
            assertThat(found.oldTwins()).isZero();
        }
        assertThat(stopped.segments()).hasSizeGreaterThan(3);
    }

    @Test
    void aFlippedBitAnywhereCostsAtMostOneRecordOrEntryAndIsCountedOnce() throws Exception {
        var random = new Random(20261125);
        for (var round = 0; round < ROUNDS; round++) {
            var copy = copy(random.nextBoolean() ? stopped : crashed);
            var files = copy.files();
            var file = files.get(random.nextInt(files.size()));
            var bytes = Files.readAllBytes(file);
            var isSegment = file.toString().endsWith(".log");
            var bit = random.nextInt((isSegment ? StoreFolder.data(bytes) : bytes.length) * 8);
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(file, bytes);

            var what = "bit " + bit + " of " + file + ", round " + round;
            var found = copy.look();
            assertThat(found.inOrder()).as(what).isTrue();
            assertThat(StoreFolder.RECORDS - found.records().size()).as(what).isEqualTo((int) found.lostRecords());
            assertThat(found.lostRecords() + found.lostEntries()).as(what).isEqualTo(1);
            assertThat(found.oldTwins()).as(what).isLessThanOrEqualTo((int) found.lostEntries());
            assertThat(copy.look()).as(what + ", opened again").isEqualTo(found);
            assertGoesOn(copy, found);
        }
    }

    @Test
    void aFlippedBitBehindTheLastRecordCostsNothing() throws Exception {
        var random = new Random(20261129);
        for (var round = 0; round < ROUNDS; round++) {
            var copy = copy(crashed);
            var file = copy.segments()
                    .get(random.nextBoolean() ? 0 : copy.segments().size() - 1);
            var bytes = Files.readAllBytes(file);
            var data = StoreFolder.data(bytes);
            if (data == bytes.length) {
                continue;
            }
            bytes[data + random.nextInt(bytes.length - data)] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, bytes);

            assertThat(copy.look()).as("round " + round).isEqualTo(copy(crashed).look());
        }
    }

    /** What is stored after the damage is kept too, and the count does not change. */
    private static void assertGoesOn(StoreFolder copy, StoreFolder.Found before) throws Exception {
        try (var store = copy.open()) {
            for (var priority : List.of(3, Destination.NO_PRIORITY)) {
                store.append("1000 new".getBytes(UTF_8), List.of(new Destination("b", priority, Long.MAX_VALUE)))
                        .get();
            }
        }
        var after = copy.look();
        assertThat(after.inOrder()).isTrue();
        assertThat(after.records()).hasSize(before.records().size() + 1).contains(1000);
        assertThat(after.lostRecords()).isEqualTo(before.lostRecords());
        assertThat(after.lostEntries()).isEqualTo(before.lostEntries());
    }

    @Test
    void aRecordThatWasTornAtAnyByteWhileItWasWrittenIsNoLoss() throws Exception {
        var longer = copy(crashed);
        try (var store = longer.open()) {
            var to = List.of(new Destination("b", Destination.NO_PRIORITY, Long.MAX_VALUE));
            store.append("1000 new".getBytes(UTF_8), to).get();
        }
        var newest = Files.readAllBytes(crashed.segments().getLast());
        var whole = StoreFolder.data(newest);
        var bytes = Files.readAllBytes(longer.segments().getLast());
        for (var end = whole; end < bytes.length; end++) {
            for (var size : List.of(end, Math.max(end, newest.length))) {
                var copy = copy(crashed);
                Files.write(copy.segments().getLast(), Arrays.copyOf(Arrays.copyOf(bytes, end), size));

                var found = copy.look();

                var what = "%d bytes, the file has %d".formatted(end, size);
                assertThat(found.records()).as(what).hasSize(StoreFolder.RECORDS);
                assertThat(found.lostRecords()).as(what).isZero();
            }
        }
        assertThat(bytes.length - whole).isGreaterThan(30);
    }

    @Test
    void aLastEntryTornAtAnyByteIsNoLoss() throws Exception {
        var bytes = Files.readAllBytes(crashed.journal());
        var lastEntry = 10 + "gone".length();
        for (var end = bytes.length - lastEntry; end < bytes.length; end++) {
            var copy = copy(crashed);
            Files.write(copy.journal(), Arrays.copyOf(bytes, end));

            var found = copy.look();

            assertThat(found.oldTwins()).as("cut at " + end).isEqualTo(1);
            assertThat(found.lostEntries()).as("cut at " + end).isZero();
        }
    }

    @Test
    void recordsThatWereNeverWrittenAtTheEndAreNoLoss() throws Exception {
        var newest = crashed.segments().getLast();
        Files.write(newest, Arrays.copyOf(Files.readAllBytes(newest), (int) Files.size(newest) + 5000));

        var found = crashed.look();

        assertThat(found.records()).hasSize(StoreFolder.RECORDS);
        assertThat(found.lostRecords()).isZero();
    }

    @Test
    void aSegmentThatIsCutOrGoneIsCountedRecordByRecordAfterAnOrderlyStop() throws Exception {
        var random = new Random(20261125);
        for (var segment = 0; segment < stopped.segments().size(); segment++) {
            var copy = copy(stopped);
            var file = copy.segments().get(segment);
            var cut = segment % 2 == 0 ? 0 : random.nextInt((int) Files.size(file));
            if (cut == 0) {
                Files.delete(file);
            } else {
                Files.write(file, Arrays.copyOf(Files.readAllBytes(file), cut));
            }

            var found = copy.look();

            assertThat(found.inOrder()).isTrue();
            assertThat(found.lostRecords())
                    .as("%s cut to %d".formatted(file, cut))
                    .isPositive()
                    .isEqualTo(StoreFolder.RECORDS - found.records().size());
            assertGoesOn(copy, found);
        }
    }

    @Test
    void allSegmentsGoneAreCountedAfterAnOrderlyStop() throws Exception {
        for (var segment : stopped.segments()) {
            Files.delete(segment);
        }

        var found = stopped.look();

        assertThat(found.records()).isEmpty();
        assertThat(found.lostRecords()).isEqualTo(StoreFolder.RECORDS);
        assertGoesOn(stopped, found);
    }

    @Test
    void lossesAreStillCountedWhenTheirSegmentIsGivenBack() throws Exception {
        Files.delete(stopped.segments().get(1));
        var lost = stopped.look().lostRecords();
        try (var store = stopped.open()) {
            for (var endpoint : List.of("a", "b", "c")) {
                store.queue(endpoint).poll(1 << 20, 1 << 30).forEach(store.queue(endpoint)::acknowledge);
            }
            store.append("1000 new".getBytes(UTF_8), List.of(new Destination("b", 3, Long.MAX_VALUE)))
                    .get();
        }

        assertThat(stopped.look().lostRecords()).isEqualTo(lost).isPositive();
        assertThat(stopped.segments()).hasSizeLessThan(4);
    }

    @Test
    void withoutItsJournalEverythingIsSentAgain() throws Exception {
        Files.delete(crashed.journal());

        try (var store = crashed.open()) {
            assertThat(store.queue("a").queued()).isEqualTo(StoreFolder.RECORDS);
        }
        var found = crashed.look();
        assertThat(found.records()).hasSize(StoreFolder.RECORDS);
        assertThat(found.lostRecords()).isZero();
        assertThat(found.lostEntries()).isEqualTo(1);
    }

    @Test
    void opensWithoutItsOwnerFileWhenTheJournalSaysWhoseItIs() throws Exception {
        var owner = stopped.path().resolve("owner");
        Files.delete(owner);

        assertThat(stopped.look().lostEntries()).isEqualTo(1);
        assertThat(owner).hasSameTextualContentAs(crashed.path().resolve("owner"));
    }

    @Test
    void refusesMessagesOfWhichNobodySaysWhoseTheyAre() throws Exception {
        Files.delete(stopped.path().resolve("owner"));
        Files.delete(stopped.journal());
        var before = stopped.files();

        assertThatThrownBy(stopped::open)
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("does not say whose it is")
                .hasMessageContaining("'edge-1'");
        assertThat(stopped.files()).isEqualTo(before);
    }

    @Test
    void refusesAnOlderOrNewerFormatAndChangesNothing() throws Exception {
        for (var format : List.of("selvedge-store 2", "selvedge-store 99")) {
            var copy = copy(stopped);
            try (var store = copy.open()) {
                store.journal()
                        .put("owner", (format + "\nedge-1\n").getBytes(UTF_8))
                        .get();
            }
            Files.writeString(copy.path().resolve("owner"), format + "\nedge-1\n");
            var before = contents(copy);

            assertThatThrownBy(copy::open)
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("has the format '" + format + "'");
            assertThat(contents(copy)).isEqualTo(before);
        }
    }

    @Test
    void refusesAnotherDevicesVolumeAndChangesNothing() throws Exception {
        var bytes = Files.readAllBytes(stopped.journal());
        bytes[bytes.length / 2] ^= 1;
        Files.write(stopped.journal(), bytes);
        var before = contents(stopped);

        assertThatThrownBy(() -> MessageStore.open(stopped.path(), "edge-2", StoreFolder.SMALL, () -> StoreFolder.NOW))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("belongs to device 'edge-1'");
        assertThat(contents(stopped)).isEqualTo(before);
    }

    @Test
    void opensAFolderThatAFirstStartLeftHalfMade() throws Exception {
        var half = Files.createDirectory(folder.resolve("half"));
        Files.createFile(half.resolve("owner"));
        Files.writeString(half.resolve("owner.new"), "selvedge-st");

        new StoreFolder(half).open().close();

        assertThat(half.resolve("owner")).hasSameTextualContentAs(crashed.path().resolve("owner"));
    }

    @Test
    void missesNothingWhereAFirstStartWasCutOffAnywhere() throws Exception {
        for (var cutAt : List.of("state", "quarantine", "log-00", "log-05", "log-10")) {
            var cutOff = new StoreFolder(folder.resolve("cut-off-at-" + cutAt));
            var disk = new FaultyDisk();
            disk.failCreate = made -> made.endsWith(cutAt);
            assertThatThrownBy(() ->
                            MessageStore.open(cutOff.path(), "edge-1", StoreFolder.SMALL, () -> StoreFolder.NOW, disk))
                    .isInstanceOf(StoreException.class);

            assertThat(cutOff.look().lostEntries()).as(cutAt).isZero();
        }
    }

    @Test
    void readsTheNewJournalWhenTheHubDiedBeforeItDeletedTheOldOne() throws Exception {
        var journal = stopped.journal();
        var older = journal.resolveSibling("state-%020d.journal".formatted(0));
        Files.write(older, "not looked at".getBytes(UTF_8));
        Files.write(journal.resolveSibling("state.new"), "half a snapshot".getBytes(UTF_8));

        var found = stopped.look();

        assertThat(found.lostEntries()).isZero();
        assertThat(found.oldTwins()).isZero();
        assertThat(older).doesNotExist();
    }

    @Test
    void takesNoRecordOutOfThePayloadOfADamagedOne() throws Exception {
        var copy = copy(stopped);
        var inside = Files.readAllBytes(copy.segments().getFirst());
        try (var store = copy.open()) {
            store.append(inside, List.of(new Destination("d", 3, Long.MAX_VALUE)))
                    .get();
        }
        var newest = copy.segments().stream()
                .filter(file -> file.toString().contains("log-03"))
                .toList()
                .getLast();
        var bytes = Files.readAllBytes(newest);
        bytes[bytes.length - inside.length - 20] ^= 1;
        Files.write(newest, bytes);

        try (var store = copy.open()) {
            assertThat(store.queue("a").queued()).isEqualTo(StoreFolder.RECORDS - StoreFolder.TAKEN);
            assertThat(store.queue("d").queued()).isZero();
            assertThat(store.stats().lostRecords()).isEqualTo(1);
        }
    }

    private StoreFolder copy(StoreFolder of) throws IOException {
        return of.copy(folder.resolve("copy-" + copies++));
    }

    private static List<String> contents(StoreFolder of) throws IOException {
        var contents = new ArrayList<String>();
        for (var file : of.files()) {
            contents.add(file + " " + Arrays.hashCode(Files.readAllBytes(file)));
        }
        return contents;
    }
}
