package dev.selvedge.route;

import java.util.Collection;
import java.util.Locale;

/** Finds what a mistyped word was meant to be. */
final class Nearest {
    private static final int MAX_LENGTH = 40;

    private Nearest() {}

    /** {@code "; did you mean X?"} with the candidate that a few letters away, or nothing. */
    static String hint(String word, Collection<String> candidates) {
        var best = "";
        var least = 1 + Math.max(1, Math.min(word.length(), MAX_LENGTH) / 3);
        for (var candidate : candidates) {
            var distance = word.length() > MAX_LENGTH
                    ? Integer.MAX_VALUE
                    : distance(word.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
            if (distance < least) {
                least = distance;
                best = candidate;
            }
        }
        return best.isEmpty() ? "" : "; did you mean " + best + "?";
    }

    /** Letters to insert, delete or replace; two neighbours exchanged count as one. */
    private static int distance(String a, String b) {
        var d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                var replaced = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                d[i][j] = Math.min(replaced, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
                var exchanged =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (exchanged) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
