package dev.selvedge.bench.load;

import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;

/** What arrived at one receiver, source by source. Thread-safe. */
public final class Ledger implements Subscriber.Arrival {
    private final Map<Integer, Page> pages = new TreeMap<>();
    private long arrivals;
    private long firstNanos;
    private long lastNanos;

    @Override
    public synchronized void arrived(int source, long number, long sentNanos) {
        lastNanos = System.nanoTime();
        if (arrivals++ == 0) {
            firstNanos = lastNanos;
        }
        pages.computeIfAbsent(source, _ -> new Page()).arrived(Math.toIntExact(number));
    }

    /** Everything that came, repeats included. */
    public synchronized long arrivals() {
        return arrivals;
    }

    /** Everything that came, each message counted once. */
    public synchronized long distinct() {
        return pages.values().stream()
                .mapToLong(page -> page.seen.cardinality())
                .sum();
    }

    /** Messages that came again. */
    public synchronized long repeats() {
        return arrivals - distinct();
    }

    /** Messages whose first arrival was after that of a later one of the same source. */
    public synchronized long outOfOrder() {
        return pages.values().stream().mapToLong(page -> page.outOfOrder).sum();
    }

    /** How many of a source's messages from 1 to {@code last} did not come. */
    public synchronized long missing(int source, long last) {
        var page = pages.getOrDefault(source, new Page());
        return last - page.seen.get(1, Math.toIntExact(last) + 1).cardinality();
    }

    /** Distinct messages a second between the first arrival and the last. */
    public synchronized double perSecond() {
        return lastNanos == firstNanos ? 0 : distinct() * 1e9 / (lastNanos - firstNanos);
    }

    private static final class Page {
        private final BitSet seen = new BitSet();
        private int highest;
        private long outOfOrder;

        void arrived(int number) {
            if (number < highest && !seen.get(number)) {
                outOfOrder++;
            }
            highest = Math.max(highest, number);
            seen.set(number);
        }
    }
}
