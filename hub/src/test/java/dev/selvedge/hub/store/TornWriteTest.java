package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The power fails during a force: of one write some sectors are on disk, in any order. Its records were never acknowledged; those of the writes
 * before it were.
 */
class TornWriteTest {
    private static final StoreOptions OPTIONS = new StoreOptions(64 << 20, 1 << 20, 0);
    private static final int SECTOR = 512;
    private static final int ROUNDS = 10 * Integer.getInteger("selvedge.faults.rounds", 12);
    private static final int TOGETHER = 12;

    @TempDir
    private Path folder;

    private StoreFolder whole;
    private byte[] bytes = {};
    private int copies;

    /** Record 0 is written alone, record 1 of some sectors alone, then {@link #TOGETHER} more with one force. */
    @BeforeEach
    void write() throws Exception {
        var disk = new FaultyDisk();
        whole = new StoreFolder(folder.resolve("whole"));
        var path = folder.resolve("running");
        try (var store = MessageStore.open(path, "edge-1", OPTIONS, () -> StoreFolder.NOW, disk)) {
            append(store, 0, 300).get();
            var alone = new CountDownLatch(1);
            var gathered = new CountDownLatch(1);
            disk.failForce = file -> {
                // the journal is forced too, when the segment is new
                if (file.toString().endsWith(".log")) {
                    alone.countDown();
                    await(gathered);
                }
                return false;
            };
            var done = new ArrayList<>(List.of(append(store, 1, 2_000)));
            alone.await();
            IntStream.range(2, 2 + TOGETHER).forEach(i -> done.add(append(store, i, 300)));
            gathered.countDown();
            for (var future : done) {
                future.get();
            }
            new StoreFolder(path).copyTo(whole.path());
        }
        bytes = Files.readAllBytes(segment(whole));
    }

    @Test
    void isWholeWhenAllOfItIsThere() throws Exception {
        assertThat(whole.look().records()).containsExactlyElementsOf(numbers(2 + TOGETHER));
        assertThat(bytes.length).isGreaterThan(StoreFolder.data(bytes) + SECTOR);
    }

    @Test
    void aWriteOfWhichSomeSectorsAreMissingIsNoLoss() throws Exception {
        var random = new Random(20261129);
        var start = startOf(2);
        for (var round = 0; round < ROUNDS; round++) {
            var torn = bytes.clone();
            for (var at = start; at < StoreFolder.data(bytes); at = nextSector(at)) {
                if (random.nextBoolean()) {
                    Arrays.fill(torn, at, nextSector(at), (byte) 0);
                }
            }
            var copy = with(torn);

            var found = copy.look();

            var what = "round " + round + ": " + found;
            assertThat(found.lostRecords()).as(what).isZero();
            assertThat(found.records())
                    .as(what)
                    .containsExactlyElementsOf(numbers(found.records().size()));
            assertThat(found.records()).as(what).contains(0, 1);
            assertGoesOn(copy, found.records().size());
        }
    }

    @Test
    void aSectorThatIsMissingInAWriteBeforeIsCounted() throws Exception {
        var torn = bytes.clone();
        var at = nextSector(startOf(1));
        Arrays.fill(torn, at, nextSector(at), (byte) 0);

        var found = with(torn).look();

        assertThat(found.lostRecords()).isEqualTo(1);
        assertThat(found.records()).hasSize(1 + TOGETHER).doesNotContain(1);
    }

    @Test
    void aFlippedBitInTheLastWriteIsCounted() throws Exception {
        var random = new Random(20261129);
        for (var round = 0; round < ROUNDS; round++) {
            var flipped = bytes.clone();
            var start = startOf(2);
            var bit = start * 8 + random.nextInt((StoreFolder.data(bytes) - start) * 8);
            flipped[bit / 8] ^= (byte) (1 << bit % 8);

            var found = with(flipped).look();

            assertThat(found.lostRecords()).as("bit " + bit).isEqualTo(1);
            assertThat(found.records()).as("bit " + bit).hasSize(1 + TOGETHER);
        }
    }

