package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntSupplier;

import org.jspecify.annotations.Nullable;

/**
 * What waits for one endpoint: first by priority, then in the order of arrival, but that live records of a source without a backlog get a share of
 * their own while a backlog drains (see {@link #begin}). So that nothing starves, every {@value #FLOOR}th hand-out of a
 * priority goes to what is below it, if anything waits there; the same holds among those below. One consumer at a time; what it does not acknowledge is handed
 * out again after {@link #rewind} or a restart, so delivery is at least once.
 */
public final class EndpointQueue {
    static final int FLOOR = 10;

    private final String endpoint;
    private final List<Cursor> cursors;
    private final InstantSource clock;
    private final Runnable progressed;
    private final IntSupplier liveShare;
    private final Quarantiner quarantiner;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    /** How many hand-outs each priority has had since it last let a lower one go first. */
    private final int[] turns;

    /** Puts records into quarantine. */
    interface Quarantiner {
        CompletableFuture<Void> quarantine(Cursor cursor, QueuedRecord record, String reason);
    }

    EndpointQueue(
            String endpoint,
            List<PriorityLog> logs,
            InstantSource clock,
            Runnable progressed,
            IntSupplier liveShare,
            Quarantiner quarantiner) {
        this.endpoint = endpoint;
        var name = endpoint.getBytes(StandardCharsets.UTF_8);
        cursors = logs.stream().map(log -> new Cursor(log, name)).toList();
        turns = new int[cursors.size()];
        this.clock = clock;
        this.progressed = progressed;
        this.liveShare = liveShare;
        this.quarantiner = quarantiner;
    }

    public String endpoint() {
        return endpoint;
    }

    /**
     * The next records that were not handed out, highest priority first but for the floor; expired ones are counted and left out.
     *
     * @param maxBytes stop after so many bytes of payload; one record may go beyond
     */
    public List<QueuedRecord> poll(int maxRecords, int maxBytes) throws IOException {
        var records = new ArrayList<QueuedRecord>();
        var now = clock.millis();
        var share = liveShare.getAsInt();
        var bytes = 0;
        while (records.size() < maxRecords && bytes < maxBytes) {
            var record = next(0, now, share);
            if (record == null) {
                break;
            }
            records.add(record);
            bytes += record.bytes();
        }
        cursors.forEach(Cursor::rest);
        return records;
    }

    /** The next record of this priority or a lower one. */
    private @Nullable QueuedRecord next(int priority, long now, int share) throws IOException {
        if (priority == cursors.size()) {
            return null;
        }
        var letsLowerGo = turns[priority] == FLOOR - 1;
        var record = letsLowerGo
                ? next(priority + 1, now, share)
                : cursors.get(priority).next(now, share);
        turns[priority] = letsLowerGo ? 0 : record == null ? turns[priority] : turns[priority] + 1;
        if (record != null) {
            return record;
        }
        return letsLowerGo ? cursors.get(priority).next(now, share) : next(priority + 1, now, share);
    }

    /**
     * The next records of one priority after a sequence, without handing them out: nothing changes.
     *
     * @param maxBytes stop after so many bytes of payload; one record may go beyond
     */
    public List<QueuedRecord> peek(int priority, long after, int maxRecords, int maxBytes) throws IOException {
        var records = new ArrayList<QueuedRecord>();
        var page = new Stretch.Page(records, maxRecords, maxBytes);
        var cursor = cursors.get(priority);
        for (var stretch : cursor.stretches()) {
            if (stretch.lastSequence() > after && !stretch.read(cursor, after, page)) {
                break;
            }
        }
        return records;
    }

    /** Bytes of the log that are kept because something waits here in this priority, records for others among them. */
    public long heldBytes(int priority) {
        return cursors.get(priority).stretches().stream()
                .mapToLong(Stretch::bytes)
                .sum();
    }

    /** When the oldest waiting record of a priority was stored, epoch milliseconds; 0 when none waits. */
    public long oldestMillis(int priority) throws IOException {
        return cursors.get(priority).oldestMillis();
    }

    /** The receiver took the record; it will not be handed out again. In any order. */
    public void acknowledge(QueuedRecord record) {
        cursors.get(record.priority()).settle(record.sequence(), Slot.Fate.DELIVERED);
        progressed.run();
    }

    /** Settles a record that has expired since it was handed out; whether it has. */
    public boolean expire(QueuedRecord record) {
        if (record.expiresAtMillis() > clock.millis()) {
            return false;
        }
        cursors.get(record.priority()).settle(record.sequence(), Slot.Fate.EXPIRED);
        progressed.run();
        return true;
    }

    /** The record is given up: counted as dropped for a reason. */
    public void reject(QueuedRecord record, String reason) {
        cursors.get(record.priority()).settle(record.sequence(), new Slot.Dropped(reason));
        progressed.run();
    }

    /**
     * The receiver will not take the record: it is put aside, out of the way of what is behind it, and completes when that is on disk. Until then,
     * and when it fails, the record counts as handed out.
     *
     * @param reason for people; clipped to 200 characters
     */
    public CompletableFuture<Void> quarantine(QueuedRecord record, String reason) {
        return quarantiner.quarantine(cursors.get(record.priority()), record, reason);
    }

    /** Everything that was handed out and not acknowledged will be handed out again, in order. */
    public void rewind() {
        cursors.forEach(Cursor::rewind);
    }

    /**
     * As {@link #rewind}, for a receiver that has just come: what waits now is its backlog. A record that is stored from now on may be handed out
     * before it, if nothing waits that its source sent earlier.
     */
    public void begin() {
        cursors.forEach(Cursor::begin);
    }

    /** Is called on the writer thread when new records are on disk; must not block. */
    public void onAvailable(Runnable listener) {
        listeners.add(listener);
    }

    /** Records that wait, handed out or not. */
    public long queued() {
        return cursors.stream().mapToLong(Cursor::queued).sum();
    }

    /** Records that were not handed out. */
    public long unread() {
        return cursors.stream().mapToLong(Cursor::unreadRecords).sum();
    }

    /** When the oldest waiting record was stored, epoch milliseconds; 0 when none waits. */
    public long oldestMillis() throws IOException {
        var oldest = 0L;
        for (var cursor : cursors) {
            var millis = cursor.oldestMillis();
            oldest = oldest == 0 || (millis != 0 && millis < oldest) ? millis : oldest;
        }
        return oldest;
    }

    Cursor cursor(int priority) {
        return cursors.get(priority);
    }

    List<Cursor> cursors() {
        return cursors;
    }

    void available() {
        listeners.forEach(Runnable::run);
    }
}
