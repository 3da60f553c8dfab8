package dev.selvedge.route;

/** What an operand is for one message. Types never convert into each other. */
public sealed interface Value {
    /** No value: an absent property, a substring out of range, not a number. It spreads through every operator but {@code ??}, AND, OR. */
    Value UNDEFINED = Nothing.UNDEFINED;

    /** {@code null}, and what a path of the body leads to that is not there. */
    Value NULL = Nothing.NULL;

    Value TRUE = Truth.TRUE;
    Value FALSE = Truth.FALSE;

    /** The two values that are none. */
    enum Nothing implements Value {
        UNDEFINED,
        NULL
    }

    /** A bool. */
    enum Truth implements Value {
        FALSE,
        TRUE
    }

    /** A number; never NaN. */
    record Numeric(double value) implements Value {}

    /** A string. */
    record Text(String value) implements Value {}

    static Value of(boolean value) {
        return value ? TRUE : FALSE;
    }

    /** A number, or undefined for NaN. */
    static Value of(double value) {
        return Double.isNaN(value) ? UNDEFINED : new Numeric(value);
    }
}
