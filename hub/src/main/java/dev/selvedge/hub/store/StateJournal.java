package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.zip.CRC32C;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Small durable state by key: twins, sessions, cursors. All of it is in memory too. A file {@code state-N.journal} begins with everything that
 * was there when it was made, changes follow; it is replaced by {@code N+1} when it has grown. Entry, big-endian: CRC32C of what follows (4),
 * length of key (2), length of value or -1 for a removal (4), key (UTF-8), value. Reads on any thread; values must not be changed.
 */
public final class StateJournal {
    private static final Logger LOG = LoggerFactory.getLogger(StateJournal.class);
    private static final String PREFIX = "state-";
    private static final String SUFFIX = ".journal";
    private static final int HEADER = 10;
    private static final long MINIMUM_TO_COMPACT = 4 << 20;

    private final Disk disk;
    private final Path folder;
    private final ConcurrentSkipListMap<String, byte[]> values = new ConcurrentSkipListMap<>();
    private final Writer writer;
    private Disk.@Nullable Handle file;
    private long generation;
    private long size;
    private long compactedSize;

    StateJournal(Disk disk, Path folder, Writer writer) {
        this.disk = disk;
        this.folder = folder;
        this.writer = writer;
    }

    /** The value of a key, or null. */
    public byte @Nullable [] get(String key) {
        return values.get(key);
    }

    /** All keys that begin so, with their values, in order. */
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

    void recover() throws IOException {
        disk.createDirectories(folder);
        var names = disk.list(folder).stream()
                .filter(n -> n.startsWith(PREFIX) && n.endsWith(SUFFIX))
                .toList();
        if (names.isEmpty()) {
            replace();
            return;
        }
        var name = names.getLast();
        generation = Long.parseLong(name.substring(PREFIX.length(), name.length() - SUFFIX.length()));
        var handle = disk.open(folder.resolve(name));
        file = handle;
        var bytes = ByteBuffer.allocate(Math.toIntExact(handle.size()));
        handle.read(bytes, 0);
        read(bytes.flip());
        size = bytes.position();
        compactedSize = size;
        if (size < handle.size()) {
            LOG.warn("cut {} bytes of an unfinished entry off {}", handle.size() - size, name);
            handle.truncate(size);
        }
        for (var older : names.subList(0, names.size() - 1)) {
            disk.delete(folder.resolve(older));
        }
    }

    private void read(ByteBuffer bytes) {
        while (bytes.remaining() >= HEADER) {
            var start = bytes.position();
            var keyLength = Short.toUnsignedInt(bytes.getShort(start + 4));
            var valueLength = bytes.getInt(start + 6);
            var end = (long) start + HEADER + keyLength + Math.max(0, valueLength);
            if (valueLength < -1 || end > bytes.limit() || crc(bytes, start + 4, (int) end) != bytes.getInt(start)) {
                return;
            }
            var key = new byte[keyLength];
            bytes.position(start + HEADER).get(key);
            var name = new String(key, StandardCharsets.UTF_8);
            if (valueLength < 0) {
                values.remove(name);
            } else {
                var value = new byte[valueLength];
                bytes.get(value);
                values.put(name, value);
            }
        }
    }

    /** Appends an entry. Writer thread. */
    void write(String key, byte @Nullable [] value) throws IOException {
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
        if (handle != null) {
            handle.force();
        }
        if (size > MINIMUM_TO_COMPACT && size > 4 * compactedSize) {
            replace();
        }
    }

    /** After a failed write or force the file is not trusted: everything goes into a new one. Writer thread. */
    void replace() throws IOException {
        var name = folder.resolve(PREFIX + "%020d".formatted(++generation) + SUFFIX);
        var temporary = folder.resolve("state.new");
        var handle = disk.open(temporary);
        handle.truncate(0);
        var at = 0L;
        for (var value : values.entrySet()) {
            var entry = entry(value.getKey(), value.getValue());
            var length = entry.remaining();
            handle.write(entry, at);
            at += length;
        }
        handle.force();
        disk.move(temporary, name);
        disk.syncFolder(folder);
        var old = file;
        file = handle;
        size = at;
        compactedSize = at;
        if (old != null) {
            old.close();
            disk.delete(folder.resolve(PREFIX + "%020d".formatted(generation - 1) + SUFFIX));
        }
    }

    void remember(String key, byte[] value) {
        values.put(key, value);
    }

    void forget(String key) {
        values.remove(key);
    }

    void close() throws IOException {
        var handle = file;
        file = null;
        if (handle != null) {
            handle.force();
            handle.close();
        }
    }

    private static ByteBuffer entry(String key, byte @Nullable [] value) {
        var name = key.getBytes(StandardCharsets.UTF_8);
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
        crc.update(bytes.duplicate().limit(to).position(from));
        return (int) crc.getValue();
    }
}
