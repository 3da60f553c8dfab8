package dev.selvedge.hub.message;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Percent-encoding as RFC 3986 has it: UTF-8, only unreserved characters stand for themselves, a space is {@code %20} and never {@code +}. */
public final class Percent {
    private static final String UNRESERVED = "-_.~";
    private static final Pattern ESCAPES = Pattern.compile("(?:%[0-9A-Fa-f]{2})++");
    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    private Percent() {}

    public static String encode(String text) {
        var out = new StringBuilder(text.length() + 16);
        for (var b : text.getBytes(StandardCharsets.UTF_8)) {
            var c = (char) (b & 0xff);
            if (c < 0x80 && (Character.isLetterOrDigit(c) || UNRESERVED.indexOf(c) >= 0)) {
                out.append(c);
            } else {
                out.append('%').append(HEX[c >> 4]).append(HEX[c & 0xf]);
            }
        }
        return out.toString();
    }

    /**
     * Decodes; characters that need no encoding may stand there raw.
     *
     * @throws IllegalArgumentException when an escape is incomplete, or the bytes are not UTF-8
     */
    public static String decode(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        var raw = text.getBytes(StandardCharsets.UTF_8);
        var out = ByteBuffer.allocate(raw.length);
        for (int i = 0; i < raw.length; i++) {
            if (raw[i] != '%') {
                out.put(raw[i]);
                continue;
            }
            if (i + 2 >= raw.length) {
                throw new IllegalArgumentException("an incomplete % escape at the end of '" + text + "'");
            }
            out.put((byte) (hex(raw[i + 1], text) << 4 | hex(raw[i + 2], text)));
            i += 2;
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(out.flip()).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("the escapes in '" + text + "' are not UTF-8", e);
        }
    }

    /** Decodes what is an escape, or several, of a character; the rest stays as it is. So does .NET's {@code Uri.UnescapeDataString}. */
    public static String decodeLeniently(String text) {
        return ESCAPES.matcher(text).replaceAll(match -> Matcher.quoteReplacement(characters(match.group())));
    }

    private static String characters(String escapes) {
        var bytes = ByteBuffer.wrap(HexFormat.of().parseHex(escapes.replace("%", "")));
        var characters = CharBuffer.allocate(escapes.length());
        var decoder = StandardCharsets.UTF_8.newDecoder();
        for (var found = decoder.decode(bytes, characters, true);
                found.isError();
                found = decoder.decode(bytes, characters, true)) {
            var end = bytes.position() + found.length();
            characters.append(escapes, 3 * bytes.position(), 3 * end);
            bytes.position(end);
        }
        return characters.flip().toString();
    }

    private static int hex(byte digit, String text) {
        var value = Character.digit((char) digit, 16);
        if (digit < 0 || value < 0) {
            throw new IllegalArgumentException("a % without two hexadecimal digits in '" + text + "'");
        }
        return value;
    }
}
