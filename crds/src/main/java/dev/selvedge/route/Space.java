package dev.selvedge.route;

/** White space and comments. As in IoT Edge {@code /*} opens a comment only if one is closed: {@code FROM /*} is a source. */
final class Space {
    private Space() {}

    /** The next place that is neither. */
    static int skip(String text, int from) {
        var at = from;
        while (at < text.length()) {
            var comment = endOfComment(text, at);
            if (comment < 0 && !Character.isWhitespace(text.charAt(at))) {
                return at;
            }
            at = comment < 0 ? at + 1 : comment;
        }
        return at;
    }

    /** Where the comment that starts here ends, or -1. */
    static int endOfComment(String text, int at) {
        if (!text.startsWith("/*", at)) {
            return -1;
        }
        var close = text.indexOf("*/", at + 2);
        return close < 0 ? -1 : close + 2;
    }
}
