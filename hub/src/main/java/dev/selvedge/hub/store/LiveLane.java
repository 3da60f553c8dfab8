package dev.selvedge.hub.store;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * Lets what is live go ahead of the backlog. The backlog is what was stored before the receiver came; a record that was stored later may be handed
 * out before its turn when all that its source sent before it is settled or was handed out before it in this lane. So the order within each source
 * is kept, through a rewind and through a crash: what was handed out of a source is at any time a beginning of what it sent.
 *
 * <p>Once something of a source had to wait for its turn, all that follows of it does, until the backlog is through. Guarded by its cursor.
 */
final class LiveLane {
    private static final int ALL = 100;
    private static final int NOBODY = 0;

    private final Reader reader;
    private final SettledEarly settled;
    /** Handed out before their turn, and not settled, or only after something of their source that is not. */
    private final TreeMap<Long, Slot> open = new TreeMap<>();
    /** The last record of each source. */
    private final Map<Integer, Long> last = new HashMap<>();
    /** The same as it was when the receiver came. */
    private Map<Integer, Long> lastOfBacklog = Map.of();
    /** The last record of each source that waits for its turn. */
    private Map<Integer, Long> held = Map.of();

    private long backlog;
    private int turn;

    LiveLane(byte[] endpoint, ArrayDeque<Part> parts, SettledEarly settled) {
        reader = new Reader(endpoint, parts, 0);
        this.settled = settled;
    }

    /** A record is on disk. */
    void stored(int source, long sequence) {
        last.put(source, sequence);
    }

    /** Nothing waits. */
    void caughtUp() {
        open.clear();
        last.clear();
        lastOfBacklog = Map.of();
        held = Map.of();
    }

    /** A receiver came, and nothing is handed out: what is stored up to here is the backlog. */
    void begin(long through) {
        backlog = through;
        lastOfBacklog = Map.copyOf(last);
        rewind();
    }

    /** What was handed out and is not settled will be handed out again. The backlog's turn is first. */
    void rewind() {
        open.clear();
        held = new HashMap<>(lastOfBacklog);
        reader.seek(backlog);
        turn = 0;
    }

    /**
     * Whether the next record is to be a live one, if there is any.
     *
     * @param through up to where all was handed out in its turn
     * @param share how many of a hundred are to be live
     */
    boolean isNext(long through, int share) {
        if (through >= backlog || share == 0) {
            return false;
        }
        turn += share;
        if (turn < ALL) {
            return false;
        }
        turn -= ALL;
        return true;
    }

    /**
     * The next record that may go ahead, valid until the next call, or null.
     *
     * @param handledThrough up to where everything is settled
     */
    RecordFormat.@Nullable Stored next(long handledThrough) throws IOException {
        while (waits(NOBODY) <= handledThrough) {
            var record = reader.next();
            if (record == null) {
                return null;
            }
            if (mustWait(record, handledThrough)) {
                held.put(record.source(), record.sequence());
            } else if (settled.find(record.sequence()) == null) {
                return record;
            }
        }
        return null;
    }

    private boolean mustWait(RecordFormat.Stored record, long handledThrough) {
        return record.source() == NOBODY
                || waits(record.source()) > handledThrough
                || !settled.hasRoom(record.sequence(), backlog);
    }

    private long waits(int source) {
        return held.getOrDefault(source, 0L);
    }

    /** The record that was read last is handed out. */
    void handOut(RecordFormat.Stored record, int at) {
        open.put(
                record.sequence(),
                new Slot(reader.part(), record.sequence(), record.ordinal(at), record.source(), reader.position()));
    }

    /** The record that was read last will not be handed out. */
    void settle(long sequence, Slot.Outcome outcome) {
        settled.put(sequence, outcome, backlog);
    }

    /** The record of this sequence, if it was handed out before its turn. */
    @Nullable
    Slot find(long sequence) {
        return open.get(sequence);
    }

    /** The turn of a record has come: it is not open here any more, if it was. */
    @Nullable
    Slot remove(long sequence) {
        return open.remove(sequence);
    }

    /** Remembers what became of the records of a source, but for those behind one that is open: they are handed out again with that one. */
    void settled(int source) {
        var slots = open.values().iterator();
        while (slots.hasNext()) {
            var slot = slots.next();
            if (slot.source == source) {
                if (slot.outcome == null) {
                    return;
                }
                slots.remove();
                settled.put(slot.sequence, slot.outcome, backlog);
            }
        }
    }

    /** Counts what was settled up to a sequence and forgets the rest; how many were counted. */
    long count(long through, Account account) {
        var counted = settled.count(through, account);
        var passed = open.headMap(through, true);
        for (var slot : passed.values()) {
            if (slot.outcome != null) {
                account.settled(slot.outcome, 1);
                counted++;
            }
        }
        passed.clear();
        return counted;
    }

    /** Records that are not to be handed out in their turn. */
    int size() {
        return open.size() + settled.size();
    }

    void forEachOpen(Consumer<Slot> action) {
        open.values().forEach(action);
    }

    boolean hasOpen() {
        return !open.isEmpty();
    }

    void rest(boolean caughtUp) {
        reader.rest(caughtUp);
    }
}
