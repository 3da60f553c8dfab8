package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The store beside the simplest thing that it could be: a queue for each priority and a list of what is in quarantine. Whatever is done to it, what
 * was acknowledged comes out in order, or is counted as what became of it, and nothing else does; and the account is exact after every step.
 */
class StoreModelTest {
    private static final int QUARANTINE = 3;
    private static final StoreOptions SMALL = new StoreOptions(12 << 10, 2 << 10, 0, QUARANTINE, 1 << 20);
    private static final long NEVER = Long.MAX_VALUE;

    /** One thing that happens to a store. */
    sealed interface Step {
        /** @param seconds how long it is of use; 0 is for ever */
        record Append(String source, int priority, int size, int seconds, Readers readers) implements Step {}

        record Take(int count) implements Step {}

        /** The other endpoint takes some of what it shares the logs with. */
        record TakeOther(int count) implements Step {}

        /** A receiver comes: what is stored from now on is live. */
        record Begin() implements Step {}

        /** Handed out, and no answer. */
        record Look(int count) implements Step {}

        record Rewind() implements Step {}

        record Quarantine() implements Step {}

        record Release() implements Step {}

        record Purge() implements Step {}

        record Pass(int seconds) implements Step {}

        record Policy(WhenFull whenFull) implements Step {}

        /** An orderly stop and start. */
        record Reopen() implements Step {}

        /** The start after the process was killed. */
        record Crash() implements Step {}

        /** The start after a crash in the middle of a write: something is at the end of the newest file. */
        record Tear(int bytes) implements Step {}
    }

    /** Who gets a message: the endpoint that the model follows, another one, or both. */
    enum Readers {
        ONE,
        OTHER,
        BOTH;

        List<Destination> destinations(int priority, long expiry) {
            var one = new Destination("e", priority, expiry);
            var other = new Destination("f", priority, expiry);
            return switch (this) {
                case ONE -> List.of(one);
                case OTHER -> List.of(other);
                case BOTH -> List.of(one, other);
            };
        }
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        var lifetimes = Arbitraries.of(0, 0, 0, 5, 30, 90);
        var sizes = Arbitraries.of(1, 20, 20, 700, 2000);
        var sources = Arbitraries.of("a", "a", "a", "b", "c", "d");
        var readers = Arbitraries.of(Readers.ONE, Readers.ONE, Readers.OTHER, Readers.BOTH);
        var priorities = Arbitraries.integers().between(0, 2);
        var append = Combinators.combine(sources, priorities, sizes, lifetimes, readers)
                .as((source, priority, size, seconds, to) ->
                        (Step) new Step.Append(source, priority, size, seconds, to));
        var takeOther = Arbitraries.integers().between(1, 6).map(count -> (Step) new Step.TakeOther(count));
        var take = Arbitraries.integers().between(1, 6).map(count -> (Step) new Step.Take(count));
        var look = Arbitraries.integers().between(1, 5).map(count -> (Step) new Step.Look(count));
        var pass = Arbitraries.integers().between(1, 40).map(seconds -> (Step) new Step.Pass(seconds));
        var policy = Arbitraries.of(WhenFull.class).map(whenFull -> (Step) new Step.Policy(whenFull));
        var tear = Arbitraries.integers().between(1, 60).map(bytes -> (Step) new Step.Tear(bytes));
        return Arbitraries.frequencyOf(
                        Tuple.of(24, append),
                        Tuple.of(6, take),
                        Tuple.of(1, takeOther),
                        Tuple.of(3, just(new Step.Begin())),
                        Tuple.of(2, look),
                        Tuple.of(3, pass),
                        Tuple.of(2, policy),
                        Tuple.of(1, tear),
                        Tuple.of(4, just(new Step.Quarantine())),
                        Tuple.of(1, just(new Step.Release())),
                        Tuple.of(1, just(new Step.Purge())),
                        Tuple.of(2, just(new Step.Rewind())),
                        Tuple.of(1, just(new Step.Reopen())),
                        Tuple.of(2, just(new Step.Crash())))
                .list()
                .ofMinSize(80)
                .ofMaxSize(160);
    }

    private static Arbitrary<Step> just(Step step) {
        return Arbitraries.just(step);
    }

    @Property(tries = 25)
    void handsOutWhatWasAcknowledgedAndAccountsForEverything(@ForAll("steps") List<Step> steps, @ForAll WhenFull policy)
            throws Exception {
        var folder = Files.createTempDirectory("selvedge-model");
        var model = new Model(folder);
        try {
            model.does(new Step.Policy(policy));
            for (var step : steps) {
                model.does(step);
                model.checkAccount();
            }
            model.checkEnd();
        } finally {
            model.store.close();
            delete(folder);
        }
    }

