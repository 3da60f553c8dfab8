package dev.selvedge.hub.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * What became of the messages of one endpoint in one priority. How many there were is read off the records, which carry a number of their own
 * for each queue (the <em>ordinal</em>: 1, 2, 3 …); what became of them is counted when it happens, and what waits is counted in the log at every
 * start. So the two sides of
 *
 * <pre>received = delivered + expired + dropped + quarantined + queued</pre>
 *
 * come from different places, and the equation can fail: {@link StoreStats.Queue#mismatch}. A hole in the ordinals is a record lost to damage, and
 * is dropped for that reason. A record that was released from quarantine has got a second ordinal and counts as received once. Where no saved account is
 * left, and segments were given back, the account begins with the first record that is there.
 *
 * <p>Counters and the position up to which they count are saved in one entry of the journal, so that a crash may turn both back but never one of
 * them. Guarded by its cursor.
 */
final class Account {
    static final String DAMAGED = "damaged";

    private final Map<String, Long> dropped = new TreeMap<>();
    private long received;
    private long handled;
    private long waiting;
    private long missing;

    private long delivered;
    private long expired;
    private long quarantined;
    /** Ordinals that stand for nothing that was received: second ones, and those before the first that is known. */
    private long uncounted;

    private long savedReceived;

    /** The ordinal of the last record. */
    long received() {
        return received;
    }

    /** The ordinal up to which everything is settled. */
    long handled() {
        return handled;
    }

    /** Records that are not settled. */
    long waiting() {
        return waiting;
    }

    long expired() {
        return expired;
    }

    long quarantined() {
        return quarantined;
    }

    /** Nobody knows what became of what came before this ordinal. */
    void begin(long ordinal) {
        uncounted += ordinal - 1 - received;
        received = ordinal - 1;
        handled = received;
    }

    /** A record is on disk. */
    void arrived(long ordinal) {
        missing += Math.max(0, ordinal - received - 1);
        received = Math.max(received, ordinal);
        waiting++;
    }

    /** Records have met their fate. */
    void settled(Slot.Outcome outcome, long records) {
        waiting -= records;
        count(outcome, records);
    }

    /** Everything up to this ordinal is settled, this many records among it; the others are holes. */
    void passed(long ordinal, long records) {
        var holes = Math.max(0, ordinal - handled - records);
        missing -= holes;
        lose(holes);
        handled = ordinal;
    }

    /** Records that were thought to wait cannot be read. */
    void unreadable(long records) {
        waiting -= records;
        missing += records;
    }

    /** Nothing waits: what is left are holes. */
    void caughtUp() {
        lose(missing);
        missing = 0;
        handled = received;
    }

    /** A record leaves the quarantine to wait again. */
    void released() {
        quarantined--;
        uncounted++;
    }

    /** A record leaves the quarantine for good. */
    void leftQuarantine(String reason) {
        quarantined--;
        dropped.merge(reason, 1L, Long::sum);
    }

    /**
     * So many records are in quarantine; the others that should be are lost: how many. When there are more they were lost before and are found
     * again, or nobody remembers that they were received.
     */
    long foundInQuarantine(long records) {
        var lost = Math.max(0, quarantined - records);
        lose(lost);
        var found = Math.max(0, records - quarantined);
        var again = Math.min(found, dropped.getOrDefault(DAMAGED, 0L));
        dropped.computeIfPresent(DAMAGED, (_, damaged) -> damaged == again ? null : damaged - again);
        uncounted -= found - again;
        quarantined = records;
        return lost;
    }

    /** The log has been read: what is known to have been there and is not, was at its end. */
    void recovered() {
        missing += Math.max(0, savedReceived - received);
        received = Math.max(received, savedReceived);
    }

    private void lose(long records) {
        if (records > 0) {
            dropped.merge(DAMAGED, records, Long::sum);
        }
    }

    private void count(Slot.Outcome outcome, long records) {
        switch (outcome) {
            case Slot.Dropped(var reason) -> dropped.merge(reason, records, Long::sum);
            case Slot.Fate.DELIVERED -> delivered += records;
            case Slot.Fate.EXPIRED -> expired += records;
            case Slot.Fate.QUARANTINED -> quarantined += records;
            case Slot.Fate.UNREADABLE -> throw new IllegalArgumentException(outcome + " is no record");
        }
    }

    /** @param early what was settled before its turn, which is counted here only when that has come */
    StoreStats.Queue stats(String endpoint, int priority, SettledEarly early) {
        var all = new TreeMap<>(dropped);
        if (missing != 0) {
            all.merge(DAMAGED, missing, Long::sum);
        }
        early.dropped().forEach((reason, count) -> all.merge(reason, count, Long::sum));
        return new StoreStats.Queue(
                endpoint,
                priority,
                received - uncounted,
                delivered + early.delivered(),
                expired + early.count(Slot.Fate.EXPIRED),
                Map.copyOf(all),
                waiting - early.size(),
                quarantined + early.count(Slot.Fate.QUARANTINED));
    }

    int savedSize() {
        var size = 6 * Long.BYTES + 2;
        for (var reason : dropped.keySet()) {
            size += Long.BYTES + 2 + reason.getBytes(StandardCharsets.UTF_8).length;
        }
        return size;
    }

    /**
     * Ordinals handled (8) and received (8); delivered (8), expired (8), in quarantine (8), ordinals that do not count (8); how many reasons there are to
     * drop (2), for each: count (8), length of its name (2), name.
     */
    void save(ByteBuffer to) {
        to.putLong(handled)
                .putLong(received)
                .putLong(delivered)
                .putLong(expired)
                .putLong(quarantined)
                .putLong(uncounted)
                .putShort((short) dropped.size());
        dropped.forEach((reason, count) -> {
            var name = reason.getBytes(StandardCharsets.UTF_8);
            to.putLong(count).putShort((short) name.length).put(name);
        });
    }

    void restore(ByteBuffer from) {
        handled = from.getLong();
        received = handled;
        savedReceived = from.getLong();
        delivered = from.getLong();
        expired = from.getLong();
        quarantined = from.getLong();
        uncounted = from.getLong();
        var reasons = from.getShort();
        for (int i = 0; i < reasons; i++) {
            var count = from.getLong();
            var name = new byte[from.getShort()];
            from.get(name);
            dropped.put(new String(name, StandardCharsets.UTF_8), count);
        }
    }
}
