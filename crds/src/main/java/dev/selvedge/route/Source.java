package dev.selvedge.route;

/**
 * The {@code FROM} of a route. As in IoT Edge, trailing {@code *} and {@code /} are taken off and what is left is a case-insensitive prefix,
 * whole segments only: {@code /*} takes everything, {@code /messages/modules/m} takes {@code m} and its outputs, a {@code *} in the middle
 * is literal.
 */
public record Source(String text) {
    /** Matches {@link #text} of a source against the source path of a message. */
    public boolean matches(String messagePath) {
        var end = text.length();
        while (end > 0 && (text.charAt(end - 1) == '*' || text.charAt(end - 1) == '/')) {
            end--;
        }
        return messagePath.regionMatches(true, 0, text, 0, end)
                && (messagePath.length() == end || messagePath.charAt(end) == '/');
    }

    @Override
    public String toString() {
        return text;
    }
}
