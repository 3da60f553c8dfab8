package dev.selvedge.operator.cache;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

/** Gives of all values that are equal the same one, so that it is in memory once. It forgets all when it has seen too many. Thread-safe. */
final class Shared {
    private static final int MANY = 10_000;

    private final Map<Object, Object> known = new ConcurrentHashMap<>();

    /** A value equal to this one. Nobody may change either from now on. */
    @SuppressWarnings("unchecked")
    <V> V of(V value) {
        if (known.size() >= MANY) {
            known.clear();
        }
        var first = known.putIfAbsent(value, value);
        return first == null ? value : (V) first;
    }

    <V> @Nullable V orNull(@Nullable V value) {
        return value == null ? null : of(value);
    }

    /** A list of the same values; empty for null. */
    <V> List<V> each(@Nullable List<V> values) {
        return values == null ? List.of() : values.stream().map(this::of).toList();
    }
}
