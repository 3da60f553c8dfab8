package dev.selvedge.route;

/**
 * One word of a condition.
 *
 * @param at where it starts in the text of the route, from 0
 */
record Token(Kind kind, String text, int at) {
    enum Kind {
        /** A property, a function, or one of the words that mean something, such as AND. */
        WORD,
        /** {@code $name}, its dollar included. */
        DOLLAR,
        STRING,
        NUMBER,
        SYMBOL,
        END
    }

    boolean is(String symbol) {
        return kind == Kind.SYMBOL && text.equals(symbol);
    }

    /** Whether this is a word, in any case. */
    boolean isWord(String word) {
        return kind == Kind.WORD && text.equalsIgnoreCase(word);
    }

    /** For people. */
    String found() {
        if (kind == Kind.END) {
            return "the end of the route";
        }
        return "'" + (text.length() <= 20 ? text : text.substring(0, 20) + "…") + "'";
    }
}
