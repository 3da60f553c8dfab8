package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

import dev.selvedge.hub.store.RecordFormat.Target;
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

    /** How far ahead of the records a file is filled with zeros. */
    private static final int AHEAD = 256 << 10;

    /** A longer write changes the file's size for many records at once: to write zeros first would only be more to write. */
    private static final int LONG_WRITE = AHEAD / 4;

    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(AHEAD).asReadOnlyBuffer();

    private final Disk disk;
    private final Path folder;
    private final StoreOptions options;
    private final int priority;
    private final ConcurrentNavigableMap<Long, Segment> segments = new ConcurrentSkipListMap<>();
    private final List<Staged> staged = new ArrayList<>();
    private @Nullable ByteBuffer buffer;
    private volatile @Nullable Segment active;
    /** The first sequence that was kept when the log was read. */
    private long keptFrom = 1;

    private long nextSequence = 1;
    private long written;
    /** Up to here the active file is filled with zeros, or with records. */
    private long prepared;

    /** The last file that was made, if its folder could not be synced: it may not be there after a crash, whatever a second sync says. */
    private @Nullable Path doubtful;

    private boolean moved;
    private volatile long lostBefore;
    private final LongAdder closedBytes = new LongAdder();

    /** A record that was staged, and what it is for. */
    record Staged(long sequence, long offset, List<Target> targets, Writer.Append append) {}

    /** Sees every whole record at recovery, and where it begins. */
    interface Visitor {
        void record(RecordFormat.Stored record, Segment segment, long offset);
    }

    PriorityLog(Disk disk, Path folder, StoreOptions options, int priority) {
        this.disk = disk;
        this.folder = folder;
        this.options = options;
        this.priority = priority;
    }

    /**
     * Reads all segments, cuts an unfinished end, and counts what is missing.
     *
     * @param used a sequence that was used, whatever the mark and the segments know: none is given twice
     */
    void recover(Visitor visitor, LogMark mark, long used) throws IOException {
        disk.createDirectories(folder);
        lostBefore = mark.lost();
        var firsts = new ArrayDeque<Long>();
        for (var name : disk.list(folder)) {
            if (Segment.isSegment(name) && Segment.firstSequence(name) < mark.first()) {
                // was about to be deleted
                disk.delete(folder.resolve(name));
            } else if (Segment.isSegment(name)) {
                firsts.add(Segment.firstSequence(name));
            }
        }
        var first = firsts.isEmpty() ? used + 1 : firsts.getFirst();
        keptFrom = Math.max(1, mark.first() == 0 ? first : mark.first());
        nextSequence = keptFrom;
        while (!firsts.isEmpty()) {
            var segment = Segment.open(disk, folder, firsts.remove());
            missing(segment.firstSequence);
            segments.put(segment.firstSequence, segment);
            recover(segment, visitor, firsts.isEmpty() ? Long.MAX_VALUE : firsts.getFirst(), mark.last());
        }
        missing(Math.max(mark.last(), used) + 1);
        var last = active;
        if (last != null) {
            last.madeDurable(last.durable(), nextSequence - 1);
            written = last.durable();
            closedBytes.add(-written);
        }
    }

    private void recover(Segment segment, Visitor visitor, long end, long known) throws IOException {
        segment.madeDurable(segment.fileSize(), end - 1);
        var isNewest = end == Long.MAX_VALUE;
        var scan = new Scan(segment, 0);
        var whole = 0L;
        var isTorn = false;
        var lastWrite = 0L;
        for (var record = scan.next(); record != null; record = scan.next()) {
            var at = scan.position() - record.size();
            if (isNewest && nextSequence > known && mayBeTorn(segment, whole, at, record)) {
                lastWrite = lastWrite == 0 ? lastWrite(segment, at) : lastWrite;
                isTorn = lastWrite <= nextSequence;
                if (isTorn) {
                    break;
                }
            }
            missing(record.sequence(), segment);
            nextSequence = record.sequence() + 1;
            whole = scan.position();
            segment.storedFrom(record.storedAtMillis());
            visitor.record(record, segment, at);
        }
        active = null;
        recoverEnd(segment, whole, isNewest, isTorn);
        segment.madeDurable(segment.fileSize(), nextSequence - 1);
        closedBytes.add(segment.durable());
    }

    /**
     * Whether what is missing before a record of the newest segment may never have been on disk: it was written together with that record, and a part
     * of it is not there, or was of zeros. If that write was the last it was then never acknowledged.
     */
    private boolean mayBeTorn(Segment segment, long whole, long at, RecordFormat.Stored record) throws IOException {
        if (record.sequence() == nextSequence || record.firstOfItsWrite() > nextSequence) {
            return false;
        }
        // the sector in which the record begins was written
        var gap = part(segment, whole, at - whole);
        return RecordFormat.hasUnwritten(gap, whole, gap.limit() - (int) (at % RecordFormat.SECTOR));
    }

    /** The first sequence of the last write of which a record is whole, from a record on: every write before it had ended. */
    private static long lastWrite(Segment segment, long from) throws IOException {
        var scan = new Scan(segment, from);
        var first = 0L;
        for (var record = scan.next(); record != null; record = scan.next()) {
            first = record.firstOfItsWrite();
        }
        return first;
    }

    /**
     * What an unfinished write left, and the zeros behind the last record, are cut off. The newest segment is written on, unless its end is damaged:
     * then that stays as it is, and the next record begins a new one.
     */
    private void recoverEnd(Segment segment, long whole, boolean isNewest, boolean isTorn) throws IOException {
        var left = segment.fileSize() - whole;
        var tail = part(segment, whole, left);
        var isEmpty = RecordFormat.isZero(tail);
        if (isTorn || (isNewest ? RecordFormat.isUnfinished(tail, whole) : isEmpty)) {
            if (!isEmpty) {
                LOG.warn("cut {} bytes of an unfinished write off {}", left, segment.file);
            }
            if (left > 0) {
                segment.truncate(whole);
            }
            if (isNewest) {
                active = segment;
            }
        } else if (isNewest) {
            missing(nextSequence + 1, segment);
        }
    }

    /** Bytes of a segment, at most as many as the longest record has. */
    private static ByteBuffer part(Segment segment, long from, long length) throws IOException {
        var size = Math.min(length, RecordFormat.HEADER + RecordFormat.MAX_LENGTH);
        return segment.read(ByteBuffer.allocate((int) size), from);
    }

    /** All records before this sequence that were not seen are missing. */
    private void missing(long sequence) {
        var last = segments.lastEntry();
        if (last == null) {
            var before = lostBefore;
            lostBefore = before + Math.max(0, sequence - nextSequence);
            nextSequence = Math.max(nextSequence, sequence);
        } else {
            missing(sequence, last.getValue());
        }
    }

    private void missing(long sequence, Segment in) {
        if (sequence > nextSequence) {
            LOG.error(
                    "{} records are missing or damaged: {} to {}, in or after {}",
                    sequence - nextSequence,
                    nextSequence,
                    sequence - 1,
                    in.file);
            in.lost(sequence - nextSequence);
            nextSequence = sequence;
        }
    }

    /** Reads every record of every segment. A segment that is deleted meanwhile is left out. Any thread. */
    List<Inspection.File> inspect() throws IOException {
        var files = new ArrayList<Inspection.File>();
        for (var segment : segments.values()) {
            try {
                files.add(inspect(segment));
            } catch (ClosedChannelException e) {
                if (segments.containsKey(segment.firstSequence)) {
                    throw new StoreException("the store was closed while it was read", e);
                }
                // all that it held was delivered
            }
        }
        return files;
    }

    private Inspection.File inspect(Segment segment) throws IOException {
        var damage = new ArrayList<Inspection.Place>();
        var records = 0L;
        var end = 0L;
        var seen = segment.firstSequence - 1;
        var bytes = segment.durable();
        var scan = new Scan(segment, 0);
        for (var record = scan.next(); record != null; record = scan.next()) {
            var start = scan.position() - record.size();
            if (start > end) {
                damage.add(new Inspection.Place(end, start - end));
            }
            end = scan.position();
            seen = record.sequence();
            records++;
        }
        if (bytes > end) {
            damage.add(new Inspection.Place(end, bytes - end));
        }
        // records that are written meanwhile are behind what was read, and no one misses them
        var last = bytes > end ? segment.lastSequence() : seen;
        var missing = Math.max(segment.lost(), last - segment.firstSequence + 1 - records);
        var name = folder.getFileName() + "/" + segment.file.getFileName();
        return new Inspection.File(name, bytes, records, missing, damage);
    }

    /** Records found missing or damaged since the log was made. Any thread. */
    long lost() {
        return lostBefore + segments.values().stream().mapToLong(Segment::lost).sum();
    }

    /** What a later start must know. Writer thread. */
    LogMark mark() {
        return new LogMark(segments.isEmpty() ? nextSequence : segments.firstKey(), lastSequence(), lostBefore);
    }

    /** What a later start must know when all segments before this sequence are gone. */
    private LogMark markFrom(long sequence) {
        var lost = segments.headMap(sequence).values().stream()
                .mapToLong(Segment::lost)
                .sum();
        return new LogMark(sequence, lastSequence(), lostBefore + lost);
    }

    int priority() {
        return priority;
    }

    /** Whether a part of the log had been given back when it was read. */
    boolean hadGivenBack() {
        return keptFrom > 1;
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

    /** The oldest segment, if it holds anything. After {@link #reclaim} somebody needs it. Any thread. */
    @Nullable
    Segment oldest() {
        var first = segments.firstEntry();
        return first == null || first.getValue().durable() == 0 ? null : first.getValue();
    }

    /** Puts a record into the batch. After an I/O failure the batch is to be {@link #abandon}ed. Writer thread. */
    void stage(List<Target> targets, Writer.Append append, long now) throws IOException {
        if (active == null || mayRoll(options.segmentBytes())) {
            roll();
        }
        var to = room(RecordFormat.size(targets, append.payload()));
        open().storedFrom(now);
        var offset = written + to.position();
        RecordFormat.write(to, nextSequence, now, append.source(), staged.size(), targets, append.payload());
        staged.add(new Staged(nextSequence++, offset, targets, append));
    }

    boolean hasStaged() {
        return !staged.isEmpty();
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
        for (var record : done) {
            for (var target : record.targets()) {
                target.cursor()
                        .added(
                                segment,
                                record.offset(),
                                record.sequence(),
                                record.append().source(),
                                target.ordinal(),
                                target.expiresAtMillis());
            }
        }
        return done;
    }

    /**
     * Gives a failed batch up and returns it. A file whose write or force failed is never trusted again: it is cut back to what is known to be
     * on disk and closed, and the log goes on in a new one. Writer thread.
     */
    List<Staged> abandon() {
        var failed = List.copyOf(staged);
        staged.clear();
        failed.forEach(
                record -> record.targets().forEach(target -> target.cursor().takeBack()));
        if (buffer != null) {
            buffer.clear();
        }
        var segment = active;
        if (segment == null) {
            return failed;
        }
        active = null;
        closedBytes.add(segment.durable());
        // whatever the file still holds behind its last record is void: the next segment begins with those numbers
        nextSequence = segment.lastSequence() + 1;
        try {
            segment.truncate(segment.durable());
        } catch (IOException e) {
            LOG.warn("cannot cut {} back to {} bytes", segment.file, segment.durable(), e);
        }
        if (segment.durable() == 0) {
            delete(segment);
        }
        return failed;
    }

    /** Whether {@link #reclaimable} would find anything. Writer thread. */
    boolean hasWaste(long needed, int rollAt) {
        var first = segments.firstEntry();
        return first != null
                && first.getValue().lastSequence() < needed
                && (first.getValue() != active || mayRoll(rollAt));
    }

    /**
     * What would be left when the oldest segments that hold nothing at or after a sequence were deleted. Writer thread.
     *
     * @param needed the lowest sequence that somebody still needs
     * @param rollAt how many bytes the active segment must have to be one of them
     */
    LogMark reclaimable(long needed, int rollAt) throws IOException {
        var current = active;
        if (current != null && current.lastSequence() < needed && mayRoll(rollAt)) {
            roll();
        }
        for (var segment : segments.values()) {
            if (segment == active || segment.lastSequence() >= needed) {
                return markFrom(segment.firstSequence);
            }
        }
        return markFrom(nextSequence);
    }

    /** Deletes the segments that a mark leaves out; it must be on disk, or they are missed at the next start. Writer thread. */
    void reclaim(LogMark mark) throws IOException {
        lostBefore = mark.lost();
        for (var segment : List.copyOf(segments.headMap(mark.first()).values())) {
            closedBytes.add(-segment.durable());
            delete(segment);
        }
        disk.syncFolder(folder);
    }

    void close() throws IOException {
        var current = active;
        if (current != null) {
            trim(current);
        }
        for (var segment : segments.values()) {
            segment.close();
        }
    }

    /** Records in the batch know where in the active segment they are going to be. */
    private boolean mayRoll(int rollAt) {
        return staged.isEmpty() && written >= rollAt;
    }

    /** The file before is done with first: if the new one cannot be made but is found at the next start, nothing before it has its numbers. */
    private void roll() throws IOException {
        var old = active;
        if (old != null) {
            closedBytes.add(old.durable());
            trim(old);
            active = null;
        }
        var segment = create();
        moved = true;
        segments.put(nextSequence, segment);
        active = segment;
        written = 0;
        prepared = 0;
    }

    /** Gives back what was taken ahead of the records. Writer thread. */
    void trim() {
        var current = active;
        if (current != null && staged.isEmpty()) {
            trim(current);
            prepared = current.durable();
        }
    }

    /** Cuts off the zeros behind the last record of the active segment. */
    private void trim(Segment segment) {
        if (prepared <= segment.durable()) {
            return;
        }
        try {
            segment.truncate(segment.durable());
        } catch (IOException e) {
            LOG.warn("cannot cut the zeros off {}: the next start does", segment.file, e);
        }
    }

    private Segment create() throws IOException {
        if (doubtful != null) {
            disk.delete(doubtful);
            doubtful = null;
        }
        var segment = Segment.open(disk, folder, nextSequence);
        try {
            if (segment.fileSize() > 0) {
                // of a batch that was given up and could not be deleted
                segment.truncate(0);
            }
            disk.syncFolder(folder);
            return segment;
        } catch (IOException e) {
            doubtful = segment.file;
            segment.close();
            throw e;
        }
    }

    /** Whether a segment was made since this was asked last. Writer thread. */
    boolean hasMoved() {
        var before = moved;
        moved = false;
        return before;
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
        prepare(bytes);
        open().write(from.flip(), written);
        written += bytes;
        from.clear();
    }

    /**
     * Fills the file with zeros behind what is written next. Where a file has its size already, a force writes the records and nothing else; else it
     * waits for the file system's journal as well, which takes twice as long.
     */
    private void prepare(int bytes) throws IOException {
        var from = Math.max(prepared, written + bytes);
        var to = Math.min(written + bytes + AHEAD, options.segmentBytes());
        if (written + bytes <= prepared || bytes > LONG_WRITE || to <= from) {
            return;
        }
        try {
            open().write(ZEROS.duplicate().limit((int) (to - from)), from);
            prepared = to;
        } catch (IOException e) {
            LOG.debug("{} grows record by record", open().file, e);
            prepared = Long.MAX_VALUE;
        }
    }
}
