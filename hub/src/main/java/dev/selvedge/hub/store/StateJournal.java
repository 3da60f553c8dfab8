package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Small durable state by key: twins, sessions, cursors. All of it is in memory too. A file {@code state-N.journal} begins with everything that
 * was there when it was made, changes follow; it is replaced by {@code N+1} when more than half of it, and more
 * than 4 MiB, is of the past: all of it is read into memory at the start. Entry, big-endian: CRC32C of what follows (4), length of key (2), length
 * of value or -1 for a removal (4), key (UTF-8), value. Reads on any thread; values must not be changed.
 */
public final class StateJournal {
    private static final Logger LOG = LoggerFactory.getLogger(StateJournal.class);
    private static final String LOST = "lost";
    private static final Pattern FILE = Pattern.compile("state-\\d{20}\\.journal");
    private static final String PREFIX = "state-";
    private static final String SUFFIX = ".journal";
    private static final int HEADER = 10;
    private static final long LEAST_PAST = 4 << 20;

    private final Disk disk;
    private final Path folder;
    private final ConcurrentSkipListMap<String, byte[]> values = new ConcurrentSkipListMap<>();
    private final Writer writer;
    private Disk.@Nullable Handle file;
    private long generation;
    private @Nullable Path path;
    private long size;
    private long compactAt = LEAST_PAST;
    private long damaged;
    /** The file is not to be written to: the next write makes a new one. */
    private boolean doubtful;

    StateJournal(Disk disk, Path folder, Writer writer) {
        this.disk = disk;
        this.folder = folder;
        this.writer = writer;
    }

    /** The value of a key, or null. */
    public byte @Nullable [] get(String key) {
        return values.get(key);
    }

    /** All keys that begin so, with their values, in no order. */
    public Map<String, byte[]> withPrefix(String prefix) {
        return Map.copyOf(values.subMap(prefix, prefix + Character.MAX_VALUE));
    }

    /** Sets a value; it can be read at once and completes, on the writer thread, when it is on disk. */
    public CompletableFuture<Void> put(String key, byte[] value) {
        values.put(key, value);
        return writer.save(key, value);
    }

    /** Removes a key; completes when that is on disk. */
    public CompletableFuture<Void> remove(String key) {
        values.remove(key);
        return writer.save(key, null);
    }

    /** Reads what is there and changes nothing: whose it is has yet to be seen. */
    void read() throws IOException {
        var names = names();
        if (names.isEmpty()) {
            return;
        }
        var name = names.getLast();
        generation = Long.parseLong(name.substring(PREFIX.length(), name.length() - SUFFIX.length()));
        var handle = disk.open(folder.resolve(name));
        file = handle;
        path = folder.resolve(name);
        var bytes = ByteBuffer.allocate(Math.toIntExact(handle.size()));
        Sectors.read(handle, bytes, 0);
        size = read(bytes.flip());
        compactAt = compactAt(present());
    }

    /** Makes what was read fit to be written to; what was damaged is counted, and everything else goes into a new file. */
    void recover() throws IOException {
        disk.createDirectories(folder);
        var handle = file;
        if (damaged > 0) {
            LOG.error("{} damaged places in {}: newer values of twins, sessions or cursors are missing", damaged, path);
            values.put(LOST, ByteBuffer.allocate(8).putLong(lost() + damaged).array());
        }
        if (handle == null || damaged > 0) {
            doubtful = true;
        } else if (size < handle.size()) {
            LOG.warn("cut {} bytes of an unfinished entry off {}", handle.size() - size, path);
            handle.truncate(size);
        }
        for (var name : names()) {
            if (!folder.resolve(name).equals(path)) {
                disk.delete(folder.resolve(name));
            }
        }
    }

    private List<String> names() throws IOException {
        return disk.list(folder).stream().filter(FILE.asMatchPredicate()).toList();
    }

    /** Something else than an entry was damaged, and is to be counted. Before {@link #recover}. */
    void damaged() {
        damaged++;
    }

