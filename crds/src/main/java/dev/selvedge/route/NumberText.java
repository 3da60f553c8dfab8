package dev.selvedge.route;

import java.util.regex.Pattern;

/** Reads a number as .NET's {@code double.TryParse} does with {@code NumberStyles.Any} in the invariant culture, without currency signs. */
final class NumberText {
    private static final String SPACE = "[\\t-\\r ]*+";
    private static final Pattern FORM = Pattern.compile(SPACE + "(?<open>\\()?+(?<sign>[+-])?+"
            + "(?<number>(?:\\d[\\d,]*+(?:\\.\\d*+)?+|\\.\\d++)(?:[eE][+-]?+\\d++)?+)" + SPACE + "(?<after>[+-])?+"
            + SPACE
            + "(?<close>\\))?+" + SPACE);

    private NumberText() {}

    /** NaN when the text is no number. */
    static double parse(String text) {
        var form = FORM.matcher(text);
        if (!form.matches()) {
            return word(text.strip());
        }
        var sign = form.group("sign");
        var after = form.group("after");
        var open = form.group("open") != null;
        var signs = (sign == null ? 0 : 1) + (after == null ? 0 : 1) + (open ? 1 : 0);
        if (signs > 1 || open != (form.group("close") != null)) {
            return Double.NaN;
        }
        var number = form.group("number");
        var value = Double.parseDouble(number.indexOf(',') < 0 ? number : number.replace(",", ""));
        return open || "-".equals(sign) || "-".equals(after) ? -value : value;
    }

    private static double word(String text) {
        var negative = text.startsWith("-");
        var word = negative || text.startsWith("+") ? text.substring(1) : text;
        if (!word.equalsIgnoreCase("Infinity")) {
            return Double.NaN;
        }
        return negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
}
