package dev.selvedge.twin;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * The limits of reported properties in IoT Edge: a patch of at most 32 KiB, keys of at most 1,024 bytes without control characters, white
 * space, {@code . $ #}, strings of at most 4,096 bytes, integers within ±2^52, at most 10 levels below the root, no null inside arrays.
 */
public final class PropertyRules {
    public static final int MAX_PATCH_BYTES = 32 * 1024;
    /**
     * Most bytes of a patch as it is sent, with its white space and escapes: an escape of six bytes may stand for one. What is longer need not be
     * read, and its tree may be thirty times as large.
     */
    public static final int MAX_TEXT_BYTES = 6 * MAX_PATCH_BYTES;

    public static final int MAX_KEY_BYTES = 1024;
    public static final int MAX_STRING_BYTES = 4096;
    public static final int MAX_DEPTH = 10;
    public static final long MIN_INTEGER = -4503599627370496L;
    public static final long MAX_INTEGER = 4503599627370495L;

    private PropertyRules() {}

    /** What is wrong with a patch and where, in words for a person; empty when it may be applied. */
    public static Optional<String> violation(ObjectNode patch) {
        var bytes = patch.toString().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_PATCH_BYTES) {
            return Optional.of("the patch has " + bytes + " bytes, at most " + MAX_PATCH_BYTES + " are allowed");
        }
        return Optional.ofNullable(object(patch, "", 0, false));
    }

    private static @Nullable String object(ObjectNode object, String path, int depth, boolean inArray) {
        for (var entry : object.properties()) {
            var at = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
            var wrong = key(entry.getKey(), at);
            if (wrong == null) {
                wrong = value(entry.getValue(), at, depth, inArray);
            }
            if (wrong != null) {
                return wrong;
            }
        }
        return null;
    }

    private static @Nullable String key(String key, String at) {
        if (key.isEmpty()) {
            return "an empty property name below '" + at + "'";
        }
        if (key.getBytes(StandardCharsets.UTF_8).length > MAX_KEY_BYTES) {
            return "a property name of more than " + MAX_KEY_BYTES + " bytes: '" + key.substring(0, 40) + "…'";
        }
        var bad = key.codePoints()
                .filter(c -> Character.isISOControl(c) || Character.isWhitespace(c) || c == '.' || c == '$' || c == '#')
                .findFirst();
        return bad.isPresent()
                ? "'" + at + "': a property name may not contain '" + Character.toString(bad.getAsInt()) + "'"
                : null;
    }

    private static @Nullable String value(JsonNode value, String at, int depth, boolean inArray) {
        return switch (value.getNodeType()) {
            case NULL -> inArray ? "'" + at + "': null is not allowed inside an array" : null;
            case STRING ->
                value.textValue().getBytes(StandardCharsets.UTF_8).length > MAX_STRING_BYTES
                        ? "'" + at + "': a string of more than " + MAX_STRING_BYTES + " bytes"
                        : null;
            case NUMBER ->
                value.isIntegralNumber() && !inRange(value)
                        ? "'" + at + "': an integer beyond " + MIN_INTEGER + " … " + MAX_INTEGER
                        : null;
            case OBJECT -> depth + 1 > MAX_DEPTH ? tooDeep(at) : object((ObjectNode) value, at, depth + 1, inArray);
            case ARRAY -> depth + 1 > MAX_DEPTH ? tooDeep(at) : elements(value, at, depth + 1);
            case BOOLEAN -> null;
            case BINARY, MISSING, POJO -> "'" + at + "': not a JSON value";
        };
    }

    private static @Nullable String elements(JsonNode array, String at, int depth) {
        for (int i = 0; i < array.size(); i++) {
            var wrong = value(array.get(i), at + "[" + i + "]", depth, true);
            if (wrong != null) {
                return wrong;
            }
        }
        return null;
    }

    private static boolean inRange(JsonNode number) {
        return number.canConvertToLong() && number.longValue() >= MIN_INTEGER && number.longValue() <= MAX_INTEGER;
    }

    private static String tooDeep(String at) {
        return "'" + at + "': nested deeper than " + MAX_DEPTH + " levels";
    }
}