    /** How many places of the file on disk are damaged. Writer thread, or nobody writes. */
    long inspect() throws IOException {
        var onDisk = new StateJournal(disk, folder, writer);
        onDisk.read();
        var handle = onDisk.file;
        if (handle != null) {
            handle.close();
        }
        return onDisk.damaged;
    }

    boolean isMissing() {
        return file == null;
    }

    /** Those of {@link #lost} that this start found. */
    long lostAtStart() {
        return damaged;
    }

    /** Whether the file on disk is behind what is in memory, because a write or force failed. Writer thread. */
    boolean isDoubtful() {
        return doubtful;
    }

    /** A write or force failed, and what was to be written is in memory: the next one writes everything. Writer thread. */
    void doubt() {
        doubtful = true;
    }

    /** Entries, at least, that were found damaged or missing since the store was made. */
    long lost() {
        var count = values.get(LOST);
        return count == null ? 0 : ByteBuffer.wrap(count).getLong();
    }

    /** Takes all whole entries and steps over damage; returns where the last one ends. */
    private int read(ByteBuffer bytes) {
        var end = 0;
        for (var at = 0; at < bytes.limit(); at++) {
            var next = endOfEntry(bytes, at);
            if (next > 0) {
                damaged += at > end ? 1 : 0;
                take(bytes, at, next);
                end = next;
                at = next - 1;
            }
        }
        if (end < bytes.limit() && !isUnfinished(bytes, end)) {
            damaged++;
        }
        return end;
    }

    /** Where the entry that begins here ends, 0 when there is none that is whole. */
    private static int endOfEntry(ByteBuffer bytes, int at) {
        var end = statedEnd(bytes, at);
        return end > 0 && end <= bytes.limit() && crc(bytes, at + 4, (int) end) == bytes.getInt(at) ? (int) end : 0;
    }

    /** Where the entry that begins here says that it ends, 0 when no entry says so. */
    private static long statedEnd(ByteBuffer bytes, int at) {
        if (bytes.limit() - at < HEADER) {
            return 0;
        }
        var keyLength = Short.toUnsignedInt(bytes.getShort(at + 4));
        var valueLength = bytes.getInt(at + 6);
        return keyLength == 0 || valueLength < -1 ? 0 : (long) at + HEADER + keyLength + Math.max(0, valueLength);
    }

    /** Whether a write that never ended left this, and not damage: the file ends before the entry, or the bytes were never written. */
    private static boolean isUnfinished(ByteBuffer bytes, int at) {
        return bytes.limit() - at < HEADER
                || (statedEnd(bytes, at) > bytes.limit() && !hasWrongLength(bytes, at))
                || isZero(bytes, at);
    }

    /** Whether an entry would be whole here if one of its lengths were such that it ends with the file. */
    private static boolean hasWrongLength(ByteBuffer bytes, int at) {
        var entry = ByteBuffer.allocate(bytes.limit() - at).put(bytes.slice(at, bytes.limit() - at));
        var both = entry.limit() - HEADER;
        var keyLength = Short.toUnsignedInt(entry.getShort(4));
        var valueLength = entry.getInt(6);
        var byValue = entry.putInt(6, both - keyLength);
        if (crc(byValue, 4, entry.limit()) == entry.getInt(0)) {
            return true;
        }
        var byKey = entry.putInt(6, valueLength).putShort(4, (short) (both - Math.max(0, valueLength)));
        return crc(byKey, 4, entry.limit()) == entry.getInt(0);
    }

    private static boolean isZero(ByteBuffer bytes, int from) {
        for (var at = from; at < bytes.limit(); at++) {
            if (bytes.get(at) != 0) {
                return false;
            }
        }
        return true;
    }

    private void take(ByteBuffer bytes, int at, int end) {
        var name = at + HEADER;
        var value = name + Short.toUnsignedInt(bytes.getShort(at + 4));
        var key = StandardCharsets.UTF_8.decode(bytes.slice(name, value - name)).toString();
        if (bytes.getInt(at + 6) < 0) {
            values.remove(key);
        } else {
            var copy = new byte[end - value];
            bytes.get(value, copy);
            values.put(key, copy);
        }
    }

