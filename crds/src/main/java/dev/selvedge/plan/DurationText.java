package dev.selvedge.plan;

import java.time.Duration;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/** Durations as the API writes them: {@code 2h}, {@code 90m}, {@code 1h30m}, {@code 45s}. */
public final class DurationText {
    private static final Pattern FORM = Pattern.compile("(?:(\\d{1,6})h)?(?:(\\d{1,6})m)?(?:(\\d{1,8})s)?");

    private DurationText() {}

    /** Throws IllegalArgumentException, in words for the user, on anything else. */
    public static Duration parse(String text) {
        var match = FORM.matcher(text);
        if (text.isEmpty() || !match.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no duration; write 2h, 90m or 1h30m");
        }
        return Duration.ofHours(part(match.group(1)))
                .plusMinutes(part(match.group(2)))
                .plusSeconds(part(match.group(3)));
    }

    private static long part(@Nullable String digits) {
        return digits == null ? 0 : Long.parseLong(digits);
    }
}
