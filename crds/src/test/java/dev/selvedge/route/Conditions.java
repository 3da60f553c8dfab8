package dev.selvedge.route;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Conditions that compile, for property tests: grown from leaves by whatever operators and functions take their types. */
final class Conditions {
    private static final int MAX_LENGTH = 3000;

    private Conditions() {}

    static Arbitrary<Expression> conditions() {
        return Arbitraries.integers()
                .between(0, Integer.MAX_VALUE)
                .list()
                .ofMaxSize(25)
                .flatMap(choices -> leaf().list().ofMinSize(2).ofMaxSize(8).map(leaves -> grow(leaves, choices)));
    }

    /** Each choice combines two or three of what is there, where their types allow it. */
    private static Expression grow(List<Expression> leaves, List<Integer> choices) {
        var all = new ArrayList<>(leaves);
        for (int choice : choices) {
            var a = all.get(choice % all.size());
            var b = all.get(choice / 7 % all.size());
            var grown = combine(a, b, choice / 49);
            if (grown != null && grown.toString().length() < MAX_LENGTH) {
                all.add(grown);
            }
        }
        return all.getLast();
    }

    private static Expression combine(Expression a, Expression b, int choice) {
        var functions = Function.values();
        var operators = Operator.values();
        var pick = choice % (operators.length + functions.length + 2);
        if (pick < operators.length) {
            var type = operators[pick].type(a.type(), b.type());
            return type == null ? null : new Expression.Binary(operators[pick], a, b, type);
        }
        if (pick < operators.length + functions.length) {
            var function = functions[pick - operators.length];
            return Arrays.asList(List.of(a), List.of(a, b), List.of(a, b, b)).stream()
                    .filter(arguments -> function.accepts(
                            arguments.stream().map(Expression::type).toList()))
                    .findFirst()
                    .map(arguments -> new Expression.Call(function, arguments))
                    .orElse(null);
        }
        if (pick == operators.length + functions.length) {
            return a.type() == Type.NUMBER ? new Expression.Negate(a) : null;
        }
        return a.type().fits(Type.BOOL) || a.type() == Type.NULL ? new Expression.Not(a) : null;
    }

    private static Arbitrary<Expression> leaf() {
        var name = Arbitraries.strings()
                .withChars("abzAZ019_.-+*%!|#&~^")
                .ofMaxLength(8)
                .map(n -> "p" + n);
        var path = Combinators.combine(
                        name.map(n -> n.replace(".", "")),
                        Arbitraries.integers().between(0, 3).list().ofMaxSize(3))
                .as(BodyPath.Step::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(4)
                .map(BodyPath::new);
        return Arbitraries.oneOf(
                Arbitraries.strings().map(text -> new Expression.Literal(new Value.Text(text))),
                Arbitraries.doubles().ofScale(20).map(number -> new Expression.Literal(new Value.Numeric(number))),
                Arbitraries.of(1e300, -0.0, 0.0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.MIN_VALUE)
                        .map(number -> new Expression.Literal(new Value.Numeric(number))),
                Arbitraries.of(Value.TRUE, Value.FALSE, Value.NULL, Value.UNDEFINED)
                        .map(Expression.Literal::new),
                name.map(Expression.Property::new),
                name.map(Expression.SystemProperty::new),
                name.map(n -> new Expression.Dollar(n, new Expression.SystemProperty(n))),
                path.map(Expression.Body::new),
                path.filter(p -> !p.toString().contains("["))
                        .map(p -> new Expression.Dollar("body." + p, new Expression.Body(p))));
    }
}
