package dev.selvedge.route;

/** Strings in quotes: {@code \" \' \\ \}{@code uXXXX} are the escapes there are. */
final class Quoted {
    private Quoted() {}

    /** Where the string that opens at {@code start} ends, its closing quote included; -1 when it is not closed or has another escape. */
    static int end(String text, int start) {
        var quote = text.charAt(start);
        for (int i = start + 1; i < text.length(); i++) {
            var c = text.charAt(i);
            if (c == quote) {
                return i + 1;
            }
            if (c == '\\') {
                var escape = escape(text, i);
                if (escape == 0) {
                    return -1;
                }
                i += escape - 1;
            }
        }
        return -1;
    }

    /** The length of the escape at a backslash, or 0. */
    private static int escape(String text, int at) {
        if (at + 1 >= text.length()) {
            return 0;
        }
        var c = text.charAt(at + 1);
        if (c == '"' || c == '\'' || c == '\\') {
            return 2;
        }
        var hex = c == 'u' && at + 6 <= text.length();
        for (int i = at + 2; hex && i < at + 6; i++) {
            hex = Character.digit(text.charAt(i), 16) >= 0 && text.charAt(i) < 128;
        }
        return hex ? 6 : 0;
    }

    /** What a complete string in quotes stands for. */
    static String value(String quoted) {
        var value = new StringBuilder();
        for (int i = 1; i < quoted.length() - 1; i++) {
            var c = quoted.charAt(i);
            if (c != '\\') {
                value.append(c);
            } else if (quoted.charAt(i + 1) == 'u') {
                value.append((char) Integer.parseInt(quoted, i + 2, i + 6, 16));
                i += 5;
            } else {
                value.append(quoted.charAt(++i));
            }
        }
        return value.toString();
    }

    /** In double quotes; a slash after an asterisk is escaped, since it would end a comment that the source of the route seems to open. */
    static String print(String value) {
        var quoted = new StringBuilder("\"");
        for (int i = 0; i < value.length(); i++) {
            var c = value.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c == '/' && i > 0 && value.charAt(i - 1) == '*') {
                quoted.append("\\u002f");
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
