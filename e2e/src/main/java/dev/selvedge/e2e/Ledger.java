package dev.selvedge.e2e;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Counts what arrived against what was acknowledged. A <em>stream</em> is one run of one module, whose readings are numbered 1, 2, 3, … without
 * a gap. Thread-safe.
 */
public final class Ledger {
    private static final int LATE_TO_TELL = 10;

    private final Map<Stream, Arrivals> streams = new TreeMap<>();
    private final List<String> late = new ArrayList<>();

    /** One run of one module: the order holds inside it. */
    public record Stream(String source, String run) implements Comparable<Stream> {
        @Override
        public int compareTo(Stream other) {
            return Comparator.comparing(Stream::source)
                    .thenComparing(Stream::run)
                    .compare(this, other);
        }
    }

    /** A reading reached the upstream. */
    public synchronized void arrived(Stream stream, long sequence) {
        var arrivals = streams.computeIfAbsent(stream, _ -> new Arrivals());
        var highest = arrivals.highest;
        if (!arrivals.arrived(Math.toIntExact(sequence)) && late.size() < LATE_TO_TELL) {
            late.add(stream.source() + ", run " + stream.run() + ": " + sequence + " after " + highest);
        }
    }

    /** The first few readings that came out of order, in words. */
    public synchronized List<String> late() {
        return List.copyOf(late);
    }

    /** The hub acknowledged all readings of a stream up to this one. */
    public synchronized void acknowledged(Stream stream, long sequence) {
        var arrivals = streams.computeIfAbsent(stream, _ -> new Arrivals());
        arrivals.acknowledged = Math.max(arrivals.acknowledged, Math.toIntExact(sequence));
    }

    /** Starts from nothing. */
    public synchronized void clear() {
        streams.clear();
        late.clear();
    }

    /** Readings of a stream that arrived, each counted once. */
    public synchronized long arrivedFrom(String source) {
        return streams.entrySet().stream()
                .filter(e -> e.getKey().source().equals(source))
                .mapToLong(e -> e.getValue().seen.cardinality())
                .sum();
    }

    /** Readings of a source that are known to be acknowledged and have not arrived. */
    public synchronized long awaitedFrom(String source) {
        return streams.entrySet().stream()
                .filter(e -> e.getKey().source().equals(source))
                .mapToLong(e -> e.getValue().missing())
                .sum();
    }

    /** Everything that arrived, each reading counted once. */
    public synchronized long arrived() {
        return streams.values().stream().mapToLong(a -> a.seen.cardinality()).sum();
    }

    /** The account of the sources that number their readings without a gap. */
    public synchronized Account account(List<String> sources) {
        var published = 0L;
        var arrived = 0L;
        var lost = 0L;
        var outOfOrder = 0L;
        var duplicates = 0L;
        for (var entry : streams.entrySet()) {
            var arrivals = entry.getValue();
            outOfOrder += arrivals.outOfOrder;
            duplicates += arrivals.duplicates;
            if (sources.contains(entry.getKey().source())) {
                published += Math.max(arrivals.acknowledged, arrivals.seen.length() - 1L);
                arrived += arrivals.seen.cardinality();
                lost += arrivals.missing();
            }
        }
        return new Account(published, arrived, lost, outOfOrder, duplicates);
    }

    /** What became of everything: the line at the end of the demo. */
    public record Account(long published, long arrived, long lost, long outOfOrder, long duplicates) {
        @Override
        public String toString() {
            return "published " + published + ", arrived " + arrived + ", lost " + lost + ", out of order " + outOfOrder
                    + ", duplicates " + duplicates;
        }
    }

    private static final class Arrivals {
        private final BitSet seen = new BitSet();
        private int highest;
        private int acknowledged;
        private long outOfOrder;
        private long duplicates;

        /** Whether it is in order, or was here before. */
        boolean arrived(int sequence) {
            if (seen.get(sequence)) {
                duplicates++;
                return true;
            }
            var inOrder = sequence > highest;
            if (!inOrder) {
                outOfOrder++;
            }
            highest = Math.max(highest, sequence);
            seen.set(sequence);
            return inOrder;
        }

        /** Numbers from 1 to the last one acknowledged or seen that never arrived. */
        int missing() {
            var last = Math.max(0, Math.max(acknowledged, seen.length() - 1));
            return last - seen.get(1, last + 1).cardinality();
        }
    }
}
