package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The segments of one priority. The writer thread stages records, then commits them with one {@code force}; only the oldest segments are ever
 * deleted, so a gap in the sequence is a loss and nothing else.
 */
final class PriorityLog {
    private static final Logger LOG = LoggerFactory.getLogger(PriorityLog.class);
    private static final int BUFFER = 1 << 20;

    private final Disk disk;
    private final Path folder;
    private final StoreOptions options;
    private final int priority;
    private final ConcurrentNavigableMap<Long, Segment> segments = new ConcurrentSkipListMap<>();
    private final List<Staged> staged = new ArrayList<>();
    private @Nullable ByteBuffer buffer;
    private volatile @Nullable Segment active;
    private long nextSequence = 1;
    private long written;
    private final LongAdder closedBytes = new LongAdder();

    /** A record that was staged, and what it is for. */
    record Staged(long sequence, List<Destination> destinations, Writer.Append append) {}

    /** Sees every whole record at recovery. */
    interface Visitor {
        void record(RecordFormat.Stored record);
    }

    PriorityLog(Disk disk, Path folder, StoreOptions options, int priority) {
        this.disk = disk;
        this.folder = folder;
        this.options = options;
        this.priority = priority;
    }

    /** Reads all segments, cuts a torn end, and returns how many records are missing. */
    long recover(Visitor visitor) throws IOException {
        disk.createDirectories(folder);
        var lost = 0L;
        var names = disk.list(folder).stream().filter(Segment::isSegment).toList();
        for (var name : names) {
            var segment = Segment.open(disk, folder, Segment.firstSequence(name));
            lost += segments.isEmpty() ? 0 : Math.max(0, segment.firstSequence - nextSequence);
            nextSequence = Math.max(nextSequence, segment.firstSequence);
            segments.put(segment.firstSequence, segment);
            lost += recover(segment, visitor, name.equals(names.getLast()));
        }
        var last = segments.lastEntry();
        if (last != null) {
            active = last.getValue();
            written = active.durable();
            closedBytes.add(-written);
        }
        return lost;
    }

    private long recover(Segment segment, Visitor visitor, boolean newest) throws IOException {
        var lost = 0L;
        segment.madeDurable(segment.fileSize(), segment.firstSequence - 1);
        var scan = new Scan(segment, 0);
        var end = 0L;
        for (var record = scan.next(); record != null; record = scan.next()) {
            lost += Math.max(0, record.sequence() - nextSequence);
            nextSequence = Math.max(nextSequence, record.sequence() + 1);
            end = scan.position();
            visitor.record(record);
        }
        if (end < segment.fileSize() && newest) {
            LOG.warn("cut {} bytes of an unfinished record off {}", segment.fileSize() - end, segment.file);
            segment.truncate(end);
        }
        segment.madeDurable(newest ? end : segment.fileSize(), nextSequence - 1);
        closedBytes.add(segment.durable());
        return lost;
    }

    /** No record gets a number that a cursor has already passed. */
    void startAfter(long sequence) {
        nextSequence = Math.max(nextSequence, sequence + 1);
    }

    int priority() {
        return priority;
    }

    /** The last sequence on disk. Any thread. */
    long lastSequence() {
        var last = segments.lastEntry();
        return last == null ? 0 : last.getValue().lastSequence();
    }

    /** Bytes on disk. Any thread. */
    long bytes() {
        var current = active;
        return closedBytes.sum() + (current == null ? 0 : current.durable());
    }

    /** The segment that holds a sequence, or the first one after it; null behind the end. Any thread. */
    @Nullable
    Segment segmentOf(long sequence) {
        var floor = segments.floorEntry(sequence);
        if (floor != null && floor.getValue().lastSequence() >= sequence) {
            return floor.getValue();
        }
        var next = segments.higherEntry(sequence);
        return next == null ? (floor == null ? null : floor.getValue()) : next.getValue();
    }

