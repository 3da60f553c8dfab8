package dev.selvedge.route;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.selvedge.route.BodyPaths.Wanted;
import org.jspecify.annotations.Nullable;

/** The body of a message as conditions see it: a JSON object, or nothing that has values. As lenient as the parser of IoT Edge (Newtonsoft). */
final class JsonBody {
    private static final JsonBody NONE = new JsonBody(null);
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
            .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
            .enable(JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES)
            .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
            .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
            .enable(JsonReadFeature.ALLOW_LEADING_DECIMAL_POINT_FOR_NUMBERS)
            .enable(JsonReadFeature.ALLOW_TRAILING_DECIMAL_POINT_FOR_NUMBERS)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private final @Nullable Node root;

    private JsonBody(@Nullable Node root) {
        this.root = root;
    }

    /** What is kept of one place of the body; the value of an object, an array or a date is undefined. */
    private record Node(Value value, Map<String, Node> members, Map<Integer, Node> elements) {
        static Node leaf(Value value) {
            return new Node(value, Map.of(), Map.of());
        }
    }

    /** Empty unless the system properties say JSON in a known encoding and the body is an object. */
    static JsonBody of(Routable message, BodyPaths paths) {
        var encoding = message.systemProperty("contentEncoding");
        if (encoding == null || !"application/json".equalsIgnoreCase(message.systemProperty("contentType"))) {
            return NONE;
        }
        var charset = charset(encoding.toLowerCase(Locale.ROOT));
        if (charset == null) {
            return NONE;
        }
        try (var parser = parser(message.body(), charset)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return NONE;
            }
            var root = object(parser, paths.root());
            return parser.nextToken() == null ? new JsonBody(root) : NONE;
        } catch (IOException e) {
            return NONE;
        }
    }

    private static @Nullable Charset charset(String encoding) {
        return switch (encoding) {
            case "utf-8" -> StandardCharsets.UTF_8;
            case "utf-16" -> StandardCharsets.UTF_16LE;
            case "utf-32" -> StandardCharsets.UTF_32LE;
            default -> null;
        };
    }

    /** Most bodies are ASCII, which need not be decoded. */
    private static JsonParser parser(byte[] body, Charset charset) throws IOException {
        return charset.equals(StandardCharsets.UTF_8) && Ascii.isText(body)
                ? JSON.createParser(body)
                : JSON.createParser(decode(body, charset));
    }

    /** What is no text is replaced. NULs at the end are not part of it: firmware sends buffers whole. */
    private static String decode(byte[] body, Charset charset) {
        var text = new String(body, charset);
        var end = text.length();
        while (end > 0 && "\0 \t\r\n".indexOf(text.charAt(end - 1)) >= 0) {
            end--;
        }
        return text.substring(text.startsWith("\uFEFF") ? 1 : 0, end);
    }

    private static Node node(JsonParser parser, Wanted wanted) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser, wanted);
            case START_ARRAY -> array(parser, wanted);
            case VALUE_STRING -> Node.leaf(text(parser.getText()));
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> Node.leaf(Value.of(parser.getDoubleValue()));
            case VALUE_TRUE -> Node.leaf(Value.TRUE);
            case VALUE_FALSE -> Node.leaf(Value.FALSE);
            case VALUE_NULL -> Node.leaf(Value.NULL);
            default -> Node.leaf(Value.UNDEFINED);
        };
    }

    /** Of two members with one name the last counts. */
    private static Node object(JsonParser parser, Wanted wanted) throws IOException {
        if (wanted.members().isEmpty()) {
            parser.skipChildren();
            return Node.leaf(Value.UNDEFINED);
        }
        var members = new HashMap<String, Node>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            var name = parser.currentName();
            var member = wanted.members().get(name);
            parser.nextToken();
            if (member == null) {
                parser.skipChildren();
            } else {
                members.put(name, node(parser, member));
            }
        }
        return new Node(Value.UNDEFINED, members, Map.of());
    }

    private static Node array(JsonParser parser, Wanted wanted) throws IOException {
        if (wanted.elements().isEmpty()) {
            parser.skipChildren();
            return Node.leaf(Value.UNDEFINED);
        }
        var elements = new HashMap<Integer, Node>();
        for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
            var element = wanted.elements().get(i);
            if (element == null) {
                parser.skipChildren();
            } else {
                elements.put(i, node(parser, element));
            }
        }
        return new Node(Value.UNDEFINED, Map.of(), elements);
    }

    private static Value text(String text) {
        return DateText.isDate(text) ? Value.UNDEFINED : new Value.Text(text);
    }

    /** The leaf at a path, null where there is none; undefined for an object, an array, a date. */
    Value at(BodyPath path) {
        var node = root;
        if (node == null) {
            return Value.UNDEFINED;
        }
        for (var step : path.steps()) {
            node = node.members().get(step.name());
            for (int i = 0; node != null && i < step.indexes().size(); i++) {
                node = node.elements().get(step.indexes().get(i));
            }
            if (node == null) {
                return Value.NULL;
            }
        }
        return node.value();
    }
}
