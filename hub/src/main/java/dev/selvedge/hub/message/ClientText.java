package dev.selvedge.hub.message;

import java.util.regex.Pattern;

/** A client's text as a log may quote it. */
public final class ClientText {
    private static final int MOST = 200;
    /** Control characters, ends of lines and paragraphs, and what turns the direction of what follows, say. */
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");

    private ClientText() {}

    /** As much of it as a log line needs, and so that it is one line. */
    public static String clip(String text) {
        return printable(text.length() <= MOST ? text : text.substring(0, MOST) + "…");
    }

    /** All of it, without characters that would end a line of the log, or change how it is shown. */
    public static String printable(String text) {
        return UNPRINTABLE.matcher(text).replaceAll("\uFFFD");
    }
}
