package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.List;

/**
 * A part of a segment in which an endpoint has records that wait, as it was at one moment. Reading it takes nothing.
 *
 * @param offset where its first record begins
 * @param lastSequence of its last record
 */
record Stretch(Segment segment, long offset, long lastSequence) {
    private static final int CHUNK = 64 << 10;

    /** Bytes of the log that are kept because of it, records for others among them. */
    long bytes() {
        return segment.durable() - offset;
    }

    /**
     * Adds the records of a cursor after a sequence until the page is full. A segment that is deleted meanwhile holds nothing that waits.
     *
     * @return whether there is room for more
     */
    boolean read(Cursor cursor, long after, Page page) throws IOException {
        try {
            var scan = new Scan(segment, offset, CHUNK);
            for (var record = scan.next(); record != null && page.hasRoom(); record = scan.next()) {
                var at = record.sequence() <= after ? -1 : record.find(cursor.name());
                if (at >= 0 && cursor.isOpen(record.sequence())) {
                    page.add(new QueuedRecord(
                            cursor.priority(),
                            record.sequence(),
                            record.source(),
                            record.storedAtMillis(),
                            record.expiresAtMillis(at),
                            record.payload()));
                }
            }
        } catch (ClosedChannelException e) {
            if (cursor.needed() <= lastSequence) {
                throw new StoreException("the store was closed while it was read", e);
            }
            // it was delivered while it was read
        }
        return page.hasRoom();
    }

    /** Collects records up to a limit. */
    static final class Page {
        private final List<QueuedRecord> records;
        private final int maxRecords;
        private long bytesLeft;

        /** @param maxBytes stop after so many bytes of payload; one record may go beyond */
        Page(List<QueuedRecord> records, int maxRecords, long maxBytes) {
            this.records = records;
            this.maxRecords = maxRecords;
            bytesLeft = maxBytes;
        }

        boolean hasRoom() {
            return records.size() < maxRecords && bytesLeft > 0;
        }

        private void add(QueuedRecord record) {
            records.add(record);
            bytesLeft -= record.bytes();
        }
    }
}
