package dev.selvedge.operator.metrics;

import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/** {@code 2/3} of a status: how many are ready, and how many there should be. */
record Instances(long ready, long wanted) {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,9})/(\\d{1,9})");

    /** Null when the text is not of that kind. */
    static @Nullable Instances parse(@Nullable String text) {
        var match = text == null ? null : TEXT.matcher(text);
        return match == null || !match.matches()
                ? null
                : new Instances(Long.parseLong(match.group(1)), Long.parseLong(match.group(2)));
    }
}
