package dev.selvedge.hub.store;

/** A sequence for each source of messages, in plain arrays: what waits costs no objects. Source 0 is nobody. One thread. */
final class Sources {
    private int[] sources = new int[16];
    private long[] sequences = new long[16];
    private int size;

    /** What a source of this name is called in records. Two that share a number are treated as one, which only holds back more. */
    static int number(String name) {
        return name.hashCode();
    }

    /** The sequence of a source; 0 when there is none. */
    long get(int source) {
        return size == 0 ? 0 : sequences[place(source)];
    }

    void put(int source, long sequence) {
        if (source == 0) {
            return;
        }
        if (size * 2 > sources.length) {
            resize(sources.length * 2);
        }
        var place = place(source);
        if (sources[place] == 0) {
            sources[place] = source;
            size++;
        }
        sequences[place] = sequence;
    }

    /** Forgets the sources whose sequence is not above this one. */
    void forget(long through) {
        if (size == 0) {
            return;
        }
        var kept = new Sources();
        forEach((source, sequence) -> {
            if (sequence > through) {
                kept.put(source, sequence);
            }
        });
        take(kept);
    }

    void clear() {
        if (size > 0) {
            take(new Sources());
        }
    }

    Sources copy() {
        var copy = new Sources();
        copy.sources = sources.clone();
        copy.sequences = sequences.clone();
        copy.size = size;
        return copy;
    }

    int size() {
        return size;
    }

    void forEach(Visitor visitor) {
        for (int i = 0; i < sources.length; i++) {
            if (sources[i] != 0) {
                visitor.source(sources[i], sequences[i]);
            }
        }
    }

    /** Sees one source. */
    interface Visitor {
        void source(int source, long sequence);
    }

    private int place(int source) {
        var place = (source * 0x9E3779B9) >>> 7 & sources.length - 1;
        while (sources[place] != 0 && sources[place] != source) {
            place = place + 1 & sources.length - 1;
        }
        return place;
    }

    private void resize(int length) {
        var bigger = new Sources();
        bigger.sources = new int[length];
        bigger.sequences = new long[length];
        forEach(bigger::put);
        take(bigger);
    }

    private void take(Sources other) {
        sources = other.sources;
        sequences = other.sequences;
        size = other.size;
    }
}
