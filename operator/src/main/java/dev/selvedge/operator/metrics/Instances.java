package dev.selvedge.operator.metrics;

import java.util.function.LongSupplier;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/** {@code 2/3} of a status: how many are ready, and how many there should be; and how many of the others are away. */
record Instances(long ready, long wanted, long away) {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,9})/(\\d{1,9})");

    /**
     * Null when the text is not of that kind.
     *
     * @param away asked only when some are not ready
     */
    static @Nullable Instances parse(@Nullable String text, LongSupplier away) {
        var match = text == null ? null : TEXT.matcher(text);
        if (match == null || !match.matches()) {
            return null;
        }
        var ready = Long.parseLong(match.group(1));
        var wanted = Long.parseLong(match.group(2));
        return new Instances(ready, wanted, ready < wanted ? away.getAsLong() : 0);
    }
}
