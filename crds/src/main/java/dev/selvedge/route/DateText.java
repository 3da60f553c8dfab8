package dev.selvedge.route;

import java.time.YearMonth;
import java.util.regex.Pattern;

/** Strings that IoT Edge's JSON parser (Newtonsoft) takes for dates, which conditions cannot see. */
final class DateText {
    private static final Pattern ISO = Pattern.compile(
            "(\\d{4})-(0[1-9]|1[0-2])-(\\d\\d)T(?:([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,7})?|24:00:00(?:\\.0{1,7})?)"
                    + "(?:[Zz]|[+-]\\d\\d(?::?\\d\\d)?)?");
    private static final Pattern MICROSOFT = Pattern.compile("/Date\\(-?\\d{1,18}(?:[+-]\\d{2,4})?\\)/");

    private DateText() {}

    static boolean isDate(String text) {
        if (text.startsWith("/Date(")) {
            return MICROSOFT.matcher(text).matches();
        }
        if (text.length() < 19 || text.length() > 40 || text.charAt(10) != 'T') {
            return false;
        }
        var iso = ISO.matcher(text);
        if (!iso.matches()) {
            return false;
        }
        var year = Integer.parseInt(iso.group(1));
        var day = Integer.parseInt(iso.group(3));
        return year > 0
                && day > 0
                && day <= YearMonth.of(year, Integer.parseInt(iso.group(2))).lengthOfMonth();
    }
}
