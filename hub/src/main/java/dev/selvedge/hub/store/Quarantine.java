package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What receivers refuse: out of the way of everything behind it, until somebody releases or purges it. A file for each record, so that each can go
 * and give its disk back; when there are too many the oldest goes, dropped for the reason {@value #FULL}.
 *
 * <p>{@code quarantine/NNNNNNNNNNNNNNNNNNNN-PP.record} is named by a number that only grows and the priority, and holds one record as
 * {@link RecordFormat} has it, with its sequence, for its one endpoint, ordinal 0. Its payload is: when it was quarantined, epoch milliseconds (8),
 * length of the reason (2), reason in UTF-8, then the payload as it was.
 *
 * <p>A record is on its way in while its queue still has it, and on its way out when its cursor has saved that the number left. So after a crash
 * each is in exactly one place: a file whose record waits in the log is deleted, and so is one that left. Only a release that was cut off between
 * its two halves leaves a record in both, and both are counted as received. Where the journal is lost the files are all that knows of their
 * records, and they stay.
 *
 * <p>Writer thread; {@link #records} and {@link #bytes} any.
 */
final class Quarantine {
    static final String FULL = "quarantine_full";
    static final String PURGED = "purged";

    private static final Logger LOG = LoggerFactory.getLogger(Quarantine.class);
    private static final Pattern FILE = Pattern.compile("(\\d{20})-(\\d{2})\\.record");
    private static final int MAX_REASON = 200;
    /** Bytes of files that are released together: their payloads are in memory until they are on disk. */
    private static final long RELEASED_TOGETHER = 1 << 20;

    private final MessageStore store;
    private final Writer writer;
    private final Disk disk;
    private final Path folder;
    private final StoreOptions options;
    private final InstantSource clock;
    private final ConcurrentSkipListMap<Long, Entry> entries = new ConcurrentSkipListMap<>();
    private final LongAdder bytes = new LongAdder();
    private final List<Found> found = new ArrayList<>();
    private long lastNumber;

    private record Entry(long number, Path file, long size, Cursor cursor, QuarantinedRecord record) {}

    /**
     * An entry on its way out.
     *
     * @param reason why it is dropped; null when it waits in its queue again
     */
    private record Leaving(Entry entry, @Nullable String reason) {}

    /**
     * An entry of which nobody knows yet whether it can leave.
     *
     * @param stored fails when it stays
     */
    private record Staged(Leaving leaving, CompletableFuture<Void> stored) {}

    /**
     * A file at the start.
     *
     * @param record null when it is damaged, or its write never ended
     */
    private record Found(
            long number, Path file, long size, @Nullable QuarantinedRecord record) {}

    /** What a file says. */
    private record Content(int source, QuarantinedRecord record, long expiresAtMillis, byte[] payload) {}

    Quarantine(MessageStore store, Writer writer, Disk disk, Path folder, StoreOptions options, InstantSource clock) {
        this.store = store;
        this.writer = writer;
        this.disk = disk;
        this.folder = folder;
        this.options = options;
        this.clock = clock;
    }

    /** Reads what is there, before the logs are read. */
    void look() throws IOException {
        disk.createDirectories(folder);
        for (var name : disk.list(folder)) {
            var match = FILE.matcher(name);
            if (match.matches()) {
                var file = folder.resolve(name);
                var number = Long.parseLong(match.group(1));
                var content = read(file, Integer.parseInt(match.group(2)));
                found.add(new Found(number, file, size(file), content == null ? null : content.record()));
                lastNumber = Math.max(lastNumber, number);
            }
        }
    }

    /** The highest sequence of a priority that {@link #look} has seen; 0 when there is none. */
    long lastSequence(int priority) {
        return found.stream()
                .map(Found::record)
                .filter(record -> record != null && record.priority() == priority)
                .mapToLong(QuarantinedRecord::sequence)
                .max()
                .orElse(0);
    }

    /**
     * Takes what {@link #look} has seen, when all cursors know how far they have come; how many records are damaged or missing. A file that cannot be
     * read is deleted only when none is missing: it may be readable at the next start.
     */
    long recover() throws IOException {
        var counts = new HashMap<Cursor, Long>();
        var unreadable = new ArrayList<Path>();
        for (var one : found) {
            var record = one.record();
            if (record == null) {
                unreadable.add(one.file());
            } else if (!recover(one, record, counts)) {
                disk.delete(one.file());
            }
        }
        found.clear();
        var missing = 0L;
        for (var cursor : store.cursors()) {
            missing += cursor.foundInQuarantine(counts.getOrDefault(cursor, 0L));
            lastNumber = Math.max(lastNumber, cursor.leftThrough());
        }
        for (var file : unreadable) {
            LOG.error("a record in quarantine is damaged: file={}", file);
            if (missing == 0) {
                disk.delete(file);
            }
        }
        disk.syncFolder(folder);
        return missing;
    }

    /** Whether the record is here, and nowhere else. */
    private boolean recover(Found file, QuarantinedRecord record, Map<Cursor, Long> counts) {
        var cursor = store.queue(record.endpoint()).cursor(record.priority());
        if (file.number() <= cursor.leftThrough() || cursor.waitsFor(record.sequence())) {
            return false;
        }
        cursor.passed(record.sequence());
        add(new Entry(file.number(), file.file(), file.size(), cursor, record));
        counts.merge(cursor, 1L, Long::sum);
        return true;
    }

    /** Takes a record that was handed out, and may have been called back since; nothing happens when it is settled meanwhile. */
    void put(Cursor cursor, QueuedRecord record, String reason) throws IOException {
        if (!cursor.isOpen(record.sequence())) {
            return;
        }
        var payload = read(cursor, record.sequence());
        if (payload == null) {
            LOG.error(
                    "a record that is refused has become unreadable, it is lost: endpoint={} priority={} sequence={}",
                    new String(cursor.name(), StandardCharsets.UTF_8),
                    record.priority(),
                    record.sequence());
            cursor.settle(record.sequence(), new Slot.Dropped(Account.DAMAGED));
            return;
        }
        var number = ++lastNumber;
        var file = folder.resolve("%020d-%02d.record".formatted(number, record.priority()));
        var now = clock.millis();
        var bytes = encode(cursor, record, payload, reason, now);
        var size = bytes.remaining();
        try {
            write(file, bytes.duplicate());
        } catch (IOException e) {
            if (!store.giveUpAhead()) {
                throw e;
            }
            write(file, bytes);
        }
        if (!cursor.quarantined(record.sequence())) {
            discard(file);
            disk.syncFolder(folder);
            return;
        }
        var endpoint = new String(cursor.name(), StandardCharsets.UTF_8);
        add(new Entry(
                number,
                file,
                size,
                cursor,
                new QuarantinedRecord(
                        endpoint,
                        record.priority(),
                        record.sequence(),
                        record.storedAtMillis(),
                        now,
                        clip(reason),
                        payload.length)));
        while (entries.size() > options.quarantineRecords() || this.bytes.sum() > options.quarantineBytes()) {
            leave(List.of(new Leaving(entries.firstEntry().getValue(), FULL)));
        }
    }

    /** The payload of a record that waits, which whoever it was handed out to need not have kept; null when it was damaged since. */
    private static byte @Nullable [] read(Cursor cursor, long sequence) throws IOException {
        var found = new ArrayList<QueuedRecord>();
        for (var stretch : cursor.stretches()) {
            if (stretch.lastSequence() >= sequence) {
                stretch.read(cursor, sequence - 1, new Stretch.Page(found, 1, 1));
                break;
            }
        }
        return found.isEmpty() || found.getFirst().sequence() != sequence
                ? null
                : found.getFirst().payload();
    }

    private void write(Path file, ByteBuffer bytes) throws IOException {
        try (var handle = disk.open(file)) {
            handle.write(bytes, 0);
            handle.force();
            disk.syncFolder(folder);
        } catch (IOException e) {
            discard(file);
            throw e;
        }
    }

    /**
     * Lets the records of an endpoint wait in its queue again, behind what is there; how many. Their time to live goes on where it stood when they
     * were quarantined. Stops at the first that the store has no room for: nothing is dropped for them.
     */
    int release(String endpoint) throws IOException {
        var staged = new ArrayList<Staged>();
        var failed = new HashSet<Cursor>();
        var released = 0;
        var size = 0L;
        for (var entry : of(endpoint)) {
            if (failed.contains(entry.cursor())) {
                continue;
            }
            var one = stage(entry);
            if (one == null) {
                break;
            }
            staged.add(one);
            size += entry.size();
            if (size >= RELEASED_TOGETHER) {
                released += leave(staged, failed);
                staged.clear();
                size = 0;
            }
        }
        return released + leave(staged, failed);
    }

    /** Puts a record into the batch of its log; null when the store does not take it. */
    private @Nullable Staged stage(Entry entry) throws IOException {
        var content = read(entry.file(), entry.record().priority());
        if (content == null) {
            return new Staged(new Leaving(entry, Account.DAMAGED), CompletableFuture.completedFuture(null));
        }
        var left = content.expiresAtMillis() - content.record().quarantinedAtMillis();
        var expiry = content.expiresAtMillis() == Long.MAX_VALUE ? Long.MAX_VALUE : clock.millis() + Math.max(0, left);
        var to = List.of(
                new Destination(content.record().endpoint(), entry.record().priority(), expiry));
        var append = new Writer.Append(content.source(), content.payload(), to, false, new CompletableFuture<>());
        writer.stage(append);
        return append.done().isCompletedExceptionally() ? null : new Staged(new Leaving(entry, null), append.done());
    }

    /**
     * Lets go of what is on disk: for each cursor all before the first that is not, since they leave in order. How many were released.
     *
     * @param failed cursors of which one is not
     */
    private int leave(List<Staged> staged, Set<Cursor> failed) {
        writer.commit();
        var left = new ArrayList<Leaving>();
        for (var one : staged) {
            var cursor = one.leaving().entry().cursor();
            if (one.stored().isCompletedExceptionally()) {
                failed.add(cursor);
            } else if (!failed.contains(cursor)) {
                left.add(one.leaving());
            }
        }
        leave(left);
        return (int) left.stream().filter(one -> one.reason() == null).count();
    }

    /** Drops the records of an endpoint; how many. */
    int purge(String endpoint) throws IOException {
        var all = of(endpoint);
        leave(all.stream().map(entry -> new Leaving(entry, PURGED)).toList());
        return all.size();
    }

    /** The records of an endpoint after a number, oldest first; one that cannot be read is left out. */
    List<HeldRecord> read(String endpoint, long after, int maxRecords, long maxBytes) throws IOException {
        var held = new ArrayList<HeldRecord>();
        var left = maxBytes;
        for (var entry : of(endpoint)) {
            if (held.size() == maxRecords || left <= 0) {
                break;
            }
            var content = entry.number() <= after
                    ? null
                    : read(entry.file(), entry.record().priority());
            if (content != null) {
                held.add(new HeldRecord(entry.number(), entry.record(), content.expiresAtMillis(), content.payload()));
                left -= content.payload().length;
            }
        }
        return held;
    }

    /** Reads every file and tells of each whether it is whole. */
    List<Inspection.File> inspect() throws IOException {
        var files = new ArrayList<Inspection.File>();
        for (var name : disk.list(folder)) {
            var match = FILE.matcher(name);
            if (match.matches()) {
                var file = folder.resolve(name);
                var size = size(file);
                var whole = read(file, Integer.parseInt(match.group(2))) != null;
                var damage = whole ? List.<Inspection.Place>of() : List.of(new Inspection.Place(0, size));
                files.add(new Inspection.File("quarantine/" + name, size, whole ? 1 : 0, whole ? 0 : 1, damage));
            }
        }
        return files;
    }

    List<QuarantinedRecord> records() {
        return entries.values().stream().map(Entry::record).toList();
    }

    long bytes() {
        return bytes.sum();
    }

    /** Those that are wholly in: settled in their queue, as all are that came before them. */
    private List<Entry> of(String endpoint) {
        var unsettled = new HashSet<Cursor>();
        var in = new ArrayList<Entry>();
        for (var entry : entries.values()) {
            if (!entry.cursor().isSettled(entry.record().sequence())) {
                unsettled.add(entry.cursor());
            } else if (entry.record().endpoint().equals(endpoint) && !unsettled.contains(entry.cursor())) {
                in.add(entry);
            }
        }
        return in;
    }

    /** Counts them out, durably, and then deletes their files. For each cursor they are the oldest it has here, in order. */
    private void leave(List<Leaving> leaving) {
        if (leaving.isEmpty()) {
            return;
        }
        for (var one : leaving) {
            var entry = one.entry();
            entry.cursor().leftQuarantine(entry.number(), entry.record().sequence(), one.reason());
            entries.remove(entry.number());
            bytes.add(-entry.size());
        }
        if (store.saveCursors(true)) {
            leaving.forEach(one -> discard(one.entry().file()));
            store.gaveBack();
        }
    }

    private void add(Entry entry) {
        entries.put(entry.number(), entry);
        bytes.add(entry.size());
    }

    private void discard(Path file) {
        try {
            disk.delete(file);
        } catch (IOException e) {
            LOG.warn("cannot delete {}: the next start does", file, e);
        }
    }

    private static ByteBuffer encode(Cursor cursor, QueuedRecord record, byte[] content, String reason, long now) {
        var why = clip(reason).getBytes(StandardCharsets.UTF_8);
        var payload = ByteBuffer.allocate(Long.BYTES + Short.BYTES + why.length + content.length)
                .putLong(now)
                .putShort((short) why.length)
                .put(why)
                .put(content)
                .array();
        var target = List.of(new RecordFormat.Target(cursor, 0, record.expiresAtMillis()));
        var bytes = ByteBuffer.allocate(RecordFormat.size(target, payload));
        RecordFormat.write(bytes, record.sequence(), record.storedAtMillis(), record.source(), 0, target, payload);
        return bytes.flip();
    }

    private @Nullable Content read(Path file, int priority) throws IOException {
        try (var handle = disk.open(file)) {
            var bytes =
                    ByteBuffer.allocate((int) Math.min(handle.size(), RecordFormat.HEADER + RecordFormat.MAX_LENGTH));
            Sectors.read(handle, bytes, 0);
            var record = RecordFormat.read(bytes.flip());
            return record == null || priority > Destination.NO_PRIORITY ? null : content(record, priority);
        }
    }

    private static Content content(RecordFormat.Stored record, int priority) {
        var payload = ByteBuffer.wrap(record.payload());
        var quarantinedAt = payload.getLong();
        var why = new byte[payload.getShort()];
        payload.get(why);
        var rest = new byte[payload.remaining()];
        payload.get(rest);
        var at = record.firstTarget();
        return new Content(
                record.source(),
                new QuarantinedRecord(
                        record.name(at),
                        priority,
                        record.sequence(),
                        record.storedAtMillis(),
                        quarantinedAt,
                        new String(why, StandardCharsets.UTF_8),
                        rest.length),
                record.expiresAtMillis(at),
                rest);
    }

    private long size(Path file) throws IOException {
        try (var handle = disk.open(file)) {
            return handle.size();
        }
    }

    private static String clip(String reason) {
        return reason.length() <= MAX_REASON ? reason : reason.substring(0, MAX_REASON) + "…";
    }
}
