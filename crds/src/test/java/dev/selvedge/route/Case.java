package dev.selvedge.route;

import java.util.List;

/** One line of the table: what a condition says of a message, or that it does not compile. */
record Case(String expected, TestMessage message, String condition) {
    String verdict() {
        try {
            var route = RouteParser.parse("FROM /messages WHERE " + condition + " INTO $upstream");
            return switch (route.verdict(new Evaluation(message, BodyPaths.of(List.of(route))))) {
                case Value.Truth truth -> truth.equals(Value.TRUE) ? "true" : "false";
                default -> "undefined";
            };
        } catch (RouteSyntaxException e) {
            return "error";
        }
    }

    @Override
    public String toString() {
        return condition + " is " + expected;
    }
}
