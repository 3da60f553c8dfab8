package dev.selvedge.route;

/** A route that cannot be understood. The message says what was expected, what was found and at which column (1-based). */
public final class RouteSyntaxException extends Exception {
    private final int column;

    RouteSyntaxException(String message, int column) {
        super("column " + column + ": " + message);
        this.column = column;
    }

    /** 1-based column in the text of the route. */
    public int column() {
        return column;
    }
}
