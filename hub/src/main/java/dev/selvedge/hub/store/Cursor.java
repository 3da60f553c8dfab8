package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * How far one endpoint has come in one priority. What was handed out is settled in order: counters count exactly the records up to
 * {@link #handledThrough}, so that the two can be saved together and {@code received = delivered + expired + dropped + queued} holds at any
 * time. Any thread; its own lock.
 */
final class Cursor {
    private static final String EXPIRED = "\u0000expired";
    private static final String DELIVERED = "\u0000delivered";

    private final PriorityLog log;
    private final byte[] endpoint;
    private final ArrayDeque<Slot> inFlight = new ArrayDeque<>();
    private final Map<String, Long> dropped = new TreeMap<>();
    private long handledThrough;
    private long readThrough;
    private long queued;
    private long delivered;
    private long expired;
    private @Nullable Segment segment;
    private long offset;
    private @Nullable Head head;

    private record Head(long sequence, long storedAtMillis, long expiry) {}

    /** A record that was handed out and what became of it; null while nobody said. */
    private static final class Slot {
        private final long sequence;
        private @Nullable String outcome;

        private Slot(long sequence) {
            this.sequence = sequence;
        }
    }

    Cursor(PriorityLog log, byte[] endpoint) {
        this.log = log;
        this.endpoint = endpoint;
    }

    /** A record for this endpoint is on disk. */
    synchronized void added(long sequence) {
        if (sequence <= handledThrough) {
            return;
        }
        if (queued++ == 0) {
            handledThrough = sequence - 1;
            readThrough = Math.max(readThrough, handledThrough);
        }
    }

    /** Hands out records that were not yet; expired ones are settled on the way. */
    synchronized void poll(int maxRecords, int maxBytes, long now, List<QueuedRecord> into) throws IOException {
        var bytes = into.stream().mapToInt(r -> r.payload().length).sum();
        while (into.size() < maxRecords && bytes < maxBytes && queued > inFlight.size()) {
            var here = segment == null ? log.segmentOf(readThrough + 1) : segment;
            if (here == null) {
                return;
            }
            if (here != segment) {
                segment = here;
                offset = 0;
            }
            var scan = new Scan(here, offset);
            for (var record = scan.next(); record != null; record = scan.next()) {
                offset = scan.position();
                bytes += take(record, now, into);
                if (into.size() >= maxRecords || bytes >= maxBytes || queued == inFlight.size()) {
                    break;
                }
            }
            if (into.size() < maxRecords && bytes < maxBytes && queued > inFlight.size()) {
                segment = log.after(here);
                offset = 0;
                if (segment == null) {
                    segment = here;
                    offset = scan.position();
                    break;
                }
            }
        }
        settle();
    }

    private int take(RecordFormat.Stored record, long now, List<QueuedRecord> into) {
        var sequence = record.sequence();
        var expiry = sequence <= readThrough ? null : record.expiryFor(endpoint);
        if (expiry == null) {
            return 0;
        }
        readThrough = sequence;
        var slot = new Slot(sequence);
        inFlight.add(slot);
        if (expiry <= now) {
            slot.outcome = EXPIRED;
            return 0;
        }
        var payload = record.payload();
        into.add(new QueuedRecord(log.priority(), sequence, record.storedAtMillis(), expiry, payload));
        return payload.length;
    }

    /** The receiver took it. */
    void delivered(long sequence) {
        settle(sequence, DELIVERED);
    }

    /** Nobody will get it. */
    void dropped(long sequence, String reason) {
        settle(sequence, reason);
    }

    private synchronized void settle(long sequence, String outcome) {
        for (var slot : inFlight) {
            if (slot.sequence == sequence) {
                slot.outcome = outcome;
                settle();
                return;
            }
        }
    }

    private void settle() {
        for (var slot = inFlight.peek(); slot != null && slot.outcome != null; slot = inFlight.peek()) {
            inFlight.poll();
            queued--;
            handledThrough = slot.sequence;
            switch (slot.outcome) {
                case DELIVERED -> delivered++;
                case EXPIRED -> expired++;
                default -> dropped.merge(slot.outcome, 1L, Long::sum);
            }
        }
    }

    /** Everything that was handed out and not settled will be handed out again. */
    synchronized void rewind() {
        inFlight.clear();
        readThrough = handledThrough;
        segment = null;
        offset = 0;
    }

    /** Settles what has expired at the head, without a receiver; how many. */
    synchronized long dropExpired(long now) throws IOException {
        var first = inFlight.isEmpty() ? head() : null;
        if (first == null || first.expiry() > now) {
            return 0;
        }
        var before = expired;
        for (var here = log.segmentOf(first.sequence()); here != null; here = log.after(here)) {
            var scan = new Scan(here, 0);
            for (var record = scan.next(); record != null; record = scan.next()) {
                var expiry = record.sequence() <= handledThrough ? null : record.expiryFor(endpoint);
                if (expiry == null) {
                    continue;
                }
                if (expiry > now) {
                    rewind();
                    return expired - before;
                }
                queued--;
                expired++;
                handledThrough = record.sequence();
            }
        }
        rewind();
        return expired - before;
    }

    /** The first record that waits; looked for once, and again when that one is settled. */
    private @Nullable Head head() throws IOException {
        if (queued == 0) {
            return null;
        }
        if (head != null && head.sequence() > handledThrough) {
            return head;
        }
        for (var here = log.segmentOf(handledThrough + 1); here != null; here = log.after(here)) {
            var scan = new Scan(here, 0);
            for (var record = scan.next(); record != null; record = scan.next()) {
                var expiry = record.sequence() <= handledThrough ? null : record.expiryFor(endpoint);
                if (expiry != null) {
                    head = new Head(record.sequence(), record.storedAtMillis(), expiry);
                    return head;
                }
            }
        }
        return null;
    }

    /** The lowest sequence that this cursor still needs. */
    synchronized long needed() {
        return queued == 0 ? Long.MAX_VALUE : handledThrough + 1;
    }

    synchronized long handledThrough() {
        return handledThrough;
    }

    synchronized long queued() {
        return queued;
    }

    /** Records not handed out. */
    synchronized long unread() {
        return queued - inFlight.size();
    }

    /** When the oldest waiting record was stored, epoch milliseconds; 0 when none waits. */
    synchronized long oldestMillis() throws IOException {
        var first = head();
        return first == null ? 0 : first.storedAtMillis();
    }

    synchronized StoreStats.Queue stats() {
        var sum = dropped.values().stream().mapToLong(Long::longValue).sum();
        return new StoreStats.Queue(
                new String(endpoint, StandardCharsets.UTF_8),
                log.priority(),
                delivered + expired + sum + queued,
                delivered,
                expired,
                Map.copyOf(dropped),
                queued);
    }

    /** Position and counters: handled (8), delivered (8), expired (8), then for each reason count (8), length (2), UTF-8. */
    synchronized byte[] save() {
        var size = 24;
        for (var reason : dropped.keySet()) {
            size += 10 + reason.getBytes(StandardCharsets.UTF_8).length;
        }
        var bytes = ByteBuffer.allocate(size)
                .putLong(handledThrough)
                .putLong(delivered)
                .putLong(expired);
        dropped.forEach((reason, count) -> {
            var name = reason.getBytes(StandardCharsets.UTF_8);
            bytes.putLong(count).putShort((short) name.length).put(name);
        });
        return bytes.array();
    }

    synchronized void restore(byte[] saved) {
        var bytes = ByteBuffer.wrap(saved);
        handledThrough = bytes.getLong();
        readThrough = handledThrough;
        delivered = bytes.getLong();
        expired = bytes.getLong();
        while (bytes.hasRemaining()) {
            var count = bytes.getLong();
            var name = new byte[bytes.getShort()];
            bytes.get(name);
            dropped.put(new String(name, StandardCharsets.UTF_8), count);
        }
    }
}
