package dev.selvedge.route;

import java.util.Locale;

import dev.selvedge.identity.Identity;

/**
 * Reads {@code [SELECT *] FROM source INTO sink}. Keywords in any case; sources and sinks as IoT Edge's router reads them. Conditions
 * ({@code WHERE}) are refused until this parser knows them: a route is never half understood.
 */
public final class RouteParser {
    /** Longest route text, in characters. */
    public static final int MAX_LENGTH = 8192;

    private final String text;
    private int at;

    private RouteParser(String text) {
        this.text = text;
    }

    /** Parses one route. */
    public static Route parse(String text) throws RouteSyntaxException {
        if (text.length() > MAX_LENGTH) {
            throw new RouteSyntaxException("a route has at most " + MAX_LENGTH + " characters", MAX_LENGTH + 1);
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
            throw expected("FROM");
        }
        var source = source();
        if (keyword("WHERE")) {
            throw new RouteSyntaxException("WHERE conditions are not supported yet", at - 4);
        }
        if (!keyword("INTO")) {
            throw expected("INTO after the source");
        }
        return new Route(source, sink());
    }

    private Source source() throws RouteSyntaxException {
        skipSpace();
        var start = at;
        if (at >= text.length() || text.charAt(at) != '/') {
            throw expected("a source such as /messages/* after FROM");
        }
        while (at < text.length() && !Character.isWhitespace(text.charAt(at)) && endOfComment() < 0) {
            at++;
        }
        var word = text.substring(start, at);
        var bad = firstForbidden(word);
        if (bad >= 0) {
            throw new RouteSyntaxException("'" + word.charAt(bad) + "' is not allowed in a source", start + bad + 1);
        }
        if (word.contains("//")) {
            throw new RouteSyntaxException(
                    "an empty part in the source '" + word + "'", start + word.indexOf("//") + 2);
        }
        if (word.endsWith("/") && word.length() == 1) {
            throw new RouteSyntaxException("a source such as /messages/* is expected after FROM", start + 1);
        }
        return new Source(word);
    }

    private Sink sink() throws RouteSyntaxException {
        skipSpace();
        var start = at;
        if (at < text.length() && text.charAt(at) == '$') {
            var name = word();
            if (!name.toLowerCase(Locale.ROOT).equals("$upstream")) {
                throw new RouteSyntaxException("'" + name + "' is no sink; did you mean $upstream?", start + 1);
            }
            end();
            return new Sink.Upstream();
        }
        if (!keyword("BrokeredEndpoint")) {
            throw expected("$upstream or BrokeredEndpoint(\"/modules/…/inputs/…\") after INTO");
        }
        symbol('(');
        skipSpace();
        var stringAt = at;
        var path = string();
        symbol(')');
        end();
        return moduleInput(path, stringAt);
    }

    private static Sink moduleInput(String path, int stringAt) throws RouteSyntaxException {
        var trimmed = path.startsWith("/") ? path.substring(1) : path;
        trimmed = trimmed.endsWith("/") ? trimmed.substring(0, trimmed.length() - 1) : trimmed;
        var parts = trimmed.split("/", -1);
        var complete = parts.length == 4 && !parts[1].isEmpty() && !parts[3].isEmpty();
        if (!complete || !parts[0].equalsIgnoreCase("modules") || !parts[2].equalsIgnoreCase("inputs")) {
            throw new RouteSyntaxException(
                    "'" + path + "' is no module input; write /modules/{module}/inputs/{input}", stringAt + 1);
        }
        if (!Identity.isModuleId(parts[1])) {
            throw new RouteSyntaxException(
                    "'" + parts[1] + "' is no module id; it has 1 to 128 letters, digits, _ . : -", stringAt + 1);
        }
        if (parts[3].chars().anyMatch(c -> Character.isISOControl(c) || c == '"' || c == '\'' || c == '\\')) {
            throw new RouteSyntaxException("an input name may not contain quotes or '\\'", stringAt + 1);
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
            throw new RouteSyntaxException("this string has no closing " + quote, at + 1);
        }
        var value = text.substring(at + 1, close);
        at = close + 1;
        return value;
    }

    private void end() throws RouteSyntaxException {
        skipSpace();
        if (at < text.length()) {
            throw new RouteSyntaxException(
                    "nothing may follow the sink, found '" + clip(text.substring(at)) + "'", at + 1);
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
        while (at < text.length()) {
            var comment = endOfComment();
            if (comment < 0 && !Character.isWhitespace(text.charAt(at))) {
                return;
            }
            at = comment < 0 ? at + 1 : comment;
        }
    }

    /** Where the comment that starts here ends, or -1. As in IoT Edge it is one only if it is closed: {@code FROM /*} is a source. */
    private int endOfComment() {
        if (!text.startsWith("/*", at)) {
            return -1;
        }
        var close = text.indexOf("*/", at + 2);
        return close < 0 ? -1 : close + 2;
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
        skipSpace();
        var found = at >= text.length() ? "the end of the route" : "'" + clip(text.substring(at)) + "'";
        return new RouteSyntaxException("expected " + what + ", found " + found, at + 1);
    }

    private static String clip(String rest) {
        return rest.length() <= 20 ? rest : rest.substring(0, 20) + "…";
    }
}
