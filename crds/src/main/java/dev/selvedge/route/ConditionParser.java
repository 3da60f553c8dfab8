package dev.selvedge.route;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import dev.selvedge.route.Token.Kind;
import org.jspecify.annotations.Nullable;

/** Compiles the condition that starts at a place in a route and ends before INTO. By precedence climbing; see {@link Operator#precedence}. */
final class ConditionParser {
    private static final Set<String> RESERVED = Set.of("SELECT", "FROM", "WHERE", "INTO", "AND", "OR", "NOT");
    private static final List<String> FUNCTIONS =
            Arrays.stream(Function.values()).map(Function::toString).toList();

    private final String text;
    private final Lexer lexer;
    private Token token;
    private int nesting;

    ConditionParser(String text, int at) throws RouteSyntaxException {
        this.text = text;
        this.lexer = new Lexer(text, at);
        this.token = lexer.next();
    }

    /** The whole condition; afterwards {@link #at} is where INTO is. */
    Expression parse() throws RouteSyntaxException {
        if (token.isWord("INTO")) {
            throw expected("a condition after WHERE");
        }
        var condition = binary(0);
        if (!token.isWord("INTO")) {
            throw expected("an operator or INTO after the condition");
        }
        return condition.expression();
    }

    int at() {
        return token.at();
    }

    /** An expression and how many levels of operators and functions it has. */
    private record Node(Expression expression, int depth) {}

    private Node binary(int precedence) throws RouteSyntaxException {
        var left = unary();
        for (var operator = operator();
                operator != null && operator.precedence() >= precedence;
                operator = operator()) {
            var sign = advance();
            var right = binary(operator.precedence() + 1);
            var type =
                    operator.type(left.expression().type(), right.expression().type());
            if (type == null) {
                throw wrong(
                        sign,
                        refused(
                                operator,
                                sign,
                                left.expression().type(),
                                right.expression().type()));
            }
            var expression = new Expression.Binary(operator, left.expression(), right.expression(), type);
            left = node(sign, expression, Math.max(left.depth(), right.depth()));
        }
        return left;
    }

    private Node unary() throws RouteSyntaxException {
        if (++nesting > Expression.MAX_DEPTH) {
            throw wrong(token, "this condition is nested deeper than " + Expression.MAX_DEPTH + " levels");
        }
        try {
            if (token.is("-")) {
                return negate();
            }
            return token.isWord("NOT") ? not() : primary();
        } finally {
            nesting--;
        }
    }

    private Node negate() throws RouteSyntaxException {
        var sign = advance();
        var operand = unary();
        var type = operand.expression().type();
        if (type != Type.NUMBER) {
            throw wrong(sign, "'-' takes a number, not " + named(type) + conversion(type));
        }
        return node(sign, new Expression.Negate(operand.expression()), operand.depth());
    }

    private Node not() throws RouteSyntaxException {
        var sign = advance();
        var operand = unary();
        var type = operand.expression().type();
        if (!type.fits(Type.BOOL) && type != Type.NULL) {
            throw wrong(
                    sign,
                    "NOT takes a bool, not " + named(type) + "; it binds tighter than comparison: write NOT (a = b)");
        }
        return node(sign, new Expression.Not(operand.expression()), operand.depth());
    }

    private Node primary() throws RouteSyntaxException {
        return switch (token.kind()) {
            case STRING ->
                leaf(new Expression.Literal(
                        new Value.Text(Quoted.value(advance().text()))));
            case NUMBER ->
                leaf(new Expression.Literal(new Value.Numeric(number(advance().text()))));
            case DOLLAR -> leaf(dollar(advance()));
            case WORD -> isReserved(token) ? unexpected() : word(advance());
            case SYMBOL -> token.is("(") ? parentheses() : token.is("{") ? braces() : unexpected();
            case END -> unexpected();
        };
    }

    private Node parentheses() throws RouteSyntaxException {
        advance();
        var inner = binary(0);
        close(")");
        return inner;
    }

    private Node braces() throws RouteSyntaxException {
        advance();
        if (token.kind() != Kind.DOLLAR) {
            throw expected("a system property such as {$contentType}");
        }
        var name = advance();
        close("}");
        return leaf(braced(name));
    }

    private Node unexpected() throws RouteSyntaxException {
        throw expected("a property, a value, a function or '('");
    }

    private Node word(Token word) throws RouteSyntaxException {
        if (token.is("(")) {
            return call(word);
        }
        return leaf(
                switch (word.text()) {
                    case "true" -> new Expression.Literal(Value.TRUE);
                    case "false" -> new Expression.Literal(Value.FALSE);
                    case "null" -> new Expression.Literal(Value.NULL);
                    case "undefined" -> new Expression.Literal(Value.UNDEFINED);
                    default -> new Expression.Property(word.text());
                });
    }

