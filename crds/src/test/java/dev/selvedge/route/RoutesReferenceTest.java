package dev.selvedge.route;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/** {@code docs/reference/routes.md}: its examples are routes, and every operator and every function is in one. */
class RoutesReferenceTest {
    private static final Path PAGE = Path.of("../docs/reference/routes.md");
    private static final Pattern EXAMPLES = Pattern.compile("```route\\n(.*?)```", Pattern.DOTALL);

    @ParameterizedTest
    @MethodSource("examples")
    void anExampleIsARouteThatCanBeRun(String example) throws RouteSyntaxException {
        var route = RouteParser.parse(example);
        var message = new TestMessage(
                Map.of("level", "high", "line", "L4", "site", "north"),
                Map.of("contentType", "application/json", "contentEncoding", "utf-8"),
                "{\"machine\": {\"temperature\": 30}}".getBytes(UTF_8));
        assertThat(route.verdict(new Evaluation(message, BodyPaths.of(List.of(route)))))
                .isIn(Value.TRUE, Value.FALSE, Value.UNDEFINED);
    }

    @Test
    void everyOperatorAndFunctionHasAnExample() throws IOException, RouteSyntaxException {
        Set<Object> used = new HashSet<>();
        for (var example : examples().toList()) {
            collect(RouteParser.parse(example).condition(), used);
        }
        assertThat(used).contains((Object[]) Operator.values()).contains((Object[]) Function.values());
    }

    private static void collect(Expression expression, Set<Object> used) {
        switch (expression) {
            case Expression.Binary binary -> {
                used.add(binary.operator());
                collect(binary.left(), used);
                collect(binary.right(), used);
            }
            case Expression.Call call -> {
                used.add(call.function());
                call.arguments().forEach(argument -> collect(argument, used));
            }
            case Expression.Not(var operand) -> collect(operand, used);
            case Expression.Negate(var operand) -> collect(operand, used);
            default -> {}
        }
    }

    static Stream<String> examples() throws IOException {
        return EXAMPLES.matcher(Files.readString(PAGE))
                .results()
                .flatMap(block -> block.group(1).lines());
    }
}
