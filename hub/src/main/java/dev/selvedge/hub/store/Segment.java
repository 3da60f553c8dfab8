package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * One file of a log. Written by the writer thread only; read by any, up to {@link #durable}: bytes beyond it are not on disk for certain.
 */
final class Segment {
    private static final String SUFFIX = ".log";

    final Path file;
    final long firstSequence;
    private final Disk.Handle handle;
    private volatile long durable;
    private volatile long lastSequence;
    private volatile long lost;
    private volatile long storedFrom;

    private Segment(Path file, long firstSequence, Disk.Handle handle) {
        this.file = file;
        this.firstSequence = firstSequence;
        this.handle = handle;
        lastSequence = firstSequence - 1;
    }

    static Segment open(Disk disk, Path folder, long firstSequence) throws IOException {
        var file = folder.resolve("%020d".formatted(firstSequence) + SUFFIX);
        return new Segment(file, firstSequence, disk.open(file));
    }

    static boolean isSegment(String name) {
        return name.length() == 20 + SUFFIX.length() && name.endsWith(SUFFIX);
    }

    static long firstSequence(String name) {
        return Long.parseLong(name.substring(0, 20));
    }

    /** Bytes that are on disk. */
    long durable() {
        return durable;
    }

    /** Highest sequence on disk; one less than the first when there is none. */
    long lastSequence() {
        return lastSequence;
    }

    /** When its first record was stored, epoch milliseconds. */
    long storedFrom() {
        return storedFrom;
    }

    void storedFrom(long millis) {
        if (storedFrom == 0) {
            storedFrom = millis;
        }
    }

    /** Records that are missing in it, or between it and the next one. */
    long lost() {
        return lost;
    }

    void lost(long records) {
        var before = lost;
        lost = before + records;
    }

    long fileSize() throws IOException {
        return handle.size();
    }

    void write(ByteBuffer bytes, long position) throws IOException {
        handle.write(bytes, position);
    }

    void force() throws IOException {
        handle.force();
    }

    void truncate(long size) throws IOException {
        handle.truncate(size);
    }

    /** Bytes up to here, and records up to this one, are on disk. */
    void madeDurable(long bytes, long sequence) {
        lastSequence = sequence;
        durable = bytes;
    }

    /** Fills the buffer from a position, not beyond what is durable; returns it ready to be read. */
    ByteBuffer read(ByteBuffer into, long position) throws IOException {
        into.clear();
        into.limit((int) Math.min(into.capacity(), Math.max(0, durable - position)));
        Sectors.read(handle, into, position);
        return into.flip();
    }

    void close() throws IOException {
        handle.close();
    }
}