    /** The segment after this one, or null. Any thread. */
    @Nullable
    Segment after(Segment segment) {
        var next = segments.higherEntry(segment.firstSequence);
        return next == null ? null : next.getValue();
    }

    /** Puts a record into the batch. After an I/O failure the batch is to be {@link #abandon}ed. Writer thread. */
    void stage(List<Destination> destinations, Writer.Append append, long now) throws IOException {
        if (staged.isEmpty() && (active == null || written >= options.segmentBytes())) {
            roll();
        }
        var encoded = RecordFormat.destinations(destinations);
        var size = RecordFormat.size(encoded, append.payload());
        var to = room(size);
        RecordFormat.write(to, nextSequence, now, destinations.size(), encoded, append.payload());
        staged.add(new Staged(nextSequence++, destinations, append));
    }

    /** Makes the batch durable and returns it. Writer thread. */
    List<Staged> commit() throws IOException {
        if (staged.isEmpty()) {
            return List.of();
        }
        flush();
        var segment = open();
        segment.force();
        var done = List.copyOf(staged);
        segment.madeDurable(written, done.getLast().sequence());
        staged.clear();
        return done;
    }

    /**
     * Gives a failed batch up and returns it. A file whose write or force failed is never trusted again: it is cut back to what is known to be
     * on disk and closed, and the log goes on in a new one. Writer thread.
     */
    List<Staged> abandon() {
        var failed = List.copyOf(staged);
        staged.clear();
        if (buffer != null) {
            buffer.clear();
        }
        var segment = active;
        if (segment == null) {
            return failed;
        }
        active = null;
        closedBytes.add(segment.durable());
        try {
            segment.truncate(segment.durable());
            nextSequence = segment.lastSequence() + 1;
        } catch (IOException e) {
            LOG.warn("cannot cut {} back to {} bytes", segment.file, segment.durable(), e);
        }
        if (segment.durable() == 0) {
            delete(segment);
        }
        return failed;
    }

    /**
     * Deletes the oldest segments that hold nothing at or after a sequence, the active one too when it has grown. Writer thread.
     *
     * @param needed the lowest sequence that somebody still needs
     */
    void reclaim(long needed) throws IOException {
        var current = active;
        if (current != null && current.lastSequence() < needed && written >= options.segmentBytes() / 4) {
            roll();
        }
        var deleted = false;
        for (var segment : segments.values()) {
            if (segment == active || segment.lastSequence() >= needed) {
                break;
            }
            closedBytes.add(-segment.durable());
            delete(segment);
            deleted = true;
        }
        if (deleted) {
            disk.syncFolder(folder);
        }
    }

    void close() throws IOException {
        for (var segment : segments.values()) {
            segment.close();
        }
    }

    private void roll() throws IOException {
        var old = active;
        var segment = Segment.open(disk, folder, nextSequence);
        disk.syncFolder(folder);
        segments.put(nextSequence, segment);
        if (old != null) {
            closedBytes.add(old.durable());
        }
        active = segment;
        written = 0;
    }

    private void delete(Segment segment) {
        segments.remove(segment.firstSequence);
        try {
            segment.close();
            disk.delete(segment.file);
        } catch (IOException e) {
            LOG.warn("cannot delete {}: its space is not given back", segment.file, e);
        }
    }

    private Segment open() throws IOException {
        var segment = active;
        if (segment == null) {
            throw new StoreException("priority " + priority + " has no open segment");
        }
        return segment;
    }

    private ByteBuffer room(int size) throws IOException {
        var to = buffer;
        if (to == null) {
            to = ByteBuffer.allocateDirect(BUFFER);
        } else if (to.remaining() < size) {
            flush();
        }
        if (to.remaining() < size) {
            to = ByteBuffer.allocateDirect(size);
        }
        buffer = to;
        return to;
    }

    private void flush() throws IOException {
        var from = buffer;
        if (from == null || from.position() == 0) {
            return;
        }
        var bytes = from.position();
        open().write(from.flip(), written);
        written += bytes;
        from.clear();
    }
}
