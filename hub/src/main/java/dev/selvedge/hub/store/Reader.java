package dev.selvedge.hub.store;

import java.io.IOException;
import java.util.ArrayDeque;

import org.jspecify.annotations.Nullable;

/** Reads the records of one endpoint in order, through the segments that have any. Guarded by its cursor. */
final class Reader {
    private final byte[] endpoint;
    private final ArrayDeque<Part> parts;
    private long through;
    private @Nullable Part part;
    private @Nullable Scan scan;
    private @Nullable Segment restedIn;
    private long restedAt;

    Reader(byte[] endpoint, ArrayDeque<Part> parts, long through) {
        this.endpoint = endpoint;
        this.parts = parts;
        this.through = through;
    }

    /** The sequence up to which everything was read. */
    long through() {
        return through;
    }

    /** The part of the record that was read last. */
    Part part() {
        if (part == null) {
            throw new IllegalStateException("nothing was read");
        }
        return part;
    }

    /** Where in the file the record ends that was read last. */
    long position() {
        return scan == null ? 0 : scan.position();
    }

    /** Reads on behind this sequence. */
    void seek(long sequence) {
        through = sequence;
        part = null;
        scan = null;
        restedIn = null;
    }

    /** Reads on behind this sequence if it is not there yet. */
    void skip(long sequence) {
        if (sequence > through) {
            seek(sequence);
        }
    }

    /**
     * The next record, valid until the next call; null when there is none that can be read: then {@link #through} is the last one that there
     * should be.
     */
    RecordFormat.@Nullable Stored next() throws IOException {
        for (var here = here(); here != null; here = here()) {
            var scanning = scan == null ? new Scan(here.segment, start(here)) : scan;
            scan = scanning;
            for (var record = scanning.next(); record != null; record = scanning.next()) {
                if (record.sequence() > through && record.find(endpoint) >= 0) {
                    through = record.sequence();
                    return record;
                }
            }
            through = Math.max(through, here.lastSequence);
        }
        return null;
    }

    /**
     * Lets go of the buffer, unless there is more to read and it has the next record already. Beside large messages it seldom has, and every endpoint
     * has a buffer.
     */
    void rest(boolean caughtUp) {
        if (!caughtUp && scan != null && scan.hasNext()) {
            return;
        }
        if (scan != null && part != null) {
            restedIn = part.segment;
            restedAt = scan.position();
        }
        part = null;
        scan = null;
    }

    private long start(Part here) {
        return here.segment == restedIn ? Math.max(restedAt, here.offset) : here.offset;
    }

    private @Nullable Part here() {
        if (part != null && part.lastSequence > through) {
            return part;
        }
        for (var next : parts) {
            if (next.lastSequence > through) {
                scan = part != null && part.segment == next.segment ? scan : null;
                part = next;
                return next;
            }
        }
        return null;
    }
}
