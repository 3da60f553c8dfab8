package dev.selvedge.route;

import java.util.regex.Pattern;

import dev.selvedge.route.Token.Kind;

/**
 * Splits a condition into tokens, the longest first as IoT Edge does: a word runs up to white space or one of {@code ( ) < > @ , ; : \ " / [ ] ? = { }},
 * so {@code a-b} is one name. Stricter in what can only be a mistake: a string with a word stuck to it, names with invisible characters,
 * {@code e5} (which reads as a number and is none).
 */
final class Lexer {
    private static final Pattern NUMBER = Pattern.compile("-?\\d+|-?\\d*\\.\\d+(?:[Ee][+-]?\\d+)?|-?\\d+[Ee][+-]?\\d+");
    private static final Pattern HEX = Pattern.compile("0[Xx]0*[0-9A-Fa-f]{1,16}");
    private static final Pattern NO_NUMBER = Pattern.compile("0[Xx][0-9A-Fa-f]+|-?[Ee][+-]?\\d+");
    private static final String SIGNS = "()<>@,;:\\\"/[]?={}";

    private final String text;
    private int at;

    Lexer(String text, int at) {
        this.text = text;
        this.at = at;
    }

    Token next() throws RouteSyntaxException {
        at = Space.skip(text, at);
        if (at >= text.length()) {
            return new Token(Kind.END, "", text.length());
        }
        var start = at;
        var c = text.charAt(start);
        var word = endOfWord(start, false);
        if (c == '"' || c == '\'') {
            return string(start, word);
        }
        if (c == '$' && endOfWord(start, true) > start + 1) {
            return take(Kind.DOLLAR, endOfWord(start, true));
        }
        return word > start ? word(start, word) : symbol(start);
    }

    private Token string(int start, int word) throws RouteSyntaxException {
        var end = Quoted.end(text, start);
        if (end < 0) {
            throw wrong(
                    start,
                    "this string has no closing " + text.charAt(start)
                            + ", or an escape other than \\\" \\' \\\\ \\uXXXX");
        }
        if (word > end) {
            throw wrong(end, "put a space after the closing quote");
        }
        return take(Kind.STRING, end);
    }

    private Token word(int start, int end) throws RouteSyntaxException {
        var word = text.substring(start, end);
        if (end < text.length() && "[]".indexOf(text.charAt(end)) >= 0) {
            throw wrong(end, "'" + text.charAt(end) + "' belongs into a path such as $body.values[0]");
        }
        if (word.equals("!") && text.startsWith("=", end)) {
            return take(Kind.SYMBOL, end + 1);
        }
        if (word.equals("+") || word.equals("-") || word.equals("*") || word.equals("%") || word.equals("||")) {
            return take(Kind.SYMBOL, end);
        }
        if (NUMBER.matcher(word).matches() || HEX.matcher(word).matches()) {
            return take(Kind.NUMBER, end);
        }
        if (NO_NUMBER.matcher(word).matches()) {
            throw wrong(start, "'" + word + "' looks like a number but is none; a property cannot have this name here");
        }
        var strange = strange(word);
        if (strange >= 0) {
            throw wrong(
                    start + strange, "a character that cannot be seen, U+%04X".formatted((int) word.charAt(strange)));
        }
        return take(Kind.WORD, end);
    }

    private Token symbol(int start) throws RouteSyntaxException {
        for (var two : new String[] {"<=", ">=", "<>", "??"}) {
            if (text.startsWith(two, start)) {
                return take(Kind.SYMBOL, start + 2);
            }
        }
        if ("()<>,/={}".indexOf(text.charAt(start)) >= 0) {
            return take(Kind.SYMBOL, start + 1);
        }
        throw wrong(start, "'" + text.charAt(start) + "' means nothing in a condition");
    }

    private Token take(Kind kind, int end) {
        var token = new Token(kind, text.substring(at, end), at);
        at = end;
        return token;
    }

    private int endOfWord(int start, boolean brackets) {
        var end = start;
        while (end < text.length() && isWord(text.charAt(end), brackets)) {
            end++;
        }
        return end;
    }

    private static boolean isWord(char c, boolean brackets) {
        return SIGNS.indexOf(c) < 0 ? !Character.isWhitespace(c) : brackets && (c == '[' || c == ']');
    }

    /** White space that a reader takes for a blank and the language for a letter. */
    private static int strange(String word) {
        for (int i = 0; i < word.length(); i++) {
            var c = word.charAt(i);
            if (Character.isISOControl(c) || Character.isSpaceChar(c) || Character.getType(c) == Character.FORMAT) {
                return i;
            }
        }
        return -1;
    }

    private RouteSyntaxException wrong(int at, String message) {
        return new RouteSyntaxException(text, at, message);
    }
}
