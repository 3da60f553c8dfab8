package dev.selvedge.route;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import org.jspecify.annotations.Nullable;

/** A built-in function: which types it takes, and what it makes of their values. */
public enum Function {
    ABS(Type.NUMBER, "number"),
    EXP(Type.NUMBER, "number"),
    POWER(Type.NUMBER, "number, number"),
    SQUARE(Type.NUMBER, "number"),
    CEILING(Type.NUMBER, "number"),
    FLOOR(Type.NUMBER, "number"),
    SIGN(Type.NUMBER, "number"),
    SQRT(Type.NUMBER, "number"),
    AS_NUMBER(Type.NUMBER, "string|number"),
    IS_BOOL(Type.BOOL, "anything"),
    IS_DEFINED(Type.BOOL, "anything"),
    IS_NULL(Type.BOOL, "anything"),
    IS_NUMBER(Type.BOOL, "anything"),
    IS_STRING(Type.BOOL, "anything"),
    CONCAT(Type.STRING, "string, string, …"),
    LENGTH(Type.NUMBER, "string"),
    LOWER(Type.STRING, "string"),
    UPPER(Type.STRING, "string"),
    SUBSTRING(Type.STRING, "string, number|string, number, number"),
    INDEX_OF(Type.NUMBER, "string, string"),
    STARTS_WITH(Type.BOOL, "string, string"),
    ENDS_WITH(Type.BOOL, "string, string"),
    CONTAINS(Type.BOOL, "string, string");

    private final Type type;
    /** Each form its argument types; a last one of … repeats the one before. */
    private final String forms;

    Function(Type type, String forms) {
        this.type = type;
        this.forms = forms;
    }

    /** The function of that name in any case, or null. */
    static @Nullable Function named(String name) {
        for (var function : values()) {
            if (function.toString().equalsIgnoreCase(name)) {
                return function;
            }
        }
        return null;
    }

    /** Of what it returns. */
    Type type() {
        return type;
    }

    /** What it takes, in words: {@code (string, number) or (string, number, number)}. */
    String takes() {
        return "(" + forms.replace("|", ") or (") + ")";
    }

    /** Whether it takes arguments of these types. */
    boolean accepts(List<Type> arguments) {
        return Arrays.stream(forms.split("\\|")).anyMatch(form -> accepts(form.split(", "), arguments));
    }

    private static boolean accepts(String[] form, List<Type> arguments) {
        var open = form[form.length - 1].equals("…");
        var least = open ? form.length - 1 : form.length;
        if (arguments.size() < least || (!open && arguments.size() > least)) {
            return false;
        }
        for (int i = 0; i < arguments.size(); i++) {
            var asked = form[Math.min(i, least - 1)];
            if (!asked.equals("anything") && !arguments.get(i).fits(Type.valueOf(asked.toUpperCase(Locale.ROOT)))) {
                return false;
            }
        }
        return true;
    }

    /**
     * Arguments of wrong types, which a body can bring, make the result undefined; so does a text that is longer than the condition may make.
     *
     * @param first the static type of the first argument
     */
    Value apply(Type first, Value[] arguments, Evaluation evaluation) {
        var value = arguments[0];
        return switch (this) {
            case ABS, EXP, POWER, SQUARE, CEILING, FLOOR, SIGN, SQRT -> arithmetic(arguments);
            case AS_NUMBER -> value instanceof Value.Text(var text) ? Value.of(NumberText.parse(text)) : number(value);
            case IS_BOOL -> isBool(first, value);
            case IS_DEFINED -> Value.of(!value.equals(Value.UNDEFINED));
            case IS_NULL ->
                first == Type.DYNAMIC && value.equals(Value.UNDEFINED) ? value : Value.of(value.equals(Value.NULL));
            case IS_NUMBER -> Value.of(value instanceof Value.Numeric(var number) && Double.isFinite(number));
            case IS_STRING -> Value.of(value instanceof Value.Text);
            case CONCAT, LENGTH, LOWER, UPPER, SUBSTRING, INDEX_OF, STARTS_WITH, ENDS_WITH, CONTAINS ->
                value instanceof Value.Text(var text) ? text(text, arguments, evaluation) : Value.UNDEFINED;
        };
    }

