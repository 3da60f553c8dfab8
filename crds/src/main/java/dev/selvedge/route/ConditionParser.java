package dev.selvedge.route;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
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
    /** On the heap: threads have small stacks. */
    private final Deque<Open> open = new ArrayDeque<>();

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
        var condition = condition();
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

    /** What was read and waits for an operand. */
    private sealed interface Open {}

    /** A {@code -} or NOT. */
    private record Prefix(Token at) implements Open {}

    private record Group() implements Open {}

    private record Call(Token at, Function function, List<Node> arguments) implements Open {}

    private record Infix(Token at, Operator operator, Node left) implements Open {}

    private Node condition() throws RouteSyntaxException {
        while (true) {
            var node = operand();
            if (node != null) {
                var whole = next(node);
                if (whole != null) {
                    return whole;
                }
            }
        }
    }

    /** A leaf, or a call without arguments; null when what was read opens something. */
    private @Nullable Node operand() throws RouteSyntaxException {
        if (++nesting > Expression.MAX_DEPTH) {
            throw wrong(token, "this condition is nested deeper than " + Expression.MAX_DEPTH + " levels");
        }
        if (token.is("-") || token.isWord("NOT")) {
            open.push(new Prefix(advance()));
            return null;
        }
        if (token.is("(")) {
            advance();
            open.push(new Group());
            return null;
        }
        if (token.kind() != Kind.WORD || isReserved(token)) {
            return closed(leaf());
        }
        var word = advance();
        return token.is("(") ? call(word) : closed(leaf(word(word)));
    }

    /** What an operand ends is put together. The whole condition; null when another operand must follow. */
    private @Nullable Node next(Node operand) throws RouteSyntaxException {
        var node = operand;
        while (true) {
            while (open.peek() instanceof Prefix(var sign)) {
                open.pop();
                node = closed(sign.is("-") ? negate(sign, node) : not(sign, node));
            }
            var operator = operator();
            while (open.peek() instanceof Infix infix
                    && (operator == null || infix.operator().precedence() >= operator.precedence())) {
                open.pop();
                node = binary(infix, node);
            }
            if (operator != null) {
                open.push(new Infix(advance(), operator, node));
                return null;
            }
            switch (open.peek()) {
                case Group _ -> {
                    close(")");
                    open.pop();
                    node = closed(node);
                }
                case Call call -> {
                    call.arguments().add(node);
                    if (!token.is(")")) {
                        close(",");
                        return null;
                    }
                    advance();
                    open.pop();
                    node = closed(called(call));
                }
                case null, default -> {
                    return node;
                }
            }
        }
    }

    private Node closed(Node node) {
        nesting--;
        return node;
    }

    private Node binary(Infix infix, Node right) throws RouteSyntaxException {
        var operator = infix.operator();
        var left = infix.left();
        var leftType = left.expression().type();
        var rightType = right.expression().type();
        var type = operator.type(leftType, rightType);
        if (type == null) {
            throw wrong(infix.at(), refused(operator, infix.at(), leftType, rightType));
        }
        var expression = new Expression.Binary(operator, left.expression(), right.expression(), type);
        return node(infix.at(), expression, Math.max(left.depth(), right.depth()));
    }

    private Node negate(Token sign, Node operand) throws RouteSyntaxException {
        var type = operand.expression().type();
        if (type != Type.NUMBER) {
            throw wrong(sign, "'-' takes a number, not " + named(type) + conversion(type));
        }
        return node(sign, new Expression.Negate(operand.expression()), operand.depth());
    }

    private Node not(Token sign, Node operand) throws RouteSyntaxException {
        var type = operand.expression().type();
        if (!type.fits(Type.BOOL) && type != Type.NULL) {
            throw wrong(
                    sign,
                    "NOT takes a bool, not " + named(type) + "; it binds tighter than comparison: write NOT (a = b)");
        }
        return node(sign, new Expression.Not(operand.expression()), operand.depth());
    }

    private Node leaf() throws RouteSyntaxException {
        return switch (token.kind()) {
            case STRING ->
                leaf(new Expression.Literal(
                        new Value.Text(Quoted.value(advance().text()))));
            case NUMBER ->
                leaf(new Expression.Literal(new Value.Numeric(number(advance().text()))));
            case DOLLAR -> leaf(dollar(advance()));
            case SYMBOL -> token.is("{") ? braces() : unexpected();
            case WORD, END -> unexpected();
        };
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

    private static Expression word(Token word) {
        return switch (word.text()) {
            case "true" -> new Expression.Literal(Value.TRUE);
            case "false" -> new Expression.Literal(Value.FALSE);
            case "null" -> new Expression.Literal(Value.NULL);
            case "undefined" -> new Expression.Literal(Value.UNDEFINED);
            default -> new Expression.Property(word.text());
        };
    }

    private @Nullable Node call(Token name) throws RouteSyntaxException {
        var function = Function.named(name.text());
        if (function == null) {
            throw wrong(
                    name,
                    name.isWord("twin_change_includes")
                            ? "twin_change_includes is only known to IoT Hub, not to an edge hub"
                            : "no function is called " + name.found() + Nearest.hint(name.text(), FUNCTIONS));
        }
        advance();
        var call = new Call(name, function, new ArrayList<>());
        if (token.is(")")) {
            advance();
            return closed(called(call));
        }
        open.push(call);
        return null;
    }

    private Node called(Call call) throws RouteSyntaxException {
        var function = call.function();
        var arguments = call.arguments().stream().map(Node::expression).toList();
        var types = arguments.stream().map(Expression::type).toList();
        if (!function.accepts(types)) {
            throw wrong(
                    call.at(),
                    function + " takes " + function.takes() + ", not "
                            + types.toString().replace('[', '(').replace(']', ')')
                            + (types.contains(Type.STRING) && function.takes().contains("number")
                                    ? conversion(Type.STRING)
                                    : ""));
        }
        var depth = call.arguments().stream().mapToInt(Node::depth).max().orElse(0);
        return node(call.at(), new Expression.Call(function, arguments), depth);
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
                                + " is no path; write names joined by '.', each perhaps with [n], such as $body.a.b[0].c");
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
