package dev.selvedge.hub.store;

import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * Records of a cursor whose fate is known before their turn has come, so that they are not handed out in it: one bit for each that was delivered,
 * an entry for each of the others. In memory only: after a restart they are handed out again. Guarded by its cursor.
 */
final class SettledEarly {
    private static final int MOST_DELIVERED = 8 << 20;
    private static final int MOST_OTHERS = 10_000;

    private final BitSet delivered = new BitSet();
    private final TreeMap<Long, Slot.Outcome> others = new TreeMap<>();
    private long before;
    private int size;

    /**
     * Whether a record can be remembered.
     *
     * @param behind as for {@link #put}
     */
    boolean hasRoom(long sequence, long behind) {
        var first = delivered.isEmpty() ? behind : before;
        return sequence - first <= MOST_DELIVERED && others.size() < MOST_OTHERS;
    }

    /** @param behind a sequence below that of every record that is delivered early from now on */
    void put(long sequence, Slot.Outcome outcome, long behind) {
        size++;
        if (outcome != Slot.Fate.DELIVERED) {
            others.put(sequence, outcome);
            return;
        }
        if (delivered.isEmpty()) {
            before = behind;
        }
        delivered.set(bit(sequence));
    }

    /** What became of a record, null when it is not here. */
    Slot.@Nullable Outcome find(long sequence) {
        return isDelivered(sequence) ? Slot.Fate.DELIVERED : others.get(sequence);
    }

    /** Takes off a record that is here. */
    void remove(long sequence) {
        if (others.remove(sequence) == null) {
            delivered.clear(bit(sequence));
        }
        size--;
    }

    /** Forgets a record in quarantine; whether there is such a one. */
    boolean removeQuarantined(long sequence) {
        var there = others.remove(sequence, Slot.Fate.QUARANTINED);
        size -= there ? 1 : 0;
        return there;
    }

    /** Counts all up to a sequence and takes them off; how many. */
    long count(long through, Account account) {
        var counted = 0;
        if (through > before && !delivered.isEmpty()) {
            var end = Math.clamp(through - before, 0, delivered.length());
            counted = delivered.get(0, end).cardinality();
            delivered.clear(0, end);
            account.settled(Slot.Fate.DELIVERED, counted);
        }
        var passed = others.headMap(through, true);
        counted += passed.size();
        passed.values().forEach(outcome -> account.settled(outcome, 1));
        passed.clear();
        size -= counted;
        return counted;
    }

    long delivered() {
        return (long) size - others.size();
    }

    /** Records of a fate other than that of having been delivered. */
    long count(Slot.Fate fate) {
        return others.values().stream().filter(fate::equals).count();
    }

    /** How many were dropped for each reason. */
    Map<String, Long> dropped() {
        return others.values().stream()
                .filter(Slot.Dropped.class::isInstance)
                .collect(Collectors.groupingBy(outcome -> ((Slot.Dropped) outcome).reason(), Collectors.counting()));
    }

    int size() {
        return size;
    }

    private boolean isDelivered(long sequence) {
        return sequence > before && sequence - before <= MOST_DELIVERED && delivered.get(bit(sequence));
    }

    private int bit(long sequence) {
        return Math.toIntExact(sequence - before - 1);
    }
}
