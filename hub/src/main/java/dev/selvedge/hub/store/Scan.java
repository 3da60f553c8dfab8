package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.ByteBuffer;

import org.jspecify.annotations.Nullable;

/**
 * Walks the records of one segment from a position. Damage is stepped over: the next whole record is the next one found, if its sequence fits: a
 * payload may hold what looks like a record, and a failed write may have left some whose numbers were given to others. One thread.
 */
final class Scan {
    private static final int CHUNK = 256 << 10;

    private final Segment segment;
    private ByteBuffer chunk;
    private long chunkAt;
    private long previous;
    private long damagedBytes;

    Scan(Segment segment, long position) throws IOException {
        this(segment, position, CHUNK);
    }

    /** @param chunk how much to read at once, in bytes, where there is more */
    Scan(Segment segment, long position, int chunk) throws IOException {
        this.segment = segment;
        previous = segment.firstSequence - 1;
        this.chunk = ByteBuffer.allocate(Math.clamp(segment.durable() - position, 1 << 10, chunk));
        fill(position);
    }

    /** Position behind the last record. */
    long position() {
        return chunkAt + chunk.position();
    }

    /** Whether the next record is in memory as a whole. */
    boolean hasNext() {
        var length = RecordFormat.lengthAt(chunk, chunk.position());
        return length > 0 && length <= chunk.remaining();
    }

    /** Bytes that belonged to no whole record so far. */
    long damagedBytes() {
        return damagedBytes;
    }

    /** The next whole record, valid until the next call; null at the end of what is durable. */
    RecordFormat.@Nullable Stored next() throws IOException {
        while (true) {
            var record = RecordFormat.read(chunk);
            if (record != null) {
                if (record.sequence() > previous && record.sequence() <= segment.lastSequence()) {
                    previous = record.sequence();
                    return record;
                }
                continue;
            }
            if (needsMore()) {
                continue;
            }
            if (position() + RecordFormat.HEADER > segment.durable()) {
                return null;
            }
            skipDamage();
        }
    }

    /** Loads more when the record at the position may just not be in the chunk; false when it is damaged or the segment ends. */
    private boolean needsMore() throws IOException {
        var left = segment.durable() - position();
        if (left <= chunk.remaining()) {
            return false;
        }
        if (chunk.remaining() < RecordFormat.HEADER) {
            fill(position());
            return true;
        }
        var length = RecordFormat.lengthAt(chunk, chunk.position());
        if (length == 0 || length <= chunk.remaining() || length > left) {
            return false;
        }
        var at = position();
        if (length > chunk.capacity()) {
            chunk = ByteBuffer.allocate(length);
        }
        fill(at);
        return true;
    }

    private void skipDamage() throws IOException {
        chunk.position(chunk.position() + 1);
        damagedBytes++;
        if (chunk.remaining() < RecordFormat.HEADER) {
            fill(position());
        }
    }

    private void fill(long position) throws IOException {
        chunkAt = position;
        segment.read(chunk, position);
    }
}
