package dev.selvedge.hub.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.message.MessageCodec;
import dev.selvedge.identity.Identity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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

    @TempDir
    private Path copies;

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

    /** The formula of docs/concepts/offline.md. */
    @Test
    void takesAsManyBytesForAMessageAsTheSizingSays() throws Exception {
        var message = new Message(
                Identity.module("edge-1", "sensor"),
                "out",
                Map.of("messageId", "7"),
                Map.of("unit", "celsius"),
                "21.5".getBytes(UTF_8));

        store.append(
                        MessageCodec.encode(message),
                        List.of(
                                new Destination("$upstream", Destination.NO_PRIORITY, NEVER),
                                new Destination("edge-1/filter", Destination.NO_PRIORITY, NEVER)))
                .get();

        reopen();
        var properties = 8 + "messageId".length() + "7".length() + 8 + "unit".length() + "celsius".length();
        var one = 84 + "edge-1/sensor".length() + "out".length() + "21.5".length() + properties;
        assertThat(onDisk()).isEqualTo(one + 18 + "edge-1/filter".length());
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
    void letsEveryTenthHandOutOfAPriorityGoToALowerOneSoThatNoneStarves() throws Exception {
        fill(120, new Destination("e", 0, NEVER));
        fill(20, new Destination("e", 5, NEVER));
        fill(2, "e");

        var priorities = store.queue("e").poll(100, 1 << 30).stream()
                .map(QueuedRecord::priority)
                .toList();

        for (int i = 0; i < 100; i++) {
            assertThat(priorities.get(i)).as("%d", i).isEqualTo(i == 99 ? 10 : i % 10 == 9 ? 5 : 0);
        }
    }

    /** Of ten that are handed out while a backlog drains, seven are live ones. */
    @Test
    void givesLiveRecordsOfOthersTheirShareWhileABacklogDrains() throws Exception {
        sent("chatty", 1, 40);
        store.queue("e").begin();
        sent("alarm", 1, 20);

        var first = poll("e", 20);

        assertThat(first.stream().filter(text -> text.startsWith("alarm"))).hasSize(14);
        assertThat(poll("e", 100)).hasSize(40);
        assertThat(poll("e")).isEmpty();
    }

    @Test
    void hasNoShareForLiveRecordsWhenTheBacklogHasItAll() throws Exception {
        store.backlogShare(100);
        sent("chatty", 1, 10);
        store.queue("e").begin();
        sent("alarm", 1, 10);

        assertThat(poll("e", 10)).allMatch(text -> text.startsWith("chatty"));
    }

    @Test
    void hasNoShareForLiveRecordsWhenDiskIsShort() throws Exception {
        sent("chatty", 1, 10);
        store.queue("e").begin();
        sent("alarm", 1, 10);
        store.maxBytes(store.stats().bytes());

        assertThat(poll("e", 10)).allMatch(text -> text.startsWith("chatty"));
    }

    @Test
    void letsNothingGoAheadOfWhatTheSameSourceSentBefore() throws Exception {
        sent("a", 1, 2);
        sent("b", 1, 20);
        store.queue("e").begin();
        sent("b", 21, 22);
        sent("c", 1, 2);
        sent("a", 3, 4);

        var records = store.queue("e").poll(100, 1 << 30);

        for (var source : List.of("a", "b", "c")) {
            assertThat(texts(records).stream().filter(text -> text.startsWith(source)))
                    .isSortedAccordingTo(Comparator.comparing(text -> Integer.valueOf(text.substring(2))));
        }
        assertThat(texts(records).indexOf("c 1")).isLessThan(texts(records).indexOf("b 1") + 5);
    }

    /** It was written before records had a source, and may be anybody's. */
    @Test
    void letsNothingGoAheadOfWhatIsNobodys() throws Exception {
        append("nobody's", "e");
        sent("b", 1, 10);
        store.queue("e").begin();
        sent("c", 1, 10);

        assertThat(poll("e", 11)).noneMatch(text -> text.startsWith("c"));
    }

    @Test
    void handsOutAgainInOrderWhatWentAheadAndWasNotAcknowledged() throws Exception {
        sent("chatty", 1, 10);
        store.queue("e").begin();
        sent("alarm", 1, 4);
        var records = store.queue("e").poll(6, 1 << 30);
        var alarms = records.stream()
                .filter(record -> new String(record.payload(), UTF_8).startsWith("alarm"))
                .toList();
        store.queue("e").acknowledge(alarms.get(0));
        // behind one that is not acknowledged: it comes again, so that the receiver sees them in order
        store.queue("e").acknowledge(alarms.get(2));

        store.queue("e").rewind();

        assertThat(poll("e", 100).stream().filter(text -> text.startsWith("alarm")))
                .containsExactly("alarm 2", "alarm 3", "alarm 4");
    }

    @Test
    void countsWhatWentAheadWhenItIsDeliveredAndRepeatsItAfterARestart() throws Exception {
        alarmsGoAheadOfTenThatWait();
        assertThat(stats("e").delivered()).isEqualTo(4);
        assertThat(stats("e").queued()).isEqualTo(10);

        reopen();

        assertThat(stats("e").delivered()).isZero();
        assertThat(stats("e").mismatch()).isZero();
        assertThat(poll("e", 100)).hasSize(14);
    }

    @Test
    void countsOnceWhatWentAheadInASegmentThatGivesWay() throws Exception {
        alarmsGoAheadOfTenThatWait();

        assertThat(store.purge("e").get()).isEqualTo(10);

        assertThat(stats("e").delivered()).isEqualTo(4);
        assertThat(stats("e").dropped()).isEqualTo(Map.of("purged", 10L));
        assertThat(stats("e").queued()).isZero();
        assertThat(stats("e").mismatch()).isZero();
    }

    @Test
    void letsGoOfWhatWentAheadIntoQuarantineOnlyWhenItsTurnHasCome() throws Exception {
        sent("chatty", 1, 10);
        store.queue("e").begin();
        sent("alarm", 1, 1);
        var alarm = store.queue("e").poll(2, 1 << 30).getLast();
        store.queue("e").quarantine(alarm, "no").get();
        assertThat(stats("e").quarantined()).isEqualTo(1);

        store.queue("e").rewind();
        var backlog = store.queue("e").poll(100, 1 << 30);
        store.queue("e").quarantine(backlog.getFirst(), "no").get();

        assertThat(texts(backlog)).hasSize(10).allMatch(text -> text.startsWith("chatty"));
        assertThat(store.purgeQuarantine("e").get()).isZero();
        backlog.forEach(store.queue("e")::acknowledge);
        assertThat(poll("e")).isEmpty();
        assertThat(store.purgeQuarantine("e").get()).isEqualTo(2);
        assertThat(stats("e").mismatch()).isZero();
        assertThat(stats("e").delivered()).isEqualTo(9);
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
    void dropsTheOldestWhenToldToAndGivesTheirDiskBack() throws Exception {
        store.whenFull(WhenFull.DROP_OLDEST);

        var number = fill(3000, "e");

        var left = poll("e");
        assertThat(left.getLast()).startsWith("2999 ");
        assertThat(left.getFirst()).startsWith(3000 - left.size() + " ");
        assertThat(store.stats().bytes()).isLessThanOrEqualTo(1 << 20);
        reopen();
        assertThat(onDisk()).as("without zeros ahead of the last record").isLessThanOrEqualTo(1 << 20);
        assertThat(stats("e")).satisfies(q -> {
            assertThat(q.received()).isEqualTo(number);
            assertThat(q.dropped()).containsExactly(Map.entry("full", 3000L - left.size()));
            assertThat(q.mismatch()).isZero();
        });
    }

    @Test
    void dropsNothingForWhatIsReleasedOrRestored() throws Exception {
        store.whenFull(WhenFull.DROP_OLDEST);
        append("x".repeat(60_000), "e");
        quarantine(store.queue("e").poll(1, 1 << 20).getFirst());
        var to = List.of(new Destination("e", Destination.NO_PRIORITY, NEVER));

        assertThatThrownBy(() -> {
                    for (var i = 0; i < 200; i++) {
                        store.restore("s", "x".repeat(10_000).getBytes(UTF_8), to)
                                .get();
                    }
                })
                .hasCauseInstanceOf(StoreFullException.class);
        assertThat(store.release("e").get()).isZero();

        assertThat(store.quarantined()).hasSize(1);
        assertThat(stats("e").dropped()).isEmpty();
        append("x".repeat(20_000), "e");
        assertThat(stats("e").dropped()).containsOnlyKeys("full");
    }

    @Test
    void dropsTheOldestOfAllPrioritiesAndEveryQueueCountsItsOwn() throws Exception {
        store.whenFull(WhenFull.DROP_OLDEST);
        for (int i = 0; i < 200; i++) {
            append(i + " " + "x".repeat(1000), new Destination("a", 1, NEVER), new Destination("b", 1, NEVER));
        }
        now = now.plusSeconds(1);

        fill(2000, "e");

        assertThat(queue("a", 1).dropped()).containsExactly(Map.entry("full", 200L));
        assertThat(queue("b", 1).dropped()).containsExactly(Map.entry("full", 200L));
        assertThat(store.stats().mismatch()).isZero();
    }

    /** The last record of a segment is one endpoint's, and the other one waits for something in the next. */
    @ParameterizedTest
    @EnumSource(names = {"DROP_OLDEST", "DROP_LOWEST_PRIORITY"})
    void neverRefusesForWantOfRoomWhenEndpointsTakeTurns(WhenFull whenFull) throws Exception {
        store.whenFull(whenFull);

        for (int i = 0; i < 2500; i++) {
            append(i + " " + "x".repeat(1000), i % 2 == 0 ? "a" : "b");
        }

        assertThat(stats("a").dropped()).containsOnlyKeys("full");
        assertThat(stats("b").dropped()).containsOnlyKeys("full");
        assertThat(store.stats().mismatch()).isZero();
    }

    @Test
    void givesBackASegmentWhoseLastRecordWasAnothers() throws Exception {
        store.close();
        store = MessageStore.open(folder, "edge-1", new StoreOptions(64 << 20, 8 << 10, 0), () -> now, disk);
        for (int i = 0; i < 40; i++) {
            append(i + " " + "x".repeat(1000), i % 2 == 0 ? "a" : "b");
        }
        var before = store.stats().bytes();

        drain("b");
        for (var record : store.queue("a").poll(15, 1 << 20)) {
            store.queue("a").acknowledge(record);
        }
        reopen();

        assertThat(store.stats().bytes()).isLessThan(before / 2);
        assertThat(poll("a")).hasSize(5);
        assertThat(store.stats().mismatch()).isZero();
        assertThat(store.stats().lostRecords()).isZero();
    }

    @Test
    void dropsTheLowestPriorityFirstAndNeverAHigherOneForALower() throws Exception {
        store.whenFull(WhenFull.DROP_LOWEST_PRIORITY);
        fill(300, new Destination("e", 9, NEVER));
        fill(300, new Destination("e", 2, NEVER));

        fill(900, new Destination("e", 5, NEVER));

        assertThat(queue("e", 9).queued()).isZero();
        assertThat(queue("e", 2).queued()).isEqualTo(300);
        assertThat(queue("e", 5).dropped()).as("its own oldest").containsKey("full");
        assertThat(queue("e", 5).queued()).isPositive();
        assertThat(store.stats().mismatch()).isZero();

        fill(3000, new Destination("e", 2, NEVER));
        assertThat(queue("e", 5).queued()).as("lower ones go first").isZero();
        store.whenFull(WhenFull.REJECT_NEW);
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 2000; i++) {
                        fill(1, new Destination("e", 2, NEVER));
                    }
                })
                .hasCauseInstanceOf(StoreFullException.class);
        store.whenFull(WhenFull.DROP_LOWEST_PRIORITY);
        assertThatThrownBy(() -> fill(1, new Destination("e", 5, NEVER))).hasCauseInstanceOf(StoreFullException.class);
        assertThat(queue("e", 2).queued()).isPositive();
    }

    @Test
    void takesNoMoreThanItGivesBackWhileOthersFillTheVolume() throws Exception {
        store.close();
        store = MessageStore.open(folder, "edge-1", new StoreOptions(1 << 24, 64 << 10, 1000), () -> now, disk);
        store.whenFull(WhenFull.DROP_OLDEST);
        fill(500, "e");
        disk.usable = 999;
        while (!store.stats().volumeLow()) {
            fill(100, "e");
        }
        var before = store.stats().bytes();

        fill(5000, "e");

        assertThat(store.stats().volumeLow()).isTrue();
        assertThat(store.stats().bytes()).isBetween(before / 2, before + (64 << 10));
        assertThat(poll("e").getLast()).startsWith("4999 ");
        assertThat(store.stats().mismatch()).isZero();
    }

    @Test
    void countsOnceWhatIsAcknowledgedAfterItWasDropped() throws Exception {
        store.whenFull(WhenFull.DROP_OLDEST);
        fill(10, "e");
        var handedOut = store.queue("e").poll(10, 1 << 20);
        store.queue("e").acknowledge(handedOut.get(3));

        fill(2000, "e");
        handedOut.forEach(store.queue("e")::acknowledge);

        assertThat(stats("e")).satisfies(q -> {
            assertThat(q.delivered()).isEqualTo(1);
            assertThat(q.dropped().get("full") + q.queued()).isEqualTo(2009);
            assertThat(q.mismatch()).isZero();
        });
    }

    @Test
    void deletesNothingWhenTheCursorsCannotBeSaved() throws Exception {
        store.whenFull(WhenFull.DROP_OLDEST);
        fill(900, "e");
        disk.failForce = file -> file.toString().contains("/state/");

        assertThatThrownBy(() -> fill(500, "e")).hasCauseInstanceOf(StoreException.class);
        disk.failForce = _ -> false;
        assertThat(onDisk()).isGreaterThan(900_000);
        reopen();

        assertThat(stats("e").received()).isGreaterThanOrEqualTo(900);
        assertThat(store.stats().mismatch()).isZero();
    }

    @Test
    void leavesBehindNothingThatWasDroppedWhenItDiesBeforeTheUnlink() throws Exception {
        store.whenFull(WhenFull.DROP_OLDEST);
        disk.failDelete = file -> file.toString().endsWith(".log");
        fill(1500, "e");
        var before = stats("e");
        disk.failDelete = _ -> false;

        reopen();

        assertThat(stats("e")).isEqualTo(before);
        assertThat(before.dropped().get("full")).isPositive();
        assertThat(onDisk()).isLessThanOrEqualTo(1 << 20);
    }

    @Test
    void countsWhatWasDamagedForEveryQueueThatMissesIt() throws Exception {
        for (int i = 0; i < 20; i++) {
            append(
                    "record-" + i,
                    new Destination("a", 10, NEVER),
                    new Destination(i % 2 == 0 ? "even" : "odd", 10, NEVER));
        }
        store.close();
        damage("record-4");
        damage("record-6");

        open();

        assertThat(stats("a")).satisfies(q -> {
            assertThat(q.received()).isEqualTo(20);
            assertThat(q.dropped()).containsExactly(Map.entry("damaged", 2L));
        });
        assertThat(stats("even").dropped()).containsExactly(Map.entry("damaged", 2L));
        assertThat(stats("odd").dropped()).isEmpty();
        drain("a");
        reopen();
        assertThat(stats("a").dropped()).containsExactly(Map.entry("damaged", 2L));
        assertThat(stats("a").delivered()).isEqualTo(18);
        assertThat(store.stats().mismatch()).isZero();
    }

    @Test
    void countsTheLastRecordsToo() throws Exception {
        for (int i = 0; i < 20; i++) {
            append("record-" + i, "e");
        }
        store.close();
        damage("record-19");

        open();

        assertThat(stats("e").received()).isEqualTo(20);
        assertThat(stats("e").dropped()).containsExactly(Map.entry("damaged", 1L));
        append("new", "e");
        assertThat(stats("e").received()).isEqualTo(21);
        assertThat(poll("e")).hasSize(20);
    }

    @Test
    void stepsOverWhatIsDamagedWhileItRuns() throws Exception {
        for (int i = 0; i < 20; i++) {
            append("record-" + i, "e");
        }
        damage("record-7");
        damage("record-19");

        drain("e");

        assertThat(stats("e")).satisfies(q -> {
            assertThat(q.delivered()).isEqualTo(18);
            assertThat(q.dropped()).containsExactly(Map.entry("damaged", 2L));
            assertThat(q.mismatch()).isZero();
        });
        assertThat(store.stats().lostSinceStart()).isEqualTo(2);
    }

    @Test
    void knowsWhatWasReceivedWhenTheJournalIsGone() throws Exception {
        fill(10, "e");
        store.queue("e").poll(4, 1 << 20).forEach(store.queue("e")::acknowledge);
        store.close();
        try (var files = Files.list(folder.resolve("state"))) {
            for (var file : files.toList()) {
                Files.delete(file);
            }
        }

        open();

        assertThat(stats("e").received()).isEqualTo(10);
        assertThat(store.stats().mismatch()).isZero();
    }

    @Test
    void beginsItsAccountWithWhatIsThereWhenTheJournalIsGone() throws Exception {
        var waiting = lettingGoOfSome();
        store.close();
        Files.delete(new StoreFolder(folder).journal());

        open();

        assertThat(store.stats().lostEntries()).isEqualTo(1);
        assertAccountBeginsWith(waiting);
    }

    @Test
    void beginsAnAccountWithWhatIsThereWhenItsEntryIsDamaged() throws Exception {
        var waiting = lettingGoOfSome();
        store.close();
        var journal = new StoreFolder(folder).journal();
        var entries = new String(Files.readAllBytes(journal), ISO_8859_1);
        Files.writeString(journal, entries.replace("cursor/10/e", "cursor/10/d"), ISO_8859_1);

        open();

        assertThat(store.stats().lostEntries()).isPositive();
        assertAccountBeginsWith(waiting);
    }

    /** Nothing was given back, so that what is not there is lost. */
    @Test
    void countsWhatIsDamagedInALogThatIsThereFromItsFirstWhenTheJournalIsGone() throws Exception {
        append("first", "e");
        append("second", "e");
        store.close();
        damage("first");
        Files.delete(new StoreFolder(folder).journal());

        open();

        assertThat(stats("e").received()).isEqualTo(2);
        assertThat(stats("e").dropped()).containsExactly(Map.entry("damaged", 1L));
        assertThat(store.stats().mismatch()).isZero();
    }

    /** Of 200 messages 150 are delivered, and disk is given back; how many are in what is left. */
    private long lettingGoOfSome() throws Exception {
        for (var batch = 0; batch < 4; batch++) {
            fill(50, "e");
        }
        store.queue("e").poll(150, 1 << 30).forEach(store.queue("e")::acknowledge);
        // the writer has done what was asked of it before
        store.peekQuarantine("e", 0, 1, 1).get();
        var first = Segment.firstSequence(segments().getFirst().getFileName().toString());
        assertThat(first).isGreaterThan(1);
        return 201 - first;
    }

    private void assertAccountBeginsWith(long waiting) throws Exception {
        assertThat(stats("e")).satisfies(q -> {
            assertThat(q.received()).isEqualTo(waiting);
            assertThat(q.queued()).isEqualTo(waiting);
            assertThat(q.delivered()).isZero();
            assertThat(q.dropped()).isEmpty();
        });
        quarantine(store.queue("e").poll(1, 1 << 20).getFirst());
        drain("e");
        reopen();
        assertThat(store.release("e").get()).isEqualTo(1);
        append("new", "e");
        reopen();
        assertThat(stats("e")).satisfies(q -> {
            assertThat(q.received()).isEqualTo(waiting + 1);
            assertThat(q.delivered()).isEqualTo(waiting - 1);
            assertThat(q.queued()).isEqualTo(2);
            assertThat(q.dropped()).isEmpty();
            assertThat(q.mismatch()).isZero();
        });
    }

    @Test
    void expiresWholeSegmentsWithoutReadingThem() throws Exception {
        fill(600, new Destination("e", 10, now.plusSeconds(60).toEpochMilli()));
        fill(1, "e");
        reopen();
        disk.read.clear();

        now = now.plusSeconds(120);
        append("other", "f");
        await().untilAsserted(() -> assertThat(stats("e").expired()).isEqualTo(600));

        assertThat(disk.read.stream().map(Path::getFileName).distinct()).hasSizeLessThanOrEqualTo(1);
        assertThat(stats("e").queued()).isEqualTo(1);
        assertThat(poll("e")).hasSize(1);
    }

    @Test
    void keepsWhatIsRefusedOutOfTheWayAndAcrossRestarts() throws Exception {
        fill(5, "e");
        var handedOut = store.queue("e").poll(5, 1 << 20);
        store.queue("e").acknowledge(handedOut.getFirst());
        quarantine(handedOut.get(1));
        reopen();

        assertThat(store.quarantined()).singleElement().satisfies(record -> {
            assertThat(record.endpoint()).isEqualTo("e");
            assertThat(record.sequence()).isEqualTo(2);
            assertThat(record.reason()).isEqualTo("no");
        });
        drain("e");
        reopen();

        assertThat(stats("e")).satisfies(q -> {
            assertThat(q.delivered()).isEqualTo(4);
            assertThat(q.quarantined()).isEqualTo(1);
            assertThat(q.mismatch()).isZero();
        });
    }

    @Test
    void releasesWhatIsInQuarantineBehindWhatWaits() throws Exception {
        append("bad", new Destination("e", 10, now.plusSeconds(60).toEpochMilli()));
        append("good", "e");
        quarantine(store.queue("e").poll(1, 1 << 20).getFirst());
        now = now.plusSeconds(3600);
        reopen();

        assertThat(store.release("e").get()).isEqualTo(1);

        var records = store.queue("e").poll(10, 1 << 20);
        assertThat(records).extracting(r -> new String(r.payload(), UTF_8)).containsExactly("good", "bad");
        assertThat(records.get(1).expiresAtMillis())
                .isEqualTo(now.plusSeconds(60).toEpochMilli());
        assertThat(store.quarantined()).isEmpty();
        assertThat(stats("e").received()).isEqualTo(2);
        assertThat(store.stats().mismatch()).isZero();
        reopen();
        assertThat(stats("e").received()).isEqualTo(2);
        assertThat(store.stats().mismatch()).isZero();
    }

    @Test
    void dropsTheOldestInQuarantineWhenThereAreTooMany() throws Exception {
        store.close();
        store = MessageStore.open(
                folder, "edge-1", new StoreOptions(1 << 24, 64 << 10, 0, 3, 1 << 20), () -> now, disk);
        fill(5, "e");
        for (var record : store.queue("e").poll(5, 1 << 20)) {
            quarantine(record);
        }

        assertThat(store.quarantined()).extracting(QuarantinedRecord::sequence).containsExactly(3L, 4L, 5L);
        assertThat(stats("e").dropped()).containsExactly(Map.entry("quarantine_full", 2L));
        assertThat(store.purgeQuarantine("e").get()).isEqualTo(3);
        reopen();
        assertThat(stats("e").dropped()).isEqualTo(Map.of("purged", 3L, "quarantine_full", 2L));
        assertThat(store.stats().mismatch()).isZero();
        assertThat(store.stats().quarantineBytes()).isZero();
    }

    @Test
    void handsOutAgainWhatCouldNotBePutIntoQuarantine() throws Exception {
        fill(2, "e");
        disk.failForce = file -> file.toString().endsWith(".record");
        var record = store.queue("e").poll(1, 1 << 20).getFirst();
        assertThatThrownBy(() -> quarantine(record)).hasCauseInstanceOf(StoreException.class);
        disk.failForce = _ -> false;

        store.queue("e").rewind();
        assertThat(poll("e")).hasSize(2);
        reopen();
        assertThat(poll("e")).hasSize(2);
        assertThat(store.quarantined()).isEmpty();
    }

    @Test
    void losesNothingThatIsWrittenTogetherWithAQuarantineThatEmptiesTheQueue() throws Exception {
        fill(40, "e");
        var handedOut = store.queue("e").poll(40, 1 << 20);
        handedOut.subList(0, 39).forEach(store.queue("e")::acknowledge);
        var writing = disk.hold("log-05");
        store.append("held".getBytes(UTF_8), List.of(new Destination("other", 5, NEVER)));
        writing.awaitForce();

        var stored = store.append("after".getBytes(UTF_8), List.of(new Destination("e", 10, NEVER)));
        var refused = store.queue("e").quarantine(handedOut.getLast(), "no");
        writing.letGo();
        stored.get();
        refused.get();
        reopen();

        assertThat(poll("e")).containsExactly("after");
        assertThat(store.stats().lostRecords()).isZero();
        assertThat(store.stats().mismatch()).isZero();
    }

    @Test
    void countsWhatIsDamagedInQuarantine() throws Exception {
        fill(2, "e");
        quarantine(store.queue("e").poll(1, 1 << 20).getFirst());
        store.close();
        damageInQuarantine(1);

        open();

        assertThat(stats("e")).satisfies(q -> {
            assertThat(q.quarantined()).isZero();
            assertThat(q.dropped()).containsExactly(Map.entry("damaged", 1L));
            assertThat(q.mismatch()).isZero();
        });
        assertThat(store.stats().lostAtStart()).isEqualTo(1);
        assertThat(store.stats().lostRecords()).isEqualTo(1);
        reopen();
        assertThat(store.stats().lostAtStart()).isZero();
        assertThat(store.stats().lostRecords()).isEqualTo(1);
    }

    @Test
    void countsWhatIsDamagedInQuarantineOnceThoughTheHubIsKilledAtOnce() throws Exception {
        fill(2, "e");
        quarantine(store.queue("e").poll(1, 1 << 20).getFirst());
        store.close();
        damageInQuarantine(1);
        open();

        var killed = new StoreFolder(folder).copy(copies.resolve("killed"));

        try (var opened = MessageStore.open(killed.path(), "edge-1", SMALL, () -> now)) {
            assertThat(opened.stats().lostAtStart()).isZero();
            assertThat(opened.stats().lostRecords()).isEqualTo(1);
            assertThat(opened.stats().mismatch()).isZero();
        }
    }

    @Test
    void countsWhateverBitIsFlippedInQuarantine() throws Exception {
        append("refused", "e");
        quarantine(store.queue("e").poll(1, 1 << 20).getFirst());
        store.close();
        var file = folder.resolve("quarantine/%020d-10.record".formatted(1));
        var whole = Files.readAllBytes(file);
        var copy = new StoreFolder(folder);
        for (var at = 0; at < whole.length; at += 9) {
            var flipped = whole.clone();
            flipped[at] ^= (byte) (1 << at % 8);
            Files.write(file, flipped);
            var damaged = copy.copy(copies.resolve("byte-" + at));
            try (var opened = MessageStore.open(damaged.path(), "edge-1", SMALL, () -> now)) {
                assertThat(opened.quarantined()).as("byte %d flipped", at).isEmpty();
                assertThat(opened.stats().lostAtStart()).isEqualTo(1);
                assertThat(opened.stats().mismatch()).isZero();
            }
        }
        Files.write(file, whole);
        open();
        assertThat(store.quarantined()).hasSize(1);
    }

    @Test
    void dropsWhatWasDamagedBeforeItCameIntoQuarantine() throws Exception {
        append("record-0", "e");
        append("record-1", "e");
        var refused = store.queue("e").poll(1, 1 << 20).getFirst();
        refused.letGoOfPayload();
        damage("record-0");

        quarantine(refused);

        assertThat(store.quarantined()).isEmpty();
        assertThat(poll("e")).containsExactly("record-1");
        assertThat(stats("e")).satisfies(q -> {
            assertThat(q.dropped()).containsExactly(Map.entry("damaged", 1L));
            assertThat(q.mismatch()).isZero();
        });
    }

    @Test
    void quarantinesWholeWhatNobodyHasInMemoryAnyMore() throws Exception {
        append("record-0", "e");
        append("record-1", "e");
        var refused = store.queue("e").poll(1, 1 << 20).getFirst();
        refused.letGoOfPayload();

        quarantine(refused);

        assertThat(store.quarantined())
                .singleElement()
                .satisfies(record -> assertThat(record.bytes()).isEqualTo("record-0".length()));
        assertThat(store.release("e").get()).isEqualTo(1);
        assertThat(poll("e")).containsExactly("record-1", "record-0");
    }

    /** The link was cut, say, while the file was written. */
    @Test
    void quarantinesOnceWhatIsCalledBackMeanwhile() throws Exception {
        fill(3, "e");
        var queue = store.queue("e");
        var refused = queue.poll(1, 1 << 20).getFirst();
        var writing = disk.hold(".record");
        var done = queue.quarantine(refused, "no");
        writing.awaitForce();
        queue.rewind();
        writing.letGo();
        done.get();

        assertThat(poll("e")).extracting(text -> text.charAt(0)).containsExactly('1', '2');
        assertThat(store.quarantined()).hasSize(1);
        assertThat(stats("e")).satisfies(q -> {
            assertThat(q.quarantined()).isEqualTo(1);
            assertThat(q.mismatch()).isZero();
        });
        assertThat(store.release("e").get()).isEqualTo(1);
        assertThat(store.quarantined()).isEmpty();
        reopen();
        assertThat(poll("e")).extracting(text -> text.charAt(0)).containsExactly('1', '2', '0');
        assertThat(store.stats().mismatch()).isZero();
    }

    @Test
    void quarantinesWhatIsCalledBackBefore() throws Exception {
        fill(2, "e");
        var queue = store.queue("e");
        var refused = queue.poll(1, 1 << 20).getFirst();
        var writing = disk.hold("log-05");
        var other = store.append("held".getBytes(UTF_8), List.of(new Destination("other", 5, NEVER)));
        writing.awaitForce();
        var done = queue.quarantine(refused, "no");
        queue.rewind();
        writing.letGo();
        other.get();
        done.get();

        assertThat(store.quarantined()).hasSize(1);
        assertThat(poll("e")).extracting(text -> text.charAt(0)).containsExactly('1');
        assertThat(store.stats().mismatch()).isZero();
    }

    @Test
    void quarantinesNothingThatIsHandedOutAgainAndTakenMeanwhile() throws Exception {
        fill(2, "e");
        var queue = store.queue("e");
        var refused = queue.poll(1, 1 << 20).getFirst();
        var writing = disk.hold(".record");
        var done = queue.quarantine(refused, "no");
        writing.awaitForce();
        queue.rewind();
        queue.acknowledge(queue.poll(1, 1 << 20).getFirst());
        writing.letGo();
        done.get();
        reopen();

        assertThat(store.quarantined()).isEmpty();
        assertThat(poll("e")).extracting(text -> text.charAt(0)).containsExactly('1');
        assertThat(stats("e")).satisfies(q -> {
            assertThat(q.delivered()).isEqualTo(1);
            assertThat(q.mismatch()).isZero();
        });
    }

    /** Nothing but the file knows of the message any more. */
    @Test
    void keepsWhatIsInQuarantineWhenTheJournalIsLost() throws Exception {
        append("refused", "e");
        quarantine(store.queue("e").poll(1, 1 << 20).getFirst());
        drain("e");
        store.close();
        for (var file : new StoreFolder(folder).files()) {
            if (!file.toString().endsWith(".record") && !file.endsWith("owner")) {
                Files.delete(file);
            }
        }

        open();

        assertThat(store.quarantined()).hasSize(1);
        assertThat(stats("e")).satisfies(q -> {
            assertThat(q.quarantined()).isEqualTo(1);
            assertThat(q.received()).isEqualTo(1);
            assertThat(q.dropped()).isEmpty();
            assertThat(q.mismatch()).isZero();
        });
        assertThat(store.stats().lostAtStart()).isZero();
        append("next", "e");
        assertThat(store.release("e").get()).isEqualTo(1);
        reopen();
        assertThat(poll("e")).containsExactly("next", "refused");
        assertThat(store.stats().mismatch()).isZero();
    }

    /** The cursor of the message in quarantine was not saved yet, and the segment that held it is gone. */
    @Test
    void takesNewMessagesWhenTheNewestSegmentIsGoneThatHadWhatIsInQuarantine() throws Exception {
        append("first", "e");
        drain("e");
        reopen();
        append("in flight", "e");
        append("refused", "e");
        quarantine(store.queue("e").poll(2, 1 << 20).getLast());
        var crashed = new StoreFolder(folder).copy(copies.resolve("crashed"));
        for (var segment : crashed.segments()) {
            Files.delete(segment);
        }

        try (var opened = MessageStore.open(crashed.path(), "edge-1", SMALL, () -> now)) {
            for (var text : List.of("new", "and another")) {
                var to = List.of(new Destination("e", Destination.NO_PRIORITY, NEVER));
                opened.append(text.getBytes(UTF_8), to).get();
            }

            assertThat(texts(opened.queue("e").poll(10, 1 << 20))).containsExactly("new", "and another");
            assertThat(opened.quarantined()).hasSize(1);
            assertThat(opened.stats().mismatch()).isZero();
        }
    }

    @Test
    void findsAgainWhatCouldNotBeReadInQuarantineOnce() throws Exception {
        append("refused", "e");
        quarantine(store.queue("e").poll(1, 1 << 20).getFirst());
        store.close();
        disk.badSector = file -> file.toString().endsWith(".record") ? 0 : Long.MAX_VALUE;
        open();
        assertThat(store.quarantined()).isEmpty();
        assertThat(stats("e").dropped()).containsExactly(Map.entry("damaged", 1L));
        disk.badSector = _ -> Long.MAX_VALUE;

        reopen();

        assertThat(store.quarantined()).hasSize(1);
        assertThat(stats("e").mismatch()).isZero();
        assertThat(stats("e").dropped().getOrDefault("damaged", 0L)).isZero();
    }

    /** What it stages is in memory, and a quarantine may be larger than that. */
    @Test
    void releasesALargeQuarantineBitByBit() throws Exception {
        quarantineOfFourMegabytes();
        var ahead = new AtomicInteger();
        var most = new AtomicInteger();
        disk.badSector = file -> {
            if (file.toString().endsWith(".record")) {
                most.accumulateAndGet(ahead.incrementAndGet(), Math::max);
            }
            return NEVER;
        };
        disk.failDelete = file -> {
            if (file.toString().endsWith(".record")) {
                ahead.decrementAndGet();
            }
            return false;
        };

        assertThat(store.release("e").get()).isEqualTo(20);

        assertThat(most).hasValue(6);
        assertThat(ahead).hasValue(0);
        assertThat(poll("e"))
                .extracting(text -> text.split("x", 2)[0])
                .containsExactlyElementsOf(
                        IntStream.range(0, 20).mapToObj(String::valueOf).toList());
        assertThat(store.stats().mismatch()).isZero();
    }

    @Test
    void releasesEachOnceWhenItIsKilledBetweenTwoBits() throws Exception {
        quarantineOfFourMegabytes();
        var deleted = new AtomicInteger();
        var killed = new StoreFolder(copies.resolve("killed"));
        disk.failDelete = file -> {
            if (file.toString().endsWith(".record") && deleted.incrementAndGet() == 7) {
                copyTo(killed);
            }
            return false;
        };
        store.release("e").get();

        try (var opened = MessageStore.open(killed.path(), "edge-1", SMALL, () -> now)) {
            assertThat(opened.queue("e").queued()).isEqualTo(12);
            assertThat(opened.quarantined()).hasSize(8);
            assertThat(opened.stats().queues()).singleElement().satisfies(queue -> {
                assertThat(queue.received()).isEqualTo(20);
                assertThat(queue.mismatch()).isZero();
            });
        }
    }

    private void quarantineOfFourMegabytes() throws Exception {
        store.close();
        store = MessageStore.open(folder, "edge-1", new StoreOptions(1 << 24, 1 << 20, 0), () -> now, disk);
        for (int i = 0; i < 20; i++) {
            append(i + "x".repeat(200_000), "e");
        }
        for (var record : store.queue("e").poll(20, 1 << 30)) {
            quarantine(record);
        }
    }

    private void copyTo(StoreFolder target) {
        try {
            new StoreFolder(folder).copyTo(target.path());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void releasesInOnePriorityWhatCannotBeStoredInAnother() throws Exception {
        append("low", "e");
        append("high", new Destination("e", 3, NEVER));
        for (var record : store.queue("e").poll(2, 1 << 20)) {
            quarantine(record);
        }
        disk.failForce = file -> file.toString().contains("log-03");

        assertThat(store.release("e").get()).isEqualTo(1);
        disk.failForce = _ -> false;

        assertThat(store.quarantined()).extracting(QuarantinedRecord::priority).containsExactly(3);
        assertThat(store.release("e").get()).isEqualTo(1);
        assertThat(poll("e")).containsExactlyInAnyOrder("low", "high");
        assertThat(store.stats().mismatch()).isZero();
    }

    @Test
    void keepsInQuarantineWhatCouldNotBeReleasedThoughOneBehindItIsDamaged() throws Exception {
        fill(3, "e");
        for (var record : store.queue("e").poll(3, 1 << 20)) {
            quarantine(record);
        }
        damageInQuarantine(2);
        disk.failForce = file -> file.toString().endsWith(".log");
        assertThat(store.release("e").get()).isZero();
        disk.failForce = _ -> false;
        reopen();

        assertThat(store.quarantined()).extracting(QuarantinedRecord::sequence).containsExactly(1L, 3L);
        assertThat(stats("e").dropped()).containsExactly(Map.entry("damaged", 1L));
        assertThat(store.stats().mismatch()).isZero();
    }

    @Test
    void releasesAllThatIsWholeAroundWhatIsDamaged() throws Exception {
        fill(3, "e");
        for (var record : store.queue("e").poll(3, 1 << 20)) {
            quarantine(record);
        }
        damageInQuarantine(2);

        assertThat(store.release("e").get()).isEqualTo(2);
        reopen();

        assertThat(poll("e")).extracting(text -> text.charAt(0)).containsExactly('0', '2');
        assertThat(store.quarantined()).isEmpty();
        assertThat(stats("e").dropped()).containsExactly(Map.entry("damaged", 1L));
        assertThat(store.stats().mismatch()).isZero();
    }

    @Test
    void handsOutNoMoreWhatIsInQuarantineAfterARewind() throws Exception {
        fill(3, "e");
        quarantine(store.queue("e").poll(3, 1 << 20).get(1));

        store.queue("e").rewind();

        assertThat(poll("e")).extracting(text -> text.charAt(0)).containsExactly('0', '2');
        assertThat(store.stats().mismatch()).isZero();
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
        store.journal().put("before", "-1".getBytes(UTF_8)).get();
        // by now the cursors were saved, for the first time, after the batch before
        store.journal().put("before", "0".getBytes(UTF_8)).get();
        var forces = new AtomicInteger();
        disk.failForce = file -> file.toString().contains("/state/") && forces.incrementAndGet() == 1;
        store.journal().put("k", "1".getBytes(UTF_8)).get();
        assertThat(forces).as("the one that fails, and the new file's").hasValue(2);

        store.journal().put("k", "2".getBytes(UTF_8)).get();
        reopen();

        assertThat(store.journal().get("before")).asString(UTF_8).isEqualTo("0");
        assertThat(store.journal().get("k")).asString(UTF_8).isEqualTo("2");
        assertThat(store.stats().lostEntries()).isZero();
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
        assertThat(store.stats().lostAtStart()).isEqualTo(1);
        store.close();
        open();
        assertThat(store.stats().lostRecords()).isEqualTo(1);
        assertThat(store.stats().lostAtStart()).isZero();
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
    void savesWithinTenSecondsHowFarItHasCome() throws Exception {
        append("saved at once", "e");
        append("saved later", "e");
        now = now.plusSeconds(8);
        append("saved later too", "e");

        now = now.plusSeconds(2);

        await().atMost(Duration.ofSeconds(5))
                .until(() -> LogMark.restore(store.journal().get("log/10")).last() == 3);
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
        assertThat(stateBytes()).isLessThan(8 << 20);
    }

    /** All of it is read into memory at the start, so it must not depend on how often there was one. */
    @Test
    void itsStateDoesNotGrowFromRestartToRestart() throws Exception {
        for (var start = 0; start < 6; start++) {
            for (var i = 0; i < 10; i++) {
                store.journal()
                        .put("twin", ("v" + i).repeat(100_000).getBytes(UTF_8))
                        .get();
            }
            reopen();
        }

        assertThat(stateBytes()).isLessThan(5 << 20);
    }

    /** While the upstream is away the log is kept, and nothing forces the cursors of modules that take their messages. */
    @Test
    void itsStateDoesNotGrowWhileOneEndpointMovesAndAnotherIsAway() throws Exception {
        store.close();
        store = MessageStore.open(folder, "edge-1", new StoreOptions(64 << 20, 64 << 20, 0), () -> now, disk);
        var moving = "e".repeat(20_000);
        for (var i = 0; i < 300; i++) {
            append("m", new Destination(moving, 4, NEVER), new Destination("away", 4, NEVER));
            drain(moving);
        }

        assertThat(queue("away", 4).queued()).isEqualTo(300);
        assertThat(stateBytes()).isLessThan(5 << 20);
    }

    private long stateBytes() throws IOException {
        try (var files = Files.list(folder.resolve("state"))) {
            return files.mapToLong(f -> f.toFile().length()).sum();
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

    private void quarantine(QueuedRecord record) throws Exception {
        store.queue("e").quarantine(record, "no").get();
    }

    private void damageInQuarantine(int number) throws IOException {
        var file = folder.resolve("quarantine/%020d-10.record".formatted(number));
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
    }

    private int fill(int records, String endpoint) throws Exception {
        return fill(records, new Destination(endpoint, Destination.NO_PRIORITY, NEVER));
    }

    /** Appends records of a little more than 1,000 bytes, numbered from 0. */
    private int fill(int records, Destination destination) throws Exception {
        var done = IntStream.range(0, records)
                .mapToObj(i -> store.append((i + " " + "x".repeat(1000)).getBytes(UTF_8), List.of(destination)))
                .toList();
        for (var future : done) {
            future.get();
        }
        return records;
    }

    private StoreStats.Queue queue(String endpoint, int priority) {
        return store.stats().queues().stream()
                .filter(q -> q.endpoint().equals(endpoint) && q.priority() == priority)
                .findFirst()
                .orElseThrow();
    }

    private long onDisk() throws IOException {
        try (var files = Files.walk(folder)) {
            return files.filter(f -> f.toString().endsWith(".log"))
                    .mapToLong(f -> f.toFile().length())
                    .sum();
        }
    }

    /** Flips a bit of the record with this text. */
    private void damage(String text) throws IOException {
        for (var segment : segments()) {
            var bytes = Files.readAllBytes(segment);
            var at = new String(bytes, ISO_8859_1).indexOf(text + "SLVR");
            var last = StoreFolder.data(bytes) - text.length();
            at = at < 0 && new String(bytes, ISO_8859_1).startsWith(text, last) ? last : at;
            if (at >= 0) {
                try (var file = FileChannel.open(segment, StandardOpenOption.WRITE)) {
                    file.write(ByteBuffer.wrap(new byte[] {(byte) (bytes[at] ^ 1)}), at);
                }
                return;
            }
        }
        throw new AssertionError("no record " + text);
    }

    private void append(String text, String endpoint) throws Exception {
        append(text, new Destination(endpoint, Destination.NO_PRIORITY, NEVER));
    }

    private void append(String text, Destination... destinations) throws ExecutionException, InterruptedException {
        store.append(text.getBytes(UTF_8), List.of(destinations)).get();
    }

    /** A source sends so many, numbered. */
    private void sent(String source, int first, int last) throws Exception {
        for (int i = first; i <= last; i++) {
            var to = List.of(new Destination("e", Destination.NO_PRIORITY, NEVER));
            store.append(source, (source + " " + i).getBytes(UTF_8), to).get();
        }
    }

    /** Four alarms are delivered while ten older messages of another source wait. */
    private void alarmsGoAheadOfTenThatWait() throws Exception {
        sent("chatty", 1, 10);
        store.queue("e").begin();
        sent("alarm", 1, 4);
        for (var record : store.queue("e").poll(6, 1 << 30)) {
            if (new String(record.payload(), UTF_8).startsWith("alarm")) {
                store.queue("e").acknowledge(record);
            }
        }
    }

    private List<String> poll(String endpoint) throws IOException {
        return poll(endpoint, 100_000);
    }

    private List<String> poll(String endpoint, int atMost) throws IOException {
        return texts(store.queue(endpoint).poll(atMost, 1 << 30));
    }

    private static List<String> texts(List<QueuedRecord> records) {
        return records.stream().map(r -> new String(r.payload(), UTF_8)).toList();
    }

    private void drain(String endpoint) throws IOException {
        var queue = store.queue(endpoint);
        for (var records = queue.poll(100, 1 << 20); !records.isEmpty(); records = queue.poll(100, 1 << 20)) {
            records.forEach(queue::acknowledge);
        }
        assertThat(queue.queued()).isZero();
    }

    private StoreStats.Queue stats(String endpoint) {
        return queue(endpoint, Destination.NO_PRIORITY);
    }

    private List<Path> segments() throws IOException {
        try (var files = Files.list(folder.resolve("log-10"))) {
            return files.sorted().toList();
        }
    }
}
