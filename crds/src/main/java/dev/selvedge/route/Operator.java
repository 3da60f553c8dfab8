package dev.selvedge.route;

import org.jspecify.annotations.Nullable;

/** An operator between two operands: which types it takes, and what it makes of their values. All associate to the left. */
public enum Operator {
    MULTIPLY("*", 6),
    DIVIDE("/", 6),
    MODULO("%", 6),
    ADD("+", 5),
    SUBTRACT("-", 5),
    CONCAT("||", 5),
    LESS("<", 4),
    LESS_OR_EQUAL("<=", 4),
    GREATER(">", 4),
    GREATER_OR_EQUAL(">=", 4),
    EQUAL("=", 3),
    NOT_EQUAL("<>", 3),
    AND("AND", 2),
    OR("OR", 1),
    COALESCE("??", 0);

    private final String symbol;
    private final int precedence;

    Operator(String symbol, int precedence) {
        this.symbol = symbol;
        this.precedence = precedence;
    }

    /** As it is printed. */
    String symbol() {
        return symbol;
    }

    /** Higher binds tighter. */
    int precedence() {
        return precedence;
    }

    /** The type of the result, or null where IoT Edge refuses such operands too. */
    @Nullable
    Type type(Type left, Type right) {
        return switch (this) {
            case MULTIPLY, DIVIDE, MODULO, ADD, SUBTRACT -> arithmeticType(left, right);
            case CONCAT -> left.fits(Type.STRING) && right.fits(Type.STRING) ? Type.STRING : null;
            case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, EQUAL, NOT_EQUAL ->
                comparable(left, right) ? Type.BOOL : null;
            case AND, OR -> logicType(left, right);
            case COALESCE -> comparable(left, right) ? (right == Type.DYNAMIC ? right : left) : null;
        };
    }

    private @Nullable Type arithmeticType(Type left, Type right) {
        if (!left.fits(Type.NUMBER) || !right.fits(Type.NUMBER)) {
            return null;
        }
        var dynamic = left == Type.DYNAMIC || right == Type.DYNAMIC;
        if (dynamic && this == MODULO) {
            return null;
        }
        return dynamic ? Type.DYNAMIC : Type.NUMBER;
    }

    private static boolean comparable(Type left, Type right) {
        return left == right
                || (left == Type.DYNAMIC && right != Type.UNDEFINED)
                || (right == Type.DYNAMIC && left != Type.UNDEFINED);
    }

    /** A body value stands on the left only: {@code true AND $body.x} is refused by IoT Edge. */
    private @Nullable Type logicType(Type left, Type right) {
        return switch (left) {
            case DYNAMIC -> right == Type.BOOL || right == Type.DYNAMIC || right == Type.UNDEFINED ? Type.BOOL : null;
            case BOOL ->
                switch (right) {
                    case BOOL, UNDEFINED -> Type.BOOL;
                    case NULL -> this == AND ? Type.NULL : Type.BOOL;
                    default -> null;
                };
            case NULL ->
                switch (right) {
                    case BOOL -> this == AND ? Type.NULL : Type.BOOL;
                    case NULL -> Type.NULL;
                    default -> null;
                };
            case UNDEFINED -> right == Type.BOOL || right == Type.UNDEFINED ? Type.BOOL : null;
            case STRING, NUMBER -> null;
        };
    }

    /** Arithmetic, concatenation and comparison. Undefined, too, is a text that is longer than the condition may make. */
    Value apply(Value left, Value right, Evaluation evaluation) {
        return switch (this) {
            case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, EQUAL, NOT_EQUAL -> compare(left, right);
            case CONCAT ->
                left instanceof Value.Text(var a)
                                && right instanceof Value.Text(var b)
                                && evaluation.mayMake((long) a.length() + b.length())
                        ? new Value.Text(a + b)
                        : Value.UNDEFINED;
            default ->
                left instanceof Value.Numeric(var a) && right instanceof Value.Numeric(var b)
                        ? Value.of(calculate(a, b))
                        : Value.UNDEFINED;
        };
    }

    private double calculate(double left, double right) {
        return switch (this) {
            case MULTIPLY -> left * right;
            case DIVIDE -> left / right;
            case MODULO -> left % right;
            case ADD -> left + right;
            case SUBTRACT -> left - right;
            default -> Double.NaN;
        };
    }

    private Value compare(Value left, Value right) {
        if (left.equals(Value.UNDEFINED) || right.equals(Value.UNDEFINED)) {
            return Value.UNDEFINED;
        }
        var order = order(left, right);
        return Value.of(
                switch (this) {
                    case LESS -> order < 0;
                    case LESS_OR_EQUAL -> order <= 0;
                    case GREATER -> order > 0;
                    case GREATER_OR_EQUAL -> order >= 0;
                    case EQUAL -> order == 0;
                    default -> order != 0;
                });
    }

    private static int order(Value left, Value right) {
        return switch (left) {
            case Value.Numeric(var a) when right instanceof Value.Numeric(var b) -> a < b ? -1 : a > b ? 1 : 0;
            case Value.Text(var a) when right instanceof Value.Text(var b) -> a.compareTo(b);
            case Value.Truth a when right instanceof Value.Truth b -> a.compareTo(b);
            default -> Integer.compare(rank(left), rank(right));
        };
    }

    private static int rank(Value value) {
        return switch (value) {
            case Value.Truth _ -> 1;
            case Value.Numeric _ -> 2;
            case Value.Text _ -> 3;
            case Value.Nothing _ -> 4;
        };
    }

    /** AND and OR of three values; null is the neutral element of OR and the zero of AND. */
    Value logic(Value left, Value right) {
        if (left.equals(Value.NULL) || right.equals(Value.NULL)) {
            return this == AND ? Value.NULL : left.equals(Value.NULL) ? right : left;
        }
        var decisive = this == AND ? Value.FALSE : Value.TRUE;
        if (left.equals(decisive) || right.equals(decisive)) {
            return decisive;
        }
        return left.equals(Value.UNDEFINED) || right.equals(Value.UNDEFINED) ? Value.UNDEFINED : Value.of(this == AND);
    }

    /** AND and OR with a body value on the left: as in IoT Edge, undefined unless both are bools. */
    Value bodyLogic(Value left, Value right) {
        return left instanceof Value.Truth && right instanceof Value.Truth ? logic(left, right) : Value.UNDEFINED;
    }
}
