package dev.selvedge.hub.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;

import org.jspecify.annotations.Nullable;

/**
 * A record in a segment, big-endian:
 *
 * <table>
 * <caption>Fields in order</caption>
 * <tr><th>bytes<th>what
 * <tr><td>4<td>magic {@code 53 4c 56 52} ("SLVR")
 * <tr><td>4<td>CRC32C of everything after it
 * <tr><td>4<td>length of everything after it, at most {@link #MAX_LENGTH}
 * <tr><td>8<td>sequence: without gaps within the log
 * <tr><td>8<td>when it was stored, epoch milliseconds
 * <tr><td>4<td>number of the source, the hash of its name; 0: nobody's
 * <tr><td>2<td>how many records were written together with it and come before it
 * <tr><td>2<td>how many endpoints it is for
 * <tr><td>8 each<td>when it expires for this endpoint, epoch milliseconds; {@link Long#MAX_VALUE}: never
 * <tr><td>8 each<td>ordinal: without gaps within this endpoint's queue of this priority
 * <tr><td>2 each<td>length of the endpoint's name
 * <tr><td>n each<td>its name, UTF-8
 * <tr><td>rest<td>payload
 * </table>
 */
final class RecordFormat {
    static final int MAGIC = 0x53_4c_56_52;
    /** Magic, CRC and length. */
    static final int HEADER = 12;

    private static final int FIXED = 8 + 8 + 4 + 2 + 2;
    private static final int NAME = 8 + 8 + 2;
    /** No record is longer: a length beyond it is damage. */
    static final int MAX_LENGTH = 8 << 20;

    /** What a disk writes whole or not at all. */
    static final int SECTOR = 512;

    /** How many zeros a payload may end with, so that a record whose length is damaged is still told from one that is not whole. */
    private static final int ZEROS_AT_THE_END = 8;

    private RecordFormat() {}

    /** One endpoint that a record is for. */
    record Target(Cursor cursor, long ordinal, long expiresAtMillis) {}

    static int size(List<Target> targets, byte[] payload) {
        var size = HEADER + FIXED + payload.length;
        for (var target : targets) {
            size += NAME + target.cursor().name().length;
        }
        return size;
    }

    /**
     * Writes one record at the buffer's position.
     *
     * @param behind how many records are written together with it and come before it
     */
    static void write(
            ByteBuffer to,
            long sequence,
            long storedAtMillis,
            int source,
            int behind,
            List<Target> targets,
            byte[] payload) {
        var start = to.position();
        to.putInt(MAGIC).putInt(0).putInt(size(targets, payload) - HEADER);
        to.putLong(sequence).putLong(storedAtMillis).putInt(source);
        to.putShort((short) behind).putShort((short) targets.size());
        for (var target : targets) {
            var name = target.cursor().name();
            to.putLong(target.expiresAtMillis())
                    .putLong(target.ordinal())
                    .putShort((short) name.length)
                    .put(name);
        }
        to.put(payload);
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
     * Whether a write that never ended left these last bytes of a file, and not damage: the file ends before the record, or a part of it was never
     * written and is as zero as everything behind the records.
     *
     * @param tail all of them, or as many as the longest record has
     * @param at where they begin in the file
     */
    static boolean isUnfinished(ByteBuffer tail, long at) {
        var end = endOfData(tail);
        var length = lengthAt(tail, 0);
        return end < HEADER
                || hasNoMagic(tail)
                || (length > end && !hasWrongLength(tail, end))
                || hasUnwritten(tail, at, Math.clamp(length, HEADER, end));
    }

    /** Whether no record ever began here, not even one of which a byte is damaged. */
    private static boolean hasNoMagic(ByteBuffer tail) {
        return IntStream.range(0, 4).filter(i -> tail.get(i) != 0).count() < 2;
    }

    /** Whether some sector that begins or lies in the first bytes is zero as far as the buffer has it. */
    static boolean hasUnwritten(ByteBuffer bytes, long at, int length) {
        for (var from = 0; from < length; ) {
            var to = Math.min(bytes.limit(), from + SECTOR - (int) ((at + from) % SECTOR));
            if (isZero(bytes, from, to)) {
                return true;
            }
            from = to;
        }
        return false;
    }

    static boolean isZero(ByteBuffer bytes) {
        return endOfData(bytes) == 0;
    }

    private static boolean isZero(ByteBuffer bytes, int from, int to) {
        for (var at = from; at < to; at++) {
            if (bytes.get(at) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Where the zeros begin that a buffer ends with. */
    private static int endOfData(ByteBuffer bytes) {
        var end = bytes.limit();
        while (end > 0 && bytes.get(end - 1) == 0) {
            end--;
        }
        return end;
    }

    /** Whether a record would be whole here if its length were such that it ends with the data. */
    private static boolean hasWrongLength(ByteBuffer tail, int end) {
        var record = ByteBuffer.allocate(tail.limit()).put(tail.duplicate().position(0));
        for (var to = end; to <= Math.min(tail.limit(), end + ZEROS_AT_THE_END); to++) {
            record.putInt(8, to - HEADER);
            if (crc(record, 8, to) == record.getInt(4)) {
                return true;
            }
        }
        return false;
    }

    private static int crc(ByteBuffer bytes, int from, int to) {
        var crc = new CRC32C();
        if (bytes.hasArray()) {
            crc.update(bytes.array(), bytes.arrayOffset() + from, to - from);
        } else {
            crc.update(bytes.slice(from, to - from));
        }
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

        int source() {
            return buffer.getInt(start + HEADER + 16);
        }

        /** The first of the records that were written together with it. */
        long firstOfItsWrite() {
            return sequence() - Short.toUnsignedInt(buffer.getShort(start + HEADER + 20));
        }

        /** Where the record speaks of its first endpoint. */
        int firstTarget() {
            return start + HEADER + FIXED;
        }

        /** Calls the visitor for every endpoint. */
        void targets(Visitor visitor) {
            var at = firstTarget();
            for (int left = count(); left > 0; left--) {
                visitor.target(this, at);
                at += NAME + nameLength(at);
            }
        }

        /** Where the record speaks of an endpoint; negative when it is not for that endpoint. */
        int find(byte[] endpoint) {
            var at = firstTarget();
            for (int left = count(); left > 0; left--) {
                if (isFor(endpoint, at)) {
                    return at;
                }
                at += NAME + nameLength(at);
            }
            return -1;
        }

        /** Whether the endpoint spoken of at a place has this name. */
        boolean isFor(byte[] endpoint, int at) {
            return nameLength(at) == endpoint.length && same(at + NAME, endpoint);
        }

        long expiresAtMillis(int at) {
            return buffer.getLong(at);
        }

        long ordinal(int at) {
            return buffer.getLong(at + 8);
        }

        String name(int at) {
            var bytes = new byte[nameLength(at)];
            buffer.get(at + NAME, bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        }

        byte[] payload() {
            var at = firstTarget();
            for (int left = count(); left > 0; left--) {
                at += NAME + nameLength(at);
            }
            var payload = new byte[end - at];
            buffer.get(at, payload);
            return payload;
        }

        private int count() {
            return buffer.getShort(start + HEADER + 22);
        }

        private int nameLength(int at) {
            return Short.toUnsignedInt(buffer.getShort(at + 16));
        }

        private boolean same(int at, byte[] endpoint) {
            for (int i = 0; i < endpoint.length; i++) {
                if (buffer.get(at + i) != endpoint[i]) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Sees one endpoint of a record. */
    interface Visitor {
        void target(Stored record, int at);
    }
}
