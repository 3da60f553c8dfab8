package dev.selvedge.route;

/** The text of an expression. One frame a level: to join the texts of the parts takes many, and threads have small stacks. */
final class Printed {
    private final StringBuilder text = new StringBuilder();

    private Printed() {}

    static String of(Expression expression) {
        var printed = new Printed();
        printed.add(expression);
        return printed.text.toString();
    }

    private void add(Expression expression) {
        switch (expression) {
            case Expression.Negate(var operand) -> {
                text.append("-(");
                add(operand);
                text.append(')');
            }
            case Expression.Not(var operand) -> {
                text.append("NOT (");
                add(operand);
                text.append(')');
            }
            case Expression.Binary binary -> {
                text.append('(');
                add(binary.left());
                text.append(' ').append(binary.operator().symbol()).append(' ');
                add(binary.right());
                text.append(')');
            }
            case Expression.Call call -> {
                text.append(call.function()).append('(');
                var between = "";
                for (var argument : call.arguments()) {
                    text.append(between);
                    add(argument);
                    between = ", ";
                }
                text.append(')');
            }
            case Expression.Literal _,
                    Expression.Property _,
                    Expression.SystemProperty _,
                    Expression.Body _,
                    Expression.Dollar _ -> text.append(expression);
        }
    }
}
