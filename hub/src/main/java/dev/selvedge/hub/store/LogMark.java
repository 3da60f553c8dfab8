package dev.selvedge.hub.store;

import java.nio.ByteBuffer;

/**
 * What the state journal says of a log, so that missing files and missing ends are noticed too. Saved when segments come and go and at an
 * orderly stop; the log itself may have more records by now, never fewer.
 *
 * @param first the first sequence that is kept
 * @param last the last sequence that was on disk
 * @param lost records that were missing in what is no longer kept
 */
record LogMark(long first, long last, long lost) {
    static final LogMark NONE = new LogMark(0, 0, 0);

    /** The same, with everything up to this sequence known to have been on disk. */
    LogMark atLeast(long sequence) {
        return sequence > last ? new LogMark(first, sequence, lost) : this;
    }

    byte[] save() {
        return ByteBuffer.allocate(3 * Long.BYTES)
                .putLong(first)
                .putLong(last)
                .putLong(lost)
                .array();
    }

    static LogMark restore(byte[] saved) {
        var bytes = ByteBuffer.wrap(saved);
        return new LogMark(bytes.getLong(), bytes.getLong(), bytes.getLong());
    }
}
