package dev.selvedge.hub.session;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

import dev.selvedge.identity.Identity;

/**
 * The topic filters of one client with the quality of service granted to each (0 or 1). Immutable.
 */
public record Subscriptions(Identity client, Map<String, Integer> filters) {
    /** Most filters of one client. */
    public static final int MAX_FILTERS = 50;
    /** Longest filter, in characters. */
    public static final int MAX_FILTER_LENGTH = 1024;

    public Subscriptions {
        filters = Map.copyOf(filters);
    }

    public static Subscriptions none(Identity client) {
        return new Subscriptions(client, Map.of());
    }

    /** Whether a filter may be added. */
    public boolean admits(String filter) {
        return filter.length() <= MAX_FILTER_LENGTH
                && (filters.size() < MAX_FILTERS || filters.containsKey(filter))
                && Meaning.of(filter, client) != Meaning.FOREIGN;
    }

    /** With a filter that {@link #admits} lets in; service of 2 counts as 1. */
    public Subscriptions with(String filter, int qos) {
        var more = new LinkedHashMap<>(filters);
        more.put(filter, Math.min(qos, 1));
        return new Subscriptions(client, more);
    }

    public Subscriptions without(String filter) {
        var fewer = new LinkedHashMap<>(filters);
        fewer.remove(filter);
        return new Subscriptions(client, fewer);
    }

    /** The best service that a filter of this meaning was granted; empty when the client did not subscribe. */
    public OptionalInt qos(Meaning meaning) {
        return filters.entrySet().stream()
                .filter(entry -> Meaning.of(entry.getKey(), client) == meaning)
                .mapToInt(Map.Entry::getValue)
                .max();
    }
}
