package dev.selvedge.operator.cluster;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Gives of all values that are equal the same one, so that it is in memory once. It forgets all when it has seen too many. Thread-safe. */
final class Shared<V> {
    private static final int MANY = 5_000;

    private final Map<V, V> known = new ConcurrentHashMap<>();

    V of(V value) {
        if (known.size() >= MANY) {
            known.clear();
        }
        var first = known.putIfAbsent(value, value);
        return first == null ? value : first;
    }
}
