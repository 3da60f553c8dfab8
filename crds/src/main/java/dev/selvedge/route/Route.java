package dev.selvedge.route;

/**
 * A route that was understood: which messages it takes and where they go. Immutable; made by {@link RouteParser}, printed by
 * {@link #toString()} in a form that parses to an equal route.
 */
public record Route(Source source, Sink sink) {
    /** Whether a message of this source path, such as {@code /messages/modules/m/outputs/o}, travels this route. */
    public boolean matches(String messagePath) {
        return source.matches(messagePath);
    }

    @Override
    public String toString() {
        return "FROM " + source + " INTO " + sink;
    }
}
