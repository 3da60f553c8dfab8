package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * How far one endpoint has come in one priority. What was handed out is settled in order: the counters of the {@link Account} count exactly the
 * records up to {@link #handledThrough}, so that the two can be saved together. Any thread; its own lock.
 */
final class Cursor {
    private static final int PEEK = 4 << 10;

    private final PriorityLog log;
    private final byte[] name;
    private final Account account = new Account();
    private final ArrayDeque<Part> parts = new ArrayDeque<>();
    private final Slots slots = new Slots();
    private final Reader reader;
    private final SettledEarly settledEarly = new SettledEarly();
    private final LiveLane live;
    private long handledThrough;
    private long lastSequence;
    private long handedOut;
    private long issued;
    private boolean moved;
    private long neededWhenSaved = Long.MAX_VALUE;
    /** The number of the last record that left the quarantine: all before it did too. */
    private long leftThrough;

    private @Nullable Head head;

    private record Head(long sequence, long storedAtMillis, long expiry) {}

    Cursor(PriorityLog log, byte[] name) {
        this.log = log;
        this.name = name;
        reader = new Reader(name, parts, 0);
        live = new LiveLane(name, parts, settledEarly);
    }

    /** The endpoint's name, UTF-8; must not be changed. */
    byte[] name() {
        return name;
    }

    int priority() {
        return log.priority();
    }

    /** The ordinal of a record that is about to be written. Writer thread. */
    long issue() {
        return ++issued;
    }

    /** Records were not written after all: their ordinals are free. Writer thread. */
    synchronized void takeBack() {
        issued = account.received();
    }

    /**
     * A record for this endpoint is on disk.
     *
     * @param offset where it begins in the file
     */
    synchronized void added(
            Segment segment, long offset, long sequence, int source, long ordinal, long expiresAtMillis) {
        if (sequence <= handledThrough) {
            return;
        }
        var first = account.waiting() == 0;
        var part = parts.peekLast();
        if (part == null || part.segment != segment) {
            part = new Part(segment, offset);
            parts.add(part);
        }
        if (isUnknown()) {
            account.begin(ordinal);
        }
        account.arrived(ordinal);
        if (first) {
            account.passed(ordinal - 1, 0);
            handledThrough = sequence - 1;
            reader.skip(handledThrough);
        }
        part.waiting++;
        part.lastSequence = sequence;
        part.lastOrdinal = account.received();
        part.lastExpiry = Math.max(part.lastExpiry, expiresAtMillis);
        lastSequence = Math.max(lastSequence, sequence);
        live.stored(source, sequence);
    }

    /** Whether nobody knows what became of its records in the part of the log that was given back. */
    private boolean isUnknown() {
        return handledThrough == 0 && log.hadGivenBack();
    }

    /** The log has been read at the start. */
    synchronized void recovered() {
        account.recovered();
        issued = account.received();
        if (account.waiting() == 0 && account.handled() < account.received()) {
            caughtUp();
        }
    }

    /**
     * Hands out the next record that was not yet, null when there is none; expired ones are settled on the way.
     *
     * @param liveShare how many of a hundred may be live ones while a backlog drains
     */
    synchronized @Nullable QueuedRecord next(long now, int liveShare) throws IOException {
        var ahead = live.isNext(reader.through(), liveShare) ? nextLive(now) : null;
        var next = ahead == null ? nextInTurn(now) : ahead;
        settle();
        return next;
    }

    private @Nullable QueuedRecord nextLive(long now) throws IOException {
        for (var record = live.next(handledThrough); record != null; record = live.next(handledThrough)) {
            var at = record.find(name);
            if (record.expiresAtMillis(at) > now) {
                live.handOut(record, at);
                return handOut(record, at);
            }
            live.settle(record.sequence(), Slot.Fate.EXPIRED);
        }
        return null;
    }

    private @Nullable QueuedRecord nextInTurn(long now) throws IOException {
        while (unread() > 0 || reader.through() < lastSequence) {
            var record = reader.next();
            if (record == null) {
                skipUnreadable();
                return null;
            }
            var next = take(record, now);
            if (next != null) {
                return next;
            }
        }
        return null;
    }

    private @Nullable QueuedRecord take(RecordFormat.Stored record, long now) {
        var ahead = live.remove(record.sequence());
        if (ahead != null) {
            handedOut++;
            slots.add(ahead);
            return null;
        }
        var at = record.find(name);
        var slot = new Slot(reader.part(), record.sequence(), record.ordinal(at), record.source(), reader.position());
        slots.add(slot);
        slot.outcome = settledEarly.find(slot.sequence);
        slot.early = slot.outcome != null;
        if (slot.early) {
            return null;
        }
        handedOut++;
        slot.outcome = record.expiresAtMillis(at) <= now ? Slot.Fate.EXPIRED : null;
        return slot.outcome == null ? handOut(record, at) : null;
    }

    private QueuedRecord handOut(RecordFormat.Stored record, int at) {
        return new QueuedRecord(
                log.priority(),
                record.sequence(),
                record.source(),
                record.storedAtMillis(),
                record.expiresAtMillis(at),
                record.payload());
    }

    /** What is left unread was damaged since it was written. */
    private void skipUnreadable() {
        var last = slots.last();
        if (reader.through() > (last == null ? handledThrough : last.sequence)) {
            var part = parts.getLast();
            var slot = new Slot(part, reader.through(), part.lastOrdinal, 0, part.offset);
            slot.outcome = Slot.Fate.UNREADABLE;
            slots.add(slot);
        }
    }

    /** Nothing more is handed out for now. */
    synchronized void rest() {
        var caughtUp = unread() == 0;
        reader.rest(caughtUp);
        live.rest(caughtUp);
    }

    /** What became of a record that was handed out; of no account when that is settled already. */
    synchronized void settle(long sequence, Slot.Outcome outcome) {
        var slot = find(sequence);
        if (slot != null && slot.outcome == null) {
            slot.outcome = outcome;
            if (!slots.anyOpen(slot.source)) {
                live.settled(slot.source);
            }
            settle();
        }
    }

    /**
     * A record that was handed out is in quarantine, also when it was called back while its file was written. False when it was settled meanwhile.
     */
    synchronized boolean quarantined(long sequence) {
        var slot = find(sequence);
        if (slot == null && !isSettled(sequence) && settledEarly.find(sequence) == null) {
            settledEarly.put(sequence, Slot.Fate.QUARANTINED, handledThrough);
            return true;
        }
        if (slot == null || slot.outcome != null) {
            return false;
        }
        settle(sequence, Slot.Fate.QUARANTINED);
        return true;
    }

    private @Nullable Slot find(long sequence) {
        var slot = slots.find(sequence);
        return slot == null ? live.find(sequence) : slot;
    }

    /** Whether this record is behind this cursor for good. */
    synchronized boolean isSettled(long sequence) {
        return sequence <= handledThrough;
    }

    /** Whether a record that was not settled when its cursor was last saved still waits in the log. */
    synchronized boolean waitsFor(long sequence) {
        return !isSettled(sequence)
                && parts.stream()
                        .anyMatch(part -> part.segment.firstSequence <= sequence && sequence <= part.lastSequence);
    }

    /** A record is in quarantine and no more in the log: where nothing else waits, that is how far this cursor has come. */
    synchronized void passed(long sequence) {
        if (parts.isEmpty() && sequence > handledThrough) {
            moved = true;
            handledThrough = sequence;
            lastSequence = Math.max(lastSequence, sequence);
            reader.skip(sequence);
        }
    }

    /** So many records are in quarantine; how many others should be. */
    synchronized long foundInQuarantine(long records) {
        return account.foundInQuarantine(records);
    }

    synchronized long leftThrough() {
        return leftThrough;
    }

    /**
     * A record left the quarantine.
     *
     * @param number its number there
     * @param reason why it was dropped; null when it was released
     */
    synchronized void leftQuarantine(long number, long sequence, @Nullable String reason) {
        moved = true;
        leftThrough = Math.max(leftThrough, number);
        var slot = find(sequence);
        if (settledEarly.removeQuarantined(sequence)) {
            if (slot == null) {
                // it is handed out again
                return;
            }
            slot.early = false;
            handedOut++;
        }
        if (slot != null && slot.outcome == Slot.Fate.QUARANTINED && reason != null) {
            slot.outcome = new Slot.Dropped(reason);
        } else if (reason != null) {
            account.leftQuarantine(reason);
        } else {
            account.released();
        }
    }

    private void settle() {
        for (var slot = slots.first(); slot != null && slot.outcome != null; slot = slots.first()) {
            slots.remove();
            settleFirst(slot, slot.outcome);
        }
        if (account.waiting() == 0 && !parts.isEmpty()) {
            caughtUp();
        }
    }

    private void settleFirst(Slot slot, Slot.Outcome outcome) {
        moved = true;
        if (outcome == Slot.Fate.UNREADABLE) {
            var early = live.count(slot.sequence, account);
            slot.part.waiting -= early;
            account.passed(slot.ordinal, early);
        } else {
            if (slot.early) {
                settledEarly.remove(slot.sequence);
            } else {
                handedOut--;
            }
            slot.part.waiting--;
            slot.part.offset = slot.end;
            account.settled(outcome, 1);
            account.passed(slot.ordinal, 1);
        }
        handledThrough = slot.sequence;
        for (var part = parts.peek(); part != null && part.lastSequence <= handledThrough; part = parts.peek()) {
            parts.remove();
            account.unreadable(part.waiting);
        }
    }

    private void caughtUp() {
        moved = true;
        slots.clear();
        parts.clear();
        account.caughtUp();
        live.caughtUp();
        handledThrough = lastSequence;
        reader.skip(handledThrough);
    }

    /** Everything that was handed out and not settled will be handed out again. */
    synchronized void rewind() {
        slots.forEach(this::remember);
        slots.clear();
        live.forEachOpen(this::remember);
        live.rewind();
        handedOut = 0;
        reader.seek(handledThrough);
    }

    private void remember(Slot slot) {
        if (slot.outcome == Slot.Fate.QUARANTINED && !slot.early) {
            settledEarly.put(slot.sequence, slot.outcome, handledThrough);
        }
    }

    /** As {@link #rewind}, for a receiver that has just come: what waits is the backlog, what is stored from now on is live. */
    synchronized void begin() {
        rewind();
        live.begin(lastSequence);
    }

    /**
     * Settles everything up to a sequence where a segment ends, without reading it: what was taken meanwhile as what became of it, the rest as
     * dropped. Whoever still has one of those records may say what he wants of it: it is not counted again.
     */
    synchronized void giveUp(long through, String reason) {
        var dropped = new Slot.Dropped(reason);
        for (var part = parts.peek(); part != null && part.segment.lastSequence() <= through; part = parts.peek()) {
            settleWhole(part, dropped);
        }
        settle();
    }

    /** Settles what has expired at the head, without a receiver, whole segments without reading them. */
    synchronized void dropExpired(long now) throws IOException {
        if (!slots.isEmpty() || live.hasOpen()) {
            return;
        }
        for (var part = parts.peek(); part != null && part.lastExpiry <= now; part = parts.peek()) {
            settleWhole(part, Slot.Fate.EXPIRED);
        }
        var first = head();
        if (first != null && first.expiry() <= now) {
            nextInTurn(now);
            settle();
            rewind();
        }
        settle();
    }

    private void settleWhole(Part part, Slot.Outcome outcome) {
        var rest = part.waiting;
        for (var slot = slots.first(); slot != null && slot.sequence <= part.lastSequence; slot = slots.first()) {
            slots.remove();
            if (slot.isWaiting() && !slot.early) {
                handedOut--;
                if (slot.outcome != null) {
                    account.settled(slot.outcome, 1);
                    rest--;
                }
            }
        }
        rest -= live.count(part.lastSequence, account);
        account.settled(outcome, rest);
        account.passed(part.lastOrdinal, part.waiting);
        moved = true;
        parts.remove(part);
        handledThrough = part.lastSequence;
        reader.skip(handledThrough);
    }

    /** The first record that waits; looked for once, and again when that one is settled. */
    private @Nullable Head head() throws IOException {
        if (account.waiting() == 0) {
            return null;
        }
        if (head != null && head.sequence() > handledThrough) {
            return head;
        }
        for (var part : parts) {
            var scan = new Scan(part.segment, part.offset, PEEK);
            for (var record = scan.next(); record != null; record = scan.next()) {
                var at = record.sequence() <= handledThrough ? -1 : record.find(name);
                if (at >= 0) {
                    head = new Head(record.sequence(), record.storedAtMillis(), record.expiresAtMillis(at));
                    return head;
                }
            }
        }
        return null;
    }

    /** No lower sequence is needed by this cursor: what lies before the first segment in which something waits for it is others'. */
    synchronized long needed() {
        var first = parts.peek();
        return first == null ? Long.MAX_VALUE : Math.max(handledThrough + 1, first.segment.firstSequence);
    }

    /** {@link #needed} as of the last save: what is settled since then is looked for again after a crash, and would be missed as damaged. */
    synchronized long neededWhenSaved() {
        return neededWhenSaved;
    }

    /** The highest sequence that is known to have been on disk for this cursor. */
    synchronized long lastSequence() {
        return Math.max(lastSequence, handledThrough);
    }

    /** Records not settled. */
    synchronized long queued() {
        return account.waiting() - settledEarly.size();
    }

    private long unread() {
        return account.waiting() - handedOut - live.size();
    }

    /** Records not handed out. */
    synchronized long unreadRecords() {
        return unread();
    }

    /** Where what waits lies, in order. */
    synchronized List<Stretch> stretches() {
        return parts.stream()
                .map(part -> new Stretch(part.segment, part.offset, part.lastSequence))
                .toList();
    }

    /** Whether nobody has said yet what becomes of a record of the log. */
    synchronized boolean isOpen(long sequence) {
        var slot = find(sequence);
        return !isSettled(sequence) && settledEarly.find(sequence) == null && (slot == null || slot.outcome == null);
    }

    /** When the oldest waiting record was stored, epoch milliseconds; 0 when none waits. */
    synchronized long oldestMillis() throws IOException {
        var first = head();
        return first == null ? 0 : first.storedAtMillis();
    }

    synchronized StoreStats.Queue stats(String endpoint) {
        return account.stats(endpoint, log.priority(), settledEarly);
    }

    /** {@link #save} if anything was settled since the last time, or null. */
    synchronized byte @Nullable [] saveIfMoved() {
        neededWhenSaved = needed();
        return moved ? save() : null;
    }

    /**
     * Position and counters: last sequence handled (8), last sequence known (8), last number that left the quarantine (8), then the
     * {@link Account}.
     */
    synchronized byte[] save() {
        moved = false;
        neededWhenSaved = needed();
        var bytes = ByteBuffer.allocate(3 * Long.BYTES + account.savedSize());
        bytes.putLong(handledThrough).putLong(lastSequence).putLong(leftThrough);
        account.save(bytes);
        return bytes.array();
    }

    synchronized void restore(byte[] saved) {
        var bytes = ByteBuffer.wrap(saved);
        handledThrough = bytes.getLong();
        lastSequence = bytes.getLong();
        leftThrough = bytes.getLong();
        account.restore(bytes);
        reader.seek(handledThrough);
    }
}
