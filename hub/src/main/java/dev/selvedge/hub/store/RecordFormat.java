package dev.selvedge.hub.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

import org.jspecify.annotations.Nullable;

/**
 * A record in a segment, big-endian: magic (4), CRC32C of all that follows (4), length of all that follows (4), sequence (8), stored at, epoch
 * ms (8), number of destinations (2), for each: expiry, epoch ms (8), length of the endpoint's name (2), name (UTF-8); then the payload.
 */
final class RecordFormat {
    static final int MAGIC = 0x53_4c_56_52;
    /** Magic, CRC and length. */
    static final int HEADER = 12;

    private static final int FIXED = 8 + 8 + 2;
    /** No record is longer: a length beyond it is damage. */
    static final int MAX_LENGTH = 8 << 20;

    private RecordFormat() {}

    /** Destinations as they are written: expiry, name length, name. */
    static byte[] destinations(List<Destination> destinations) {
        var names = new ArrayList<byte[]>();
        var size = 0;
        for (var destination : destinations) {
            var name = destination.endpoint().getBytes(StandardCharsets.UTF_8);
            names.add(name);
            size += 8 + 2 + name.length;
        }
        var bytes = ByteBuffer.allocate(size);
        for (int i = 0; i < destinations.size(); i++) {
            bytes.putLong(destinations.get(i).expiresAtMillis());
            bytes.putShort((short) names.get(i).length).put(names.get(i));
        }
        return bytes.array();
    }

    static int size(byte[] destinations, byte[] payload) {
        return HEADER + FIXED + destinations.length + payload.length;
    }

    /** Writes one record at the buffer's position. */
    static void write(
            ByteBuffer to, long sequence, long storedAtMillis, int count, byte[] destinations, byte[] payload) {
        var start = to.position();
        to.putInt(MAGIC).putInt(0).putInt(FIXED + destinations.length + payload.length);
        to.putLong(sequence).putLong(storedAtMillis).putShort((short) count);
        to.put(destinations).put(payload);
        to.putInt(start + 4, crc(to, start + 8, to.position()));
    }

    /**
     * Reads the record at the buffer's position and moves behind it; null when there is none that is whole and undamaged, with the position
     * unchanged.
     */
    static @Nullable Stored read(ByteBuffer from) {
        var start = from.position();
        if (from.remaining() < HEADER + FIXED || from.getInt(start) != MAGIC) {
            return null;
        }
        var length = from.getInt(start + 8);
        if (length < FIXED || length > MAX_LENGTH || from.remaining() < HEADER + length) {
            return null;
        }
        var end = start + HEADER + length;
        if (crc(from, start + 8, end) != from.getInt(start + 4)) {
            return null;
        }
        from.position(end);
        return new Stored(from, start, end);
    }

    /** Length of the record whose header is at the position, 0 when no header is there. */
    static int lengthAt(ByteBuffer from, int position) {
        if (from.limit() - position < HEADER || from.getInt(position) != MAGIC) {
            return 0;
        }
        var length = from.getInt(position + 8);
        return length < FIXED || length > MAX_LENGTH ? 0 : HEADER + length;
    }

    /**
     * Whether a write that never ended left these last bytes of a file, and not damage: the file ends before the record, or the bytes were never
     * written. The buffer holds all of them, or as many as the longest record has.
     */
    static boolean isUnfinished(ByteBuffer tail) {
        var length = lengthAt(tail, 0);
        return tail.limit() < HEADER || (length > tail.limit() && !hasWrongLength(tail)) || isZero(tail);
    }

    /** Whether a record would be whole here if its length were such that it ends with the file. */
    private static boolean hasWrongLength(ByteBuffer tail) {
        var record = ByteBuffer.allocate(tail.limit()).put(tail.duplicate().position(0));
        record.putInt(8, tail.limit() - HEADER);
        return crc(record, 8, record.limit()) == record.getInt(4);
    }

    private static boolean isZero(ByteBuffer bytes) {
        for (var at = 0; at < bytes.limit(); at++) {
            if (bytes.get(at) != 0) {
                return false;
            }
        }
        return true;
    }

    private static int crc(ByteBuffer bytes, int from, int to) {
        var crc = new CRC32C();
        crc.update(bytes.duplicate().position(from).limit(to));
        return (int) crc.getValue();
    }

    /** A whole record inside a buffer that must not change meanwhile. */
    static final class Stored {
        private final ByteBuffer buffer;
        private final int start;
        private final int end;

        private Stored(ByteBuffer buffer, int start, int end) {
            this.buffer = buffer;
            this.start = start;
            this.end = end;
        }

        int size() {
            return end - start;
        }

        long sequence() {
            return buffer.getLong(start + HEADER);
        }

        long storedAtMillis() {
            return buffer.getLong(start + HEADER + 8);
        }

        /** Calls the visitor for every destination. */
        void destinations(Visitor visitor) {
            var count = buffer.getShort(start + HEADER + 16);
            var at = start + HEADER + FIXED;
            for (int i = 0; i < count; i++) {
                var length = Short.toUnsignedInt(buffer.getShort(at + 8));
                visitor.destination(name(at + 10, length), buffer.getLong(at));
                at += 10 + length;
            }
        }

        /** When the record expires for an endpoint, or null when it is not for that endpoint. */
        @Nullable
        Long expiryFor(byte[] endpoint) {
            var count = buffer.getShort(start + HEADER + 16);
            var at = start + HEADER + FIXED;
            for (int i = 0; i < count; i++) {
                var length = Short.toUnsignedInt(buffer.getShort(at + 8));
                if (length == endpoint.length && same(at + 10, endpoint)) {
                    return buffer.getLong(at);
                }
                at += 10 + length;
            }
            return null;
        }

        byte[] payload() {
            var count = buffer.getShort(start + HEADER + 16);
            var at = start + HEADER + FIXED;
            for (int i = 0; i < count; i++) {
                at += 10 + Short.toUnsignedInt(buffer.getShort(at + 8));
            }
            var payload = new byte[end - at];
            buffer.get(at, payload);
            return payload;
        }

        private boolean same(int at, byte[] endpoint) {
            for (int i = 0; i < endpoint.length; i++) {
                if (buffer.get(at + i) != endpoint[i]) {
                    return false;
                }
            }
            return true;
        }

        private String name(int at, int length) {
            var bytes = new byte[length];
            buffer.get(at, bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /** Sees one destination of a record. */
    interface Visitor {
        void destination(String endpoint, long expiresAtMillis);
    }
}