    /**
     * A message that is stored.
     *
     * @param arrival counts what was stored
     * @param wentAhead whether it was handed out before one that came earlier
     */
    private record Stored(String text, String source, int priority, long arrival, long expiry, boolean wentAhead) {
        /** Whether this one must have been handed out before another one that came later. */
        boolean isBefore(Stored other, long liveFrom) {
            return other.arrival < liveFrom || source.equals(other.source);
        }
    }

    /** A message in quarantine; its time stands still. */
    private record Refused(String text, String source, int priority, long left) {}

    /** What the store is compared with, and the store. */
    private static final class Model {
        private final Path folder;
        private final List<Deque<Stored>> waiting = List.of(new ArrayDeque<>(), new ArrayDeque<>(), new ArrayDeque<>());
        private final List<Deque<Stored>> delivered =
                List.of(new ArrayDeque<>(), new ArrayDeque<>(), new ArrayDeque<>());
        private final Deque<Refused> quarantine = new ArrayDeque<>();
        private MessageStore store;
        private int lives;
        private WhenFull whenFull = WhenFull.REJECT_NEW;
        private long now = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
        private long appended;
        private long received;
        private long others;
        private long expired;
        private long dropped;
        private long purged;
        private long quarantineFull;
        private long handedOut;
        private long early;
        private long arrivals;
        private long liveFrom = NEVER;

        Model(Path folder) throws StoreException {
            this.folder = folder;
            store = open();
        }

        private void does(Step step) throws Exception {
            switch (step) {
                case Step.Append append -> append(append);
                case Step.Take(var count) -> take(count);
                case Step.TakeOther(var count) -> takeOther(count);
                case Step.Begin() -> {
                    store.queue("e").begin();
                    liveFrom = arrivals;
                }
                case Step.Look(var count) ->
                    handedOut += store.queue("e").poll(count, 1 << 30).size();
                case Step.Rewind() -> store.queue("e").rewind();
                case Step.Quarantine() -> quarantine();
                case Step.Release() -> release();
                case Step.Purge() -> {
                    assertThat(store.purgeQuarantine("e").get()).isEqualTo(quarantine.size());
                    purged += quarantine.size();
                    quarantine.clear();
                }
                case Step.Pass(var seconds) ->
                    now += Duration.ofSeconds(seconds).toMillis();
                case Step.Policy(var policy) -> {
                    whenFull = policy;
                    store.whenFull(policy);
                }
                case Step.Reopen() -> {
                    store.close();
                    reopen();
                }
                case Step.Crash() -> crash();
                case Step.Tear(var bytes) -> {
                    store.close();
                    tear(here(), bytes);
                    reopen();
                }
            }
        }

        private Path here() {
            return folder.resolve("life-" + lives);
        }

        private MessageStore open() throws StoreException {
            var opened = MessageStore.open(here(), "edge-1", SMALL, () -> Instant.ofEpochMilli(now));
            liveFrom = NEVER;
            opened.whenFull(whenFull);
            return opened;
        }

        /** Goes on with a copy of the files as they are when the store has written what it was told. */
        private void crash() throws Exception {
            for (int i = 0; i < 2; i++) {
                store.journal().put("barrier", new byte[] {1}).get();
            }
            var before = here();
            lives++;
            try (var files = Files.walk(before)) {
                for (var file : files.toList()) {
                    Files.copy(file, here().resolve(before.relativize(file).toString()));
                }
            }
            store.close();
            reopen();
        }

        private void reopen() throws StoreException {
            store = open();
            of("e", store.stats()).forEach(this::repeated);
        }

        /** What went ahead is delivered again when what was before it waited still; in the order of the log, all that is behind one that is. */
        private void repeated(StoreStats.Queue stats) {
            var answered = delivered.get(stats.priority());
            var again = answered.stream()
                    .sorted(Comparator.comparing(Stored::arrival))
                    .skip(stats.delivered())
                    .toList();
            assertThat(again).allMatch(Stored::wentAhead);
            answered.removeAll(again);
            var queue = waiting.get(stats.priority());
            var all = Stream.concat(queue.stream(), again.stream())
                    .sorted(Comparator.comparing(Stored::arrival))
                    .toList();
            queue.clear();
            queue.addAll(all);
        }

        private void append(Step.Append step) throws Exception {
            var text = appended++ + " " + "x".repeat(step.size());
            var expiry = step.seconds() == 0 ? NEVER : now + step.seconds() * 1000L;
            var done = store.append(
                    step.source(), text.getBytes(UTF_8), step.readers().destinations(step.priority(), expiry));
            try {
                done.get();
                others += step.readers() == Readers.ONE ? 0 : 1;
                if (step.readers() != Readers.OTHER) {
                    received++;
                    waiting.get(step.priority())
                            .add(new Stored(text, step.source(), step.priority(), arrivals++, expiry, false));
                }
            } catch (ExecutionException e) {
                assertThat(e).hasCauseInstanceOf(StoreFullException.class);
                assertThat(whenFull).isNotEqualTo(WhenFull.DROP_OLDEST);
            }
        }

