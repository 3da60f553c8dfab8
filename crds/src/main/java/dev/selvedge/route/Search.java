package dev.selvedge.route;

/** Finds one text in another in time that grows with their lengths, not with their product: both may come from a message that means harm. */
final class Search {
    /** Up to here {@link String#indexOf(String)} is faster, and its worst case bearable. */
    private static final int SHORT = 64;

    private Search() {}

    /** As {@link String#indexOf(String)}. */
    static int indexOf(String text, String part) {
        return part.length() <= SHORT || part.length() > text.length() ? text.indexOf(part) : longPart(text, part);
    }

    /** Knuth, Morris and Pratt: no character of the text is gone back to. */
    private static int longPart(String text, String part) {
        var borders = borders(part);
        var matched = 0;
        for (int i = 0; i < text.length(); i++) {
            while (matched > 0 && text.charAt(i) != part.charAt(matched)) {
                matched = borders[matched - 1];
            }
            if (text.charAt(i) == part.charAt(matched) && ++matched == part.length()) {
                return i + 1 - matched;
            }
        }
        return -1;
    }

    /** For each beginning of the text, up to and with a character, the length of the longest shorter one that it also ends with. */
    private static int[] borders(String text) {
        var borders = new int[text.length()];
        var matched = 0;
        for (int i = 1; i < text.length(); i++) {
            while (matched > 0 && text.charAt(i) != text.charAt(matched)) {
                matched = borders[matched - 1];
            }
            if (text.charAt(i) == text.charAt(matched)) {
                matched++;
            }
            borders[i] = matched;
        }
        return borders;
    }
}
