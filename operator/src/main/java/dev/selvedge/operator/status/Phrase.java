package dev.selvedge.operator.status;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a person would say where a part of the cluster says something that matches.
 *
 * @param words with {@code %s} for each group of the pattern
 */
record Phrase(Pattern pattern, String words) {
    private static final Pattern OWN_PORT = Pattern.compile("(\\d+(\\.\\d+){3}|\\[[0-9a-f:]+]):\\d+->");

    static Phrase of(String pattern, String words) {
        return new Phrase(Pattern.compile(pattern), words);
    }

    /** The words of the first phrase that fits. */
    static Optional<String> first(List<Phrase> phrases, String message) {
        for (var phrase : phrases) {
            var match = phrase.pattern().matcher(message);
            if (match.find()) {
                var groups = match.toMatchResult();
                var values = new Object[groups.groupCount()];
                for (var i = 0; i < values.length; i++) {
                    values[i] = groups.group(i + 1);
                }
                return Optional.of(String.format(Locale.ROOT, phrase.words(), values));
            }
        }
        return Optional.empty();
    }

    /** A message without the port that a connection had by chance: else the same trouble would be another text each time. */
    static String steady(String message) {
        return OWN_PORT.matcher(message).replaceAll("");
    }
}