        private void takeOther(int count) throws IOException {
            var queue = store.queue("f");
            for (var record : queue.poll(count, 1 << 30)) {
                queue.acknowledge(record);
            }
        }

        /** Takes and acknowledges; rewinds first, so that nothing handed out before is left aside. */
        private void take(int count) throws IOException {
            var queue = store.queue("e");
            queue.rewind();
            for (var record : queue.poll(count, 1 << 30)) {
                var stored = handedOut(record);
                delivered.get(stored.priority()).add(stored);
                queue.acknowledge(record);
            }
        }

        private void quarantine() throws Exception {
            var queue = store.queue("e");
            queue.rewind();
            for (var record : queue.poll(1, 1 << 30)) {
                var stored = handedOut(record);
                queue.quarantine(record, "no").get();
                var left = stored.expiry() == NEVER ? NEVER : stored.expiry() - now;
                quarantine.add(new Refused(stored.text(), stored.source(), stored.priority(), left));
            }
            if (quarantine.size() > QUARANTINE) {
                quarantine.remove();
                quarantineFull++;
            }
        }

        private void release() throws Exception {
            for (var left = store.release("e").get(); left > 0; left--) {
                var released = quarantine.remove();
                var expiry = released.left() == NEVER ? NEVER : now + released.left();
                waiting.get(released.priority())
                        .add(new Stored(
                                released.text(), released.source(), released.priority(), arrivals++, expiry, false));
            }
        }

        /** The next of its priority, but for those that expired or gave way, and those that a live one may go ahead of. */
        private Stored handedOut(QueuedRecord record) {
            handedOut++;
            var queue = waiting.get(record.priority());
            var higher = waiting.subList(0, record.priority()).stream().flatMap(Deque::stream);
            if (higher.anyMatch(stored -> stored.expiry() > now)) {
                early++;
            }
            var text = new String(record.payload(), UTF_8);
            var found = queue.stream()
                    .filter(stored -> stored.text().equals(text))
                    .findFirst()
                    .orElseThrow();
            assertThat(found.expiry()).isEqualTo(record.expiresAtMillis()).isGreaterThan(now);
            queue.removeIf(earlier -> {
                var mustBeGone = earlier.arrival() < found.arrival() && earlier.isBefore(found, liveFrom);
                if (mustBeGone) {
                    gone(earlier);
                }
                return mustBeGone || earlier.equals(found);
            });
            var ahead = queue.stream().anyMatch(stored -> stored.arrival() < found.arrival());
            return new Stored(text, found.source(), found.priority(), found.arrival(), found.expiry(), ahead);
        }

        private void gone(Stored message) {
            if (message.expiry() <= now) {
                expired++;
            } else {
                dropped++;
            }
        }

        private void checkAccount() {
            var stats = store.stats();
            assertThat(stats.mismatch()).isZero();
            assertThat(sum(stats, StoreStats.Queue::received)).isEqualTo(received);
            assertThat(of("f", stats).mapToLong(StoreStats.Queue::received).sum())
                    .isEqualTo(others);
            of("e", stats)
                    .forEach(queue -> assertThat(queue.delivered())
                            .isEqualTo(delivered.get(queue.priority()).size()));
            assertThat(sum(stats, StoreStats.Queue::quarantined)).isEqualTo(quarantine.size());
            assertThat(dropped(stats, "purged")).isEqualTo(purged);
            assertThat(dropped(stats, "quarantine_full")).isEqualTo(quarantineFull);
            assertThat(dropped(stats, "damaged")).isZero();
            assertThat(dropped(stats, "full")).isGreaterThanOrEqualTo(dropped);
            assertThat(stats.bytes()).isLessThanOrEqualTo(stats.maxBytes() + stats.quarantineBytes());
        }

        /** When all that can be taken is taken, what is left expired or gave way. */
        private void checkEnd() throws Exception {
            take(Integer.MAX_VALUE);
            waiting.forEach(queue -> queue.forEach(this::gone));
            waiting.forEach(Deque::clear);
            checkAccount();
            var stats = store.stats();
            var full = dropped(stats, "full");
            assertThat(sum(stats, StoreStats.Queue::queued)).isZero();
            assertThat(sum(stats, StoreStats.Queue::expired) + full).isEqualTo(expired + dropped);
            assertThat(stats.lostRecords()).isZero();
            if (full == 0) {
                assertThat(early).isLessThanOrEqualTo(handedOut / (EndpointQueue.FLOOR - 1));
            }
        }

        private static Stream<StoreStats.Queue> of(String endpoint, StoreStats stats) {
            return stats.queues().stream().filter(queue -> queue.endpoint().equals(endpoint));
        }

        private static long sum(StoreStats stats, ToLongFunction<StoreStats.Queue> figure) {
            return of("e", stats).mapToLong(figure).sum();
        }

        private static long dropped(StoreStats stats, String reason) {
            return sum(stats, queue -> queue.dropped().getOrDefault(reason, 0L));
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