    private Node call(Token name) throws RouteSyntaxException {
        var function = Function.named(name.text());
        if (function == null) {
            throw wrong(
                    name,
                    name.isWord("twin_change_includes")
                            ? "twin_change_includes is only known to IoT Hub, not to an edge hub"
                            : "no function is called " + name.found() + Nearest.hint(name.text(), FUNCTIONS));
        }
        advance();
        var arguments = new ArrayList<Expression>();
        var depth = 0;
        while (!token.is(")")) {
            if (!arguments.isEmpty()) {
                close(",");
            }
            var argument = binary(0);
            arguments.add(argument.expression());
            depth = Math.max(depth, argument.depth());
        }
        advance();
        var types = arguments.stream().map(Expression::type).toList();
        if (!function.accepts(types)) {
            throw wrong(
                    name,
                    function + " takes " + function.takes() + ", not "
                            + types.toString().replace('[', '(').replace(']', ')')
                            + (types.contains(Type.STRING) && function.takes().contains("number")
                                    ? conversion(Type.STRING)
                                    : ""));
        }
        return node(name, new Expression.Call(function, arguments), depth);
    }

    private Expression dollar(Token token) throws RouteSyntaxException {
        var otherwise = braced(token);
        var name = token.text().substring(1);
        return name.indexOf('[') >= 0 || name.indexOf(']') >= 0 ? otherwise : new Expression.Dollar(name, otherwise);
    }

    private Expression braced(Token token) throws RouteSyntaxException {
        var name = token.text().substring(1);
        if (name.regionMatches(true, 0, "body.", 0, 5)) {
            var path = BodyPath.parse(name.substring(5));
            if (path == null) {
                throw wrong(
                        token,
                        token.found()
                                + " is no path; write names joined by '.', each with one [n] at most, such as $body.a.b[0].c");
            }
            return new Expression.Body(path);
        }
        if (name.indexOf('[') >= 0 || name.indexOf(']') >= 0) {
            throw wrong(token, "a system property has no '[' and no ']'; a path into the body starts with $body.");
        }
        return new Expression.SystemProperty(name);
    }

    private static double number(String text) {
        return text.startsWith("0x") || text.startsWith("0X")
                ? (double) Long.parseUnsignedLong(text.substring(2), 16)
                : Double.parseDouble(text);
    }

    private @Nullable Operator operator() {
        if (token.isWord("AND")) {
            return Operator.AND;
        }
        if (token.isWord("OR")) {
            return Operator.OR;
        }
        if (token.is("!=")) {
            return Operator.NOT_EQUAL;
        }
        for (var operator : Operator.values()) {
            if (token.is(operator.symbol())) {
                return operator;
            }
        }
        return null;
    }

    private static String refused(Operator operator, Token sign, Type left, Type right) {
        var hint = "";
        if (operator == Operator.AND || operator == Operator.OR) {
            hint = right == Type.DYNAMIC ? "; put the $body value on the left, or write $body.x = true" : "";
        } else if (operator == Operator.MODULO && (left == Type.DYNAMIC || right == Type.DYNAMIC)) {
            hint = conversion(Type.DYNAMIC);
        } else if (operator == Operator.ADD && left.fits(Type.STRING) && right.fits(Type.STRING)) {
            hint = "; '||' joins strings";
        } else if (left == Type.STRING || right == Type.STRING) {
            hint = left == Type.NUMBER || right == Type.NUMBER ? conversion(Type.STRING) : "";
        }
        return "'" + sign.text() + "' does not go between " + named(left) + " and " + named(right) + hint;
    }

    private static String conversion(Type type) {
        return type == Type.STRING || type == Type.DYNAMIC ? "; as_number(…) makes one a number" : "";
    }

    private static String named(Type type) {
        return type == Type.NULL || type == Type.UNDEFINED ? type.toString() : "a " + type;
    }

    private static Node leaf(Expression expression) {
        return new Node(expression, 1);
    }

    private Node node(Token at, Expression expression, int depthBelow) throws RouteSyntaxException {
        if (depthBelow >= Expression.MAX_DEPTH) {
            throw wrong(
                    at,
                    "this condition has more than " + Expression.MAX_DEPTH
                            + " levels; split the route, or use parentheses");
        }
        return new Node(expression, depthBelow + 1);
    }

    private void close(String symbol) throws RouteSyntaxException {
        if (!token.is(symbol)) {
            throw expected("'" + symbol + "'");
        }
        advance();
    }

    private Token advance() throws RouteSyntaxException {
        var passed = token;
        token = lexer.next();
        return passed;
    }

    private RouteSyntaxException expected(String what) {
        var hint = token.kind() == Kind.WORD && !isReserved(token)
                ? Nearest.hint(token.text(), List.of("INTO", "AND", "OR"))
                : "";
        return wrong(token, "expected " + what + ", found " + token.found() + hint);
    }

    private static boolean isReserved(Token token) {
        return RESERVED.contains(token.text().toUpperCase(Locale.ROOT));
    }

    private RouteSyntaxException wrong(Token at, String message) {
        return new RouteSyntaxException(text, at.at(), message);
    }
}
