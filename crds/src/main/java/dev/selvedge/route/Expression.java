package dev.selvedge.route;

import java.util.List;

/**
 * A condition or a part of one, compiled. Made by {@link RouteParser}, which lets only operands of fitting types together; printed by
 * {@code toString} in a form that parses to an equal expression. Evaluation never throws and is at most {@link #MAX_DEPTH} deep.
 */
public sealed interface Expression {
    /** Most levels of operators and functions in one condition, so that it fits the small stacks of the hub's threads. */
    int MAX_DEPTH = 200;

    /** The condition of a route without one. */
    Expression ALWAYS = new Literal(Value.TRUE);

    /** What this is of, whatever the message. */
    Type type();

    /** What this is for one message. */
    Value evaluate(Evaluation evaluation);

    /** A constant. */
    record Literal(Value value) implements Expression {
        @Override
        public Type type() {
            return switch (value) {
                case Value.Text _ -> Type.STRING;
                case Value.Numeric _ -> Type.NUMBER;
                case Value.Truth _ -> Type.BOOL;
                case Value.Nothing nothing -> nothing.equals(Value.NULL) ? Type.NULL : Type.UNDEFINED;
            };
        }

        @Override
        public Value evaluate(Evaluation evaluation) {
            return value;
        }

        @Override
        public String toString() {
            return switch (value) {
                case Value.Text(var text) -> Quoted.print(text);
                case Value.Numeric(var number) ->
                    Double.isInfinite(number) ? (number > 0 ? "1e999" : "-1e999") : Double.toString(number);
                case Value.Truth truth -> truth.equals(Value.TRUE) ? "true" : "false";
                case Value.Nothing nothing -> nothing.equals(Value.NULL) ? "null" : "undefined";
            };
        }
    }

    /** {@code name}: an application property. */
    record Property(String name) implements Expression {
        @Override
        public Type type() {
            return Type.STRING;
        }

        @Override
        public Value evaluate(Evaluation evaluation) {
            var value = evaluation.message().property(name);
            return value == null ? Value.UNDEFINED : new Value.Text(value);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** <code>{$name}</code>: a system property. */
    record SystemProperty(String name) implements Expression {
        @Override
        public Type type() {
            return Type.STRING;
        }

        @Override
        public Value evaluate(Evaluation evaluation) {
            var value = evaluation.message().systemProperty(name);
            return value == null ? Value.UNDEFINED : new Value.Text(value);
        }

        @Override
        public String toString() {
            return "{$" + name + "}";
        }
    }

    /** <code>{$body.path}</code>: a value of the body. */
    record Body(BodyPath path) implements Expression {
        @Override
        public Type type() {
            return Type.DYNAMIC;
        }

        @Override
        public Value evaluate(Evaluation evaluation) {
            return evaluation.body().at(path);
        }

        @Override
        public String toString() {
            return "{$body." + path + "}";
        }
    }

    /**
     * {@code $name}: the application property of that name, {@code $} included, where the message has one; else what the braces would mean.
     *
     * @param name as written, without the {@code $}
     * @param otherwise a {@link SystemProperty} or a {@link Body}
     */
    record Dollar(String name, Expression otherwise) implements Expression {
        @Override
        public Type type() {
            return otherwise.type();
        }

        @Override
        public Value evaluate(Evaluation evaluation) {
            var value = evaluation.message().property("$" + name);
            return value == null ? otherwise.evaluate(evaluation) : new Value.Text(value);
        }

        @Override
        public String toString() {
            return "$" + name;
        }
    }

    /** {@code -operand}, of a number. */
    record Negate(Expression operand) implements Expression {
        @Override
        public Type type() {
            return Type.NUMBER;
        }

        @Override
        public Value evaluate(Evaluation evaluation) {
            return operand.evaluate(evaluation) instanceof Value.Numeric(var number)
                    ? new Value.Numeric(-number)
                    : Value.UNDEFINED;
        }

        @Override
        public String toString() {
            return Printed.of(this);
        }
    }

    /** {@code NOT operand}, of a bool, of null (which gives true), or of a body value. */
    record Not(Expression operand) implements Expression {
        @Override
        public Type type() {
            return Type.BOOL;
        }

        @Override
        public Value evaluate(Evaluation evaluation) {
            var value = operand.evaluate(evaluation);
            if (value.equals(Value.NULL)) {
                return operand.type() == Type.NULL ? Value.TRUE : Value.UNDEFINED;
            }
            return value instanceof Value.Truth ? Value.of(value.equals(Value.FALSE)) : Value.UNDEFINED;
        }

        @Override
        public String toString() {
            return Printed.of(this);
        }
    }

    /**
     * {@code left operator right}.
     *
     * @param type what {@link Operator#type} says of the operands' types
     */
    record Binary(Operator operator, Expression left, Expression right, Type type) implements Expression {
        @Override
        public Value evaluate(Evaluation evaluation) {
            var value = left.evaluate(evaluation);
            return switch (operator) {
                case COALESCE -> value.equals(Value.UNDEFINED) ? right.evaluate(evaluation) : value;
                case AND, OR ->
                    left.type() == Type.DYNAMIC
                            ? operator.bodyLogic(value, right.evaluate(evaluation))
                            : operator.logic(value, right.evaluate(evaluation));
                default -> operator.apply(value, right.evaluate(evaluation), evaluation);
            };
        }

        @Override
        public String toString() {
            return Printed.of(this);
        }
    }

    /** {@code function(arguments)}. */
    record Call(Function function, List<Expression> arguments) implements Expression {
        public Call {
            arguments = List.copyOf(arguments);
        }

        @Override
        public Type type() {
            return function.type();
        }

        @Override
        public Value evaluate(Evaluation evaluation) {
            var values = new Value[arguments.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = arguments.get(i).evaluate(evaluation);
            }
            return function.apply(arguments.getFirst().type(), values, evaluation);
        }

        @Override
        public String toString() {
            return Printed.of(this);
        }
    }
}
