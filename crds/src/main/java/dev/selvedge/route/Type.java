package dev.selvedge.route;

import java.util.Locale;

/** What is known of an operand when a route is compiled. */
public enum Type {
    STRING,
    NUMBER,
    BOOL,
    NULL,
    UNDEFINED,
    /** A value of the message body: its type is known only when a message is there. */
    DYNAMIC;

    /** Whether this fits where the other is asked for: the same, or only known later. */
    boolean fits(Type asked) {
        return this == asked || this == DYNAMIC;
    }

    @Override
    public String toString() {
        return this == DYNAMIC ? "$body value" : name().toLowerCase(Locale.ROOT);
    }
}
