package dev.selvedge.hub.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * A store with something of everything in it: two priorities in many small segments, two endpoints of which one has taken some, twins that were
 * changed and removed.
 */
record StoreFolder(Path path) {
    static final StoreOptions SMALL = new StoreOptions(64 << 20, 4 << 10, 0);
    static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    static final int RECORDS = 164;
    static final int TAKEN = 25;
    static final int TWINS = 5;
    static final int CHANGES = 4;

    /** What a store tells when it is opened. */
    record Found(TreeSet<Integer> records, boolean inOrder, long lostRecords, long lostEntries, int oldTwins) {}

    /** Fills it; {@code stopped} is the folder after an orderly stop, {@code crashed} as a SIGKILL leaves it. */
    static void fill(Path stopped, Path crashed) throws Exception {
        var store = MessageStore.open(stopped, "edge-1", SMALL, () -> NOW);
        var done = new ArrayList<CompletableFuture<Void>>();
        for (var i = 0; i < RECORDS; i++) {
            var to = List.of(destination("a", i), destination(i % 2 == 0 ? "b" : "c", i));
            done.add(store.append((i + " " + body(i)).getBytes(UTF_8), to));
            if (i % 10 == 9) {
                done.getLast().get();
            }
        }
        for (var i = 0; i < TWINS * CHANGES; i++) {
            done.add(store.journal().put("twin/" + i % TWINS, twin(i / TWINS)));
        }
        done.add(store.journal().put("gone", twin(0)));
        for (var future : done) {
            future.get();
        }
        for (var record : store.queue("a").poll(TAKEN, 1 << 20)) {
            store.queue("a").acknowledge(record);
        }
        store.journal().remove("gone").get();
        new StoreFolder(stopped).copyTo(crashed);
        store.close();
    }

    /** Some have whole sectors of zeros; of the last write none has, where such a one that is damaged cannot be told from one that never ended. */
    private static String body(int record) {
        return record % 40 == 7 ? "\0".repeat(1_100) + "." : "x".repeat(record % 100);
    }

    private static Destination destination(String endpoint, int record) {
        return new Destination(endpoint, priority(record), Long.MAX_VALUE);
    }

    static int priority(int record) {
        return record % 4 == 0 ? 3 : Destination.NO_PRIORITY;
    }

    private static byte[] twin(int version) {
        return ("version " + version).getBytes(UTF_8);
    }

    void copyTo(Path target) throws IOException {
        try (var files = Files.walk(path)) {
            for (var file : files.toList()) {
                Files.copy(file, target.resolve(path.relativize(file).toString()));
            }
        }
    }

    StoreFolder copy(Path target) throws IOException {
        copyTo(target);
        return new StoreFolder(target);
    }

    MessageStore open() throws StoreException {
        return MessageStore.open(path, "edge-1", SMALL, () -> NOW);
    }

    /** Opens the store, looks at all of it, its account too, and closes it. */
    Found look() throws IOException {
        try (var store = open()) {
            return look(store);
        }
    }

    static Found look(MessageStore store) throws IOException {
        var records = new TreeSet<Integer>();
        var inOrder = true;
        for (var endpoint : List.of("b", "c")) {
            var last = new int[] {-1, -1};
            for (var record : store.queue(endpoint).poll(1 << 20, 1 << 30)) {
                var number = Integer.parseInt(new String(record.payload(), UTF_8).split(" ")[0]);
                var which = record.priority() == Destination.NO_PRIORITY ? 0 : 1;
                inOrder &= number > last[which];
                last[which] = number;
                records.add(number);
            }
        }
        var old = 0;
        for (var twin = 0; twin < TWINS; twin++) {
            var value = store.journal().get("twin/" + twin);
            old += value == null || !new String(value, UTF_8).equals("version " + (CHANGES - 1)) ? 1 : 0;
        }
        old += store.journal().get("gone") == null ? 0 : 1;
        var stats = store.stats();
        assertThat(stats.mismatch()).as("by how much the account is out").isZero();
        return new Found(records, inOrder, stats.lostRecords(), stats.lostEntries(), old);
    }

    /** How many bytes of a segment are records, and not the zeros behind them. */
    static int data(byte[] segment) {
        var end = segment.length;
        while (end > 0 && segment[end - 1] == 0) {
            end--;
        }
        return end;
    }

    List<Path> files() throws IOException {
        try (var files = Files.walk(path)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> size(file) > 0)
                    .sorted()
                    .toList();
        }
    }

    List<Path> segments() throws IOException {
        return files().stream().filter(file -> file.toString().endsWith(".log")).toList();
    }

    Path journal() throws IOException {
        return files().stream()
                .filter(file -> file.toString().endsWith(".journal"))
                .findFirst()
                .orElseThrow();
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
