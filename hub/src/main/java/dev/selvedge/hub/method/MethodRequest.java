package dev.selvedge.hub.method;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.hub.method.MethodException.Cause;
import org.jspecify.annotations.Nullable;

/**
 * A direct method as a caller asks for it: {@code {"methodName":…,"payload":…,"responseTimeoutInSeconds":…,"connectTimeoutInSeconds":…}}, names
 * in any case, as IoT Hub and edgeHub read it.
 *
 * @param payload JSON, or nothing when the caller gave none; at most {@link #MAX_PAYLOAD} bytes
 * @param connect how long to wait for the client to be there: 0 to 300 s
 * @param response how long to wait for its answer: 5 to 300 s
 */
public record MethodRequest(String name, byte[] payload, Duration connect, Duration response) {
    /** Longest method name, in characters. */
    public static final int MAX_NAME = 100;
    /** Largest payload, in bytes. */
    public static final int MAX_PAYLOAD = 128 * 1024;

    private static final int DEFAULT_RESPONSE_SECONDS = 30;
    private static final int LEAST_RESPONSE_SECONDS = 5;
    private static final int MOST_SECONDS = 300;
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final byte[] NOTHING = {};

    /** Reads a request; fails with what is wrong in it. */
    public static MethodRequest parse(byte[] body) throws MethodException {
        var fields = fields(body);
        var name = fields.get("methodname");
        if (name == null || !name.isTextual() || name.textValue().isBlank()) {
            throw invalid("'methodName' is missing");
        }
        if (name.textValue().length() > MAX_NAME) {
            throw invalid("'methodName' has " + name.textValue().length() + " characters, at most " + MAX_NAME);
        }
        return new MethodRequest(
                name.textValue(),
                payload(fields.get("payload")),
                seconds(fields, "connectTimeoutInSeconds", 0, 0),
                seconds(fields, "responseTimeoutInSeconds", LEAST_RESPONSE_SECONDS, DEFAULT_RESPONSE_SECONDS));
    }

    private static Map<String, JsonNode> fields(byte[] body) throws MethodException {
        try {
            if (JSON.readTree(body) instanceof ObjectNode object) {
                var fields = new HashMap<String, JsonNode>();
                object.properties()
                        .forEach(field -> fields.put(field.getKey().toLowerCase(Locale.ROOT), field.getValue()));
                return fields;
            }
        } catch (JsonProcessingException e) {
            throw invalid("the body is no JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw invalid("the body is no JSON: " + e.getMessage());
        }
        throw invalid("the body is no JSON object");
    }

    private static byte[] payload(@Nullable JsonNode payload) throws MethodException {
        if (payload == null) {
            return NOTHING;
        }
        var bytes = payload.toString().getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_PAYLOAD) {
            throw invalid("'payload' has " + bytes.length + " bytes, at most " + MAX_PAYLOAD);
        }
        return bytes;
    }

    private static Duration seconds(Map<String, JsonNode> fields, String name, int least, int otherwise)
            throws MethodException {
        var value = fields.get(name.toLowerCase(Locale.ROOT));
        if (value == null || value.isNull()) {
            return Duration.ofSeconds(otherwise);
        }
        if (!value.canConvertToInt() || value.intValue() < least || value.intValue() > MOST_SECONDS) {
            throw invalid("'" + name + "' is " + value + ", it must be " + least + " to " + MOST_SECONDS + " seconds");
        }
        return Duration.ofSeconds(value.intValue());
    }

    private static MethodException invalid(String why) {
        return new MethodException(Cause.INVALID, why);
    }
}
