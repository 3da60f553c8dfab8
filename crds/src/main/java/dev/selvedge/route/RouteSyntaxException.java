package dev.selvedge.route;

/** A route that cannot be understood. The message says at which line and column, what was expected there and what was found. */
public final class RouteSyntaxException extends Exception {
    private final int line;
    private final int column;

    /** @param at from 0, in the text of the route */
    RouteSyntaxException(String text, int at, String message) {
        this(line(text, at), at - text.lastIndexOf('\n', at - 1), message);
    }

    private RouteSyntaxException(int line, int column, String message) {
        super("line " + line + ", column " + column + ": " + message);
        this.line = line;
        this.column = column;
    }

    private static int line(String text, int at) {
        return 1 + (int) text.chars().limit(at).filter(c -> c == '\n').count();
    }

    /** Line in the text of the route, from 1. */
    public int line() {
        return line;
    }

    /** Column in that line, from 1. */
    public int column() {
        return column;
    }
}