    /** Its sectors of zeros look as if they were never written; what was written later says that they were. */
    @Test
    void aFlippedBitInARecordOfZerosIsCountedWhenAnotherWriteCameAfterIt() throws Exception {
        var before = 2 + TOGETHER;
        whole = withZeros(before);
        bytes = Files.readAllBytes(segment(whole));
        var random = new Random(20261130);
        for (var round = 0; round < ROUNDS; round++) {
            var flipped = bytes.clone();
            var start = startOf(before + 2);
            var bit = start * 8 + random.nextInt((startOf(before + 3) - start) * 8);
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            var isTornAtItsEnd = random.nextBoolean();
            if (isTornAtItsEnd) {
                var last = startOf(before + 6);
                Arrays.fill(flipped, last, nextSector(last), (byte) 0);
            }
            var copy = with(flipped);

            var found = copy.look();

            var what = "bit " + bit + (isTornAtItsEnd ? ", torn: " : ": ") + found;
            assertThat(found.lostRecords()).as(what).isEqualTo(1);
            var kept = new TreeSet<>(numbers(before + (isTornAtItsEnd ? 6 : 8)));
            kept.remove(before + 2);
            assertThat(found.records()).as(what).isEqualTo(kept);
        }
    }

    /** Goes on with one record alone, three together of which the second is of zeros, one alone, and three together. */
    private StoreFolder withZeros(int first) throws Exception {
        var disk = new FaultyDisk();
        var running = whole.copy(folder.resolve("running-on"));
        var copy = new StoreFolder(folder.resolve("with-zeros"));
        try (var store = MessageStore.open(running.path(), "edge-1", OPTIONS, () -> StoreFolder.NOW, disk)) {
            for (var number = first; number < first + 8; number += 4) {
                var alone = disk.hold("log-10");
                var done = new ArrayList<>(List.of(append(store, number, 300)));
                alone.awaitForce();
                done.add(append(store, number + 1, 300));
                done.add(append(store, number + 2, number == first ? "\0".repeat(1_500) + "." : "x".repeat(1_500)));
                done.add(append(store, number + 3, 300));
                alone.letGo();
                for (var future : done) {
                    future.get();
                }
            }
            running.copyTo(copy.path());
        }
        return copy;
    }

    /** What is stored afterwards is kept too, and nothing is missed later. */
    private static void assertGoesOn(StoreFolder copy, int records) throws Exception {
        try (var store = MessageStore.open(copy.path(), "edge-1", OPTIONS, () -> StoreFolder.NOW)) {
            append(store, 1000, 300).get();
        }
        var found = copy.look();
        assertThat(found.records()).hasSize(records + 1).contains(1000);
        assertThat(found.lostRecords()).isZero();
    }

    private static CompletableFuture<Void> append(MessageStore store, int number, int size) {
        return append(store, number, "x".repeat(size));
    }

    private static CompletableFuture<Void> append(MessageStore store, int number, String body) {
        var text = (number + " " + body).getBytes(UTF_8);
        return store.append(text, List.of(new Destination("b", Destination.NO_PRIORITY, Long.MAX_VALUE)));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<Integer> numbers(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    private static int nextSector(int at) {
        return (at / SECTOR + 1) * SECTOR;
    }

    /** Where a record begins in the segment. */
    private int startOf(int number) {
        var text = new String(bytes, StandardCharsets.ISO_8859_1);
        var at = 0;
        for (var record = 0; record < number; record++) {
            at = text.indexOf("SLVR", at + 1);
        }
        return at;
    }

    private StoreFolder with(byte[] segment) throws IOException {
        var copy = whole.copy(folder.resolve("copy-" + copies++));
        Files.write(segment(copy), segment);
        return copy;
    }

    private static Path segment(StoreFolder of) throws IOException {
        return of.segments().getLast();
    }
}