    private static Value isBool(Type first, Value value) {
        var undefined = value.equals(Value.UNDEFINED) && (first == Type.BOOL || first == Type.DYNAMIC);
        return undefined ? value : Value.of(value instanceof Value.Truth);
    }

    private static Value number(Value value) {
        return value instanceof Value.Numeric ? value : Value.UNDEFINED;
    }

    private Value arithmetic(Value[] arguments) {
        if (!(arguments[0] instanceof Value.Numeric(var x))) {
            return Value.UNDEFINED;
        }
        return switch (this) {
            case ABS -> Value.of(Math.abs(x));
            case EXP -> Value.of(Math.exp(x));
            case SQUARE -> Value.of(x * x);
            case CEILING -> Value.of(Math.ceil(x));
            case FLOOR -> Value.of(Math.floor(x));
            case SIGN -> Value.of(Math.signum(x));
            case SQRT -> Value.of(Math.sqrt(x));
            default -> arguments[1] instanceof Value.Numeric(var y) ? Value.of(power(x, y)) : Value.UNDEFINED;
        };
    }

    /** As in IEEE 754-2008 and .NET: 1 and -1 to the power of infinity are 1; Java says NaN. */
    private static double power(double x, double y) {
        return Double.isInfinite(y) && Math.abs(x) == 1 ? 1 : Math.pow(x, y);
    }

    private Value text(String text, Value[] arguments, Evaluation evaluation) {
        return switch (this) {
            case LENGTH -> new Value.Numeric(text.length());
            case LOWER -> each(text, Character::toLowerCase, evaluation);
            case UPPER -> each(text, Character::toUpperCase, evaluation);
            case CONCAT -> concat(arguments, evaluation);
            case SUBSTRING -> substring(text, arguments, evaluation);
            default -> arguments[1] instanceof Value.Text(var part) ? search(text, part) : Value.UNDEFINED;
        };
    }

    private Value search(String text, String part) {
        return switch (this) {
            case INDEX_OF -> new Value.Numeric(Search.indexOf(text, part));
            case STARTS_WITH -> Value.of(text.startsWith(part));
            case ENDS_WITH -> Value.of(text.endsWith(part));
            default -> Value.of(Search.indexOf(text, part) >= 0);
        };
    }

    /** Character by character, so that the length stays, as .NET's invariant culture does. */
    private static Value each(String text, java.util.function.IntUnaryOperator change, Evaluation evaluation) {
        if (!evaluation.mayMake(text.length())) {
            return Value.UNDEFINED;
        }
        return new Value.Text(text.codePoints()
                .map(change)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString());
    }

    private static Value concat(Value[] arguments, Evaluation evaluation) {
        var length = 0L;
        for (var argument : arguments) {
            if (!(argument instanceof Value.Text(var text))) {
                return Value.UNDEFINED;
            }
            length += text.length();
        }
        if (!evaluation.mayMake(length)) {
            return Value.UNDEFINED;
        }
        var all = new StringBuilder((int) length);
        for (var argument : arguments) {
            all.append(((Value.Text) argument).value());
        }
        return new Value.Text(all.toString());
    }

    private static Value substring(String text, Value[] arguments, Evaluation evaluation) {
        if (!(arguments[1] instanceof Value.Numeric(var start)) || start < 0 || start > text.length()) {
            return Value.UNDEFINED;
        }
        if (arguments.length == 2) {
            return part(text, (int) start, text.length(), evaluation);
        }
        if (!(arguments[2] instanceof Value.Numeric(var length))
                || length < 0
                || start >= text.length()
                || length > text.length() - start) {
            return Value.UNDEFINED;
        }
        return part(text, (int) start, (int) start + (int) length, evaluation);
    }

    private static Value part(String text, int start, int end, Evaluation evaluation) {
        return evaluation.mayMake(end - start) ? new Value.Text(text.substring(start, end)) : Value.UNDEFINED;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
