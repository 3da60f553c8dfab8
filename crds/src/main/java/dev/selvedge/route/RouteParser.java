package dev.selvedge.route;

import java.util.List;
import java.util.Locale;

import dev.selvedge.identity.Identity;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Reads {@code [SELECT *] FROM source [WHERE condition] INTO sink}. Keywords in any case; sources, conditions and sinks as IoT Edge's router
 * reads them, what can only be a mistake aside: a route is never half understood.
 */
public final class RouteParser {
    /** Longest route text, in characters. */
    public static final int MAX_LENGTH = 8192;

    /** Longest path of a module input in UTF-8: a hub's store has no room for more in the name of a queue. */
    public static final int MAX_INPUT_BYTES = 1024;

    private final String text;
    private int at;

    private RouteParser(String text) {
        this.text = text;
    }

    /** Parses one route. */
    public static Route parse(String text) throws RouteSyntaxException {
        if (text.length() > MAX_LENGTH) {
            throw new RouteSyntaxException(text, MAX_LENGTH, "a route has at most " + MAX_LENGTH + " characters");
        }
        return new RouteParser(text).route();
    }

    private Route route() throws RouteSyntaxException {
        if (keyword("SELECT")) {
            skipSpace();
            if (at >= text.length() || text.charAt(at) != '*') {
                throw expected("'*' after SELECT");
            }
            at++;
        }
        if (!keyword("FROM")) {
            throw expected("FROM", List.of("FROM", "SELECT"));
        }
        var source = source();
        var condition = keyword("WHERE") ? condition() : Expression.ALWAYS;
        if (!keyword("INTO")) {
            throw expected("WHERE or INTO after the source", List.of("WHERE", "INTO"));
        }
        return new Route(source, condition, sink());
    }

    private Expression condition() throws RouteSyntaxException {
        var parser = new ConditionParser(text, at);
        var condition = parser.parse();
        at = parser.at();
        return condition;
    }

    private Source source() throws RouteSyntaxException {
        skipSpace();
        var start = at;
        if (at >= text.length() || text.charAt(at) != '/') {
            throw expected("a source such as /messages/* after FROM");
        }
        while (at < text.length() && !Character.isWhitespace(text.charAt(at)) && Space.endOfComment(text, at) < 0) {
            at++;
        }
        var word = text.substring(start, at);
        var bad = firstForbidden(word);
        if (bad >= 0) {
            throw wrong(start + bad, "'" + word.charAt(bad) + "' is not allowed in a source");
        }
        if (word.contains("//")) {
            throw wrong(start + word.indexOf("//") + 1, "an empty part in the source '" + word + "'");
        }
        if (word.endsWith("/") && word.length() == 1) {
            throw wrong(start, "a source such as /messages/* is expected after FROM");
        }
        return new Source(word);
    }

    private Sink sink() throws RouteSyntaxException {
        skipSpace();
        var start = at;
        if (at < text.length() && text.charAt(at) == '$') {
            var name = word();
            if (!name.toLowerCase(Locale.ROOT).equals("$upstream")) {
                throw wrong(start, "'" + name + "' is no sink; did you mean $upstream?");
            }
            end();
            return new Sink.Upstream();
        }
        if (!keyword("BrokeredEndpoint")) {
            throw expected(
                    "$upstream or BrokeredEndpoint(\"/modules/…/inputs/…\") after INTO",
                    List.of("BrokeredEndpoint", "$upstream"));
        }
        symbol('(');
        skipSpace();
        var stringAt = at;
        var path = string();
        symbol(')');
        end();
        return moduleInput(path, stringAt);
    }

    private Sink moduleInput(String quoted, int stringAt) throws RouteSyntaxException {
        var path = quoted.strip();
        var trimmed = path.startsWith("/") ? path.substring(1) : path;
        trimmed = trimmed.endsWith("/") ? trimmed.substring(0, trimmed.length() - 1) : trimmed;
        var parts = trimmed.split("/", -1);
        var complete = parts.length == 4 && !parts[1].isEmpty() && !parts[3].isEmpty();
        if (!complete || !parts[0].equalsIgnoreCase("modules") || !parts[2].equalsIgnoreCase("inputs")) {
            throw wrong(stringAt, "'" + path + "' is no module input; write /modules/{module}/inputs/{input}");
        }
        if (!Identity.isModuleId(parts[1])) {
            throw wrong(stringAt, "'" + parts[1] + "' is no module id; it has 1 to 128 letters, digits, _ . : -");
        }
        if (parts[3].chars().anyMatch(c -> Character.isISOControl(c) || c == '"' || c == '\'' || c == '\\')) {
            throw wrong(stringAt, "an input name may not contain quotes or '\\'");
        }
        if (Character.isWhitespace(parts[3].charAt(parts[3].length() - 1))) {
            throw wrong(stringAt, "an input name may not end with white space");
        }
        var bytes = "modules//inputs/".length() + parts[1].length() + parts[3].getBytes(UTF_8).length;
        if (bytes > MAX_INPUT_BYTES) {
            throw wrong(
                    stringAt,
                    "modules/{module}/inputs/{input} has at most " + MAX_INPUT_BYTES + " bytes in UTF-8, not " + bytes);
        }
        return new Sink.ModuleInput(parts[1], parts[3]);
    }

    private String string() throws RouteSyntaxException {
        if (at >= text.length() || (text.charAt(at) != '"' && text.charAt(at) != '\'')) {
            throw expected("a string in quotes");
        }
        var quote = text.charAt(at);
        var close = text.indexOf(quote, at + 1);
        if (close < 0) {
            throw wrong(at, "this string has no closing " + quote);
        }
        var value = text.substring(at + 1, close);
        at = close + 1;
        return value;
    }

    private void end() throws RouteSyntaxException {
        skipSpace();
        if (at < text.length()) {
            throw wrong(at, "nothing may follow the sink, found '" + clip(text.substring(at)) + "'");
        }
    }

    private void symbol(char symbol) throws RouteSyntaxException {
        skipSpace();
        if (at >= text.length() || text.charAt(at) != symbol) {
            throw expected("'" + symbol + "'");
        }
        at++;
    }

    private boolean keyword(String keyword) {
        skipSpace();
        var end = at + keyword.length();
        if (!text.regionMatches(true, at, keyword, 0, keyword.length())
                || (end < text.length() && Character.isLetterOrDigit(text.charAt(end)))) {
            return false;
        }
        at = end;
        return true;
    }

    private String word() {
        var start = at;
        while (at < text.length() && !Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return text.substring(start, at);
    }

    private void skipSpace() {
        at = Space.skip(text, at);
    }

    private static int firstForbidden(String source) {
        for (int i = 0; i < source.length(); i++) {
            if ("()<>@,;:\\\"[]?={}".indexOf(source.charAt(i)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    private RouteSyntaxException expected(String what) {
        return expected(what, List.of());
    }

    private RouteSyntaxException expected(String what, List<String> known) {
        skipSpace();
        var found = at >= text.length() ? "the end of the route" : "'" + clip(text.substring(at)) + "'";
        return wrong(at, "expected " + what + ", found " + found + Nearest.hint(name(), known));
    }

    /** The letters, and the dollar before them, that stand here. */
    private String name() {
        var end = at;
        while (end < text.length() && (Character.isLetterOrDigit(text.charAt(end)) || text.charAt(end) == '$')) {
            end++;
        }
        return text.substring(at, end);
    }

    private RouteSyntaxException wrong(int at, String message) {
        return new RouteSyntaxException(text, at, message);
    }

    private static String clip(String rest) {
        return rest.length() <= 20 ? rest : rest.substring(0, 20) + "…";
    }
}
