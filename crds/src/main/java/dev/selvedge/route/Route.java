package dev.selvedge.route;

/**
 * A route that was understood: which messages it takes and where they go. Immutable; made by {@link RouteParser}, printed by
 * {@link #toString()} in a form that parses to an equal route.
 *
 * @param condition {@link Expression#ALWAYS} without WHERE
 */
public record Route(Source source, Expression condition, Sink sink) {
    /** Whether a message of this source path, such as {@code /messages/modules/m/outputs/o}, may travel this route. */
    public boolean matches(String messagePath) {
        return source.matches(messagePath);
    }

    /**
     * What the condition says of a message, its source aside: only {@link Value#TRUE} lets it travel; else {@link Value#FALSE} or
     * {@link Value#UNDEFINED}. A condition that is no bool is undefined, but the constant null is false.
     */
    public Value verdict(Evaluation message) {
        message.begin();
        var value = condition.evaluate(message);
        if (value.equals(Value.NULL) && condition.type() == Type.NULL) {
            return Value.FALSE;
        }
        return value instanceof Value.Truth ? value : Value.UNDEFINED;
    }

    @Override
    public String toString() {
        var where = condition.equals(Expression.ALWAYS) ? "" : " WHERE " + condition;
        return "FROM " + source + where + " INTO " + sink;
    }
}