    /** Appends an entry whose value is in memory already. Writer thread. */
    void write(String key, byte @Nullable [] value) throws IOException {
        if (doubtful) {
            replace();
            return;
        }
        var handle = file;
        if (handle == null) {
            throw new StoreException("the state journal is closed");
        }
        var entry = entry(key, value);
        var length = entry.remaining();
        handle.write(entry, size);
        size += length;
    }

    /** Makes what was written durable. Writer thread. */
    void force() throws IOException {
        var handle = file;
        if (doubtful) {
            replace();
        } else if (handle != null) {
            handle.force();
        }
        compact();
    }

    /** Makes the file small again, and durable, when it has grown. Writer thread. */
    void compact() throws IOException {
        if (size <= compactAt) {
            return;
        }
        var before = generation;
        try {
            replace();
        } catch (IOException e) {
            // a newer file may be there at the next start, whether it could be deleted or not, and would be read
            doubtful = generation > before;
            LOG.warn("the state journal could not be made smaller, it goes on growing: file={}", path, e);
            compactAt = size + LEAST_PAST;
        }
    }

    /** @param present bytes of a file without a past */
    private static long compactAt(long present) {
        return present + Math.max(LEAST_PAST, present);
    }

    private long present() {
        return values.entrySet().stream()
                .mapToLong(value -> HEADER + name(value.getKey()).length + value.getValue().length)
                .sum();
    }

    /**
     * After a failed write or force the file is not trusted: everything goes into a new one, now or with the next write. A name whose folder could not be
     * synced is not used again, but outdone by the next. Writer thread.
     */
    void replace() throws IOException {
        doubtful = true;
        var next = folder.resolve(PREFIX + "%020d".formatted(generation + 1) + SUFFIX);
        var temporary = folder.resolve("state.new");
        var handle = disk.open(temporary);
        long at;
        try {
            handle.truncate(0);
            at = writeAll(handle);
            handle.force();
            generation++;
            disk.move(temporary, next);
            disk.syncFolder(folder);
        } catch (IOException e) {
            handle.close();
            deleteIfThere(temporary);
            deleteIfThere(next);
            throw e;
        }
        doubtful = false;
        var old = file;
        var oldPath = path;
        file = handle;
        path = next;
        size = at;
        compactAt = compactAt(at);
        if (old != null && oldPath != null) {
            old.close();
            deleteIfThere(oldPath);
        }
    }

    /** What cannot be deleted is deleted at the next start, or replaced by the next attempt. */
    private void deleteIfThere(Path old) {
        try {
            if (disk.list(folder).contains(old.getFileName().toString())) {
                disk.delete(old);
            }
        } catch (IOException e) {
            LOG.warn("cannot delete {}", old, e);
        }
    }

    private long writeAll(Disk.Handle handle) throws IOException {
        var at = 0L;
        for (var value : values.entrySet()) {
            var entry = entry(value.getKey(), value.getValue());
            var length = entry.remaining();
            handle.write(entry, at);
            at += length;
        }
        return at;
    }

    void remember(String key, byte[] value) {
        values.put(key, value);
    }

    void forget(String key) {
        values.remove(key);
    }

    void close() throws IOException {
        var handle = file;
        if (handle != null) {
            force();
            file = null;
            handle.close();
        }
    }

    private static byte[] name(String key) {
        return key.getBytes(StandardCharsets.UTF_8);
    }

    private static ByteBuffer entry(String key, byte @Nullable [] value) {
        var name = name(key);
        var length = value == null ? 0 : value.length;
        var entry = ByteBuffer.allocate(HEADER + name.length + length);
        entry.putInt(0)
                .putShort((short) name.length)
                .putInt(value == null ? -1 : length)
                .put(name);
        if (value != null) {
            entry.put(value);
        }
        entry.putInt(0, crc(entry, 4, entry.capacity()));
        return entry.flip();
    }

    private static int crc(ByteBuffer bytes, int from, int to) {
        var crc = new CRC32C();
        crc.update(bytes.slice(from, to - from));
        return (int) crc.getValue();
    }
}
