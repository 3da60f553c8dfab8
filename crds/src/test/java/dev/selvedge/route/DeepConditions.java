package dev.selvedge.route;

import java.util.List;
import java.util.Map;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Reads, evaluates and prints conditions on stacks such as the operator's and the hub's threads have. */
final class DeepConditions {
    private static final int STACK = 256 * 1024;
    /** What threads of the operator have called before they come to a route. */
    private static final int CALLERS = 200;

    /** All that can be nested, each so that what follows may be of any type; and what nests operators of each precedence. */
    static final List<String> OPENINGS = List.of(
            "1??1 OR 1 AND 1=1<1 + 1 * (",
            "x AND abs(",
            "(",
            "- (",
            "NOT (",
            "abs(",
            "- ",
            "NOT ",
            "1 + ",
            "1 + (",
            "true AND ",
            "true AND (",
            "concat('a', ",
            "concat('a' || (",
            "power(1, 2 * (",
            "is_bool(",
            "$body.a ?? (",
            "abs($body.a ?? (",
            "NOT ($body.a ?? (",
            "$body.a AND ($body.a = (",
            "- abs($body.a ?? NOT ($body.a * ");

    static final List<String> LEAVES = List.of("1", "true", "'a'", "$body.a", "");

    private DeepConditions() {}

    /** Says in the exit code whether all fit: for a machine that compiles nothing, whose frames are the largest. */
    public static void main(String[] args) throws InterruptedException {
        var parsed = 0;
        for (var opening : OPENINGS) {
            for (int times : new int[] {80, 98, 133, 198, 199, 8000 / opening.length()}) {
                for (var leaf : LEAVES) {
                    parsed += fits(nested(List.of(opening), times, leaf)) ? 1 : 0;
                }
            }
        }
        System.out.println("parsed: " + parsed);
    }

    /** Openings over and over, a leaf, and what closes them. */
    static String nested(List<String> openings, int times, String leaf) {
        var text = new StringBuilder();
        for (int i = 0; i < times; i++) {
            text.append(openings.get(i % openings.size()));
        }
        var open = text.chars().map(c -> c == '(' ? 1 : c == ')' ? -1 : 0).sum();
        return text.append(leaf).append(")".repeat(open)).toString();
    }

    /** Whether a condition was understood; an error when it is not refused as others are, or does not fit. */
    static boolean fits(String condition) throws InterruptedException {
        var understood = new boolean[1];
        var failure = new Throwable[1];
        var thread = new Thread(
                null,
                () -> {
                    try {
                        understood[0] = called(CALLERS, condition);
                    } catch (RuntimeException | StackOverflowError e) {
                        failure[0] = e;
                    }
                },
                "small",
                STACK);
        thread.start();
        thread.join();
        if (failure[0] != null) {
            throw new AssertionError(condition, failure[0]);
        }
        return understood[0];
    }

    private static boolean called(int callers, String condition) {
        return callers == 0 ? understood(condition) : called(callers - 1, condition);
    }

    private static boolean understood(String condition) {
        try {
            var route = RouteParser.parse("FROM /* WHERE " + condition + " INTO $upstream");
            var body = "{\"a\": 1}".getBytes(UTF_8);
            var json = Map.of("contentType", "application/json", "contentEncoding", "utf-8");
            var evaluation = new Evaluation(new TestMessage(Map.of(), json, body), BodyPaths.of(List.of(route)));
            var verdict = route.verdict(evaluation);
            if (verdict.equals(Value.NULL) || !route.toString().startsWith("FROM /*")) {
                throw new IllegalStateException(verdict.toString());
            }
            return true;
        } catch (RouteSyntaxException _) {
            return false;
        }
    }
}
