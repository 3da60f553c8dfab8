package dev.selvedge.route;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.jspecify.annotations.Nullable;

/** The body of a message as conditions see it: a JSON object, or nothing that has values. */
final class JsonBody {
    private static final JsonBody NONE = new JsonBody(null);
    private static final ObjectReader READER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .readerFor(JsonNode.class);

    private final @Nullable JsonNode root;

    private JsonBody(@Nullable JsonNode root) {
        this.root = root;
    }

    /** Empty unless the system properties say JSON in a known encoding and the body is an object. */
    static JsonBody of(Routable message) {
        var encoding = message.systemProperty("contentEncoding");
        if (encoding == null || !"application/json".equalsIgnoreCase(message.systemProperty("contentType"))) {
            return NONE;
        }
        try {
            var root = parse(message.body(), encoding.toLowerCase(Locale.ROOT));
            return root != null && root.isObject() ? new JsonBody(root) : NONE;
        } catch (IOException e) {
            return NONE;
        }
    }

    private static @Nullable JsonNode parse(byte[] body, String encoding) throws IOException {
        return switch (encoding) {
            case "utf-8" -> isWide(body) ? null : READER.readValue(body);
            case "utf-16" -> READER.readValue(decode(body, StandardCharsets.UTF_16LE));
            case "utf-32" -> READER.readValue(decode(body, StandardCharsets.UTF_32LE));
            default -> null;
        };
    }

    /** Whether Jackson would take these bytes for UTF-16 or UTF-32. */
    private static boolean isWide(byte[] body) {
        return body.length >= 2 && (body[0] == 0 || body[1] == 0 || (body[0] & 0xFE) == 0xFE);
    }

    private static String decode(byte[] body, Charset charset) throws CharacterCodingException {
        var text = charset.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    /** The leaf at a path, null where there is none; undefined for an object, an array, a date. */
    Value at(BodyPath path) {
        if (root == null) {
            return Value.UNDEFINED;
        }
        var node = root;
        for (var step : path.steps()) {
            var next = node.isObject() ? node.get(step.name()) : null;
            if (next != null && step.index() >= 0) {
                next = next.isArray() ? next.get(step.index()) : null;
            }
            if (next == null) {
                return Value.NULL;
            }
            node = next;
        }
        return value(node);
    }

    private static Value value(JsonNode node) {
        return switch (node.getNodeType()) {
            case BOOLEAN -> Value.of(node.booleanValue());
            case NUMBER -> Value.of(node.doubleValue());
            case STRING -> DateText.isDate(node.textValue()) ? Value.UNDEFINED : new Value.Text(node.textValue());
            case NULL -> Value.NULL;
            default -> Value.UNDEFINED;
        };
    }
}
