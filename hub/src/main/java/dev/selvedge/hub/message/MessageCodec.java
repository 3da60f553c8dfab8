package dev.selvedge.hub.message;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

import dev.selvedge.identity.Identity;
import org.jspecify.annotations.Nullable;

/**
 * A message as the bytes that the store keeps: a format byte, then the sender's path, the output (length -1 when there is none), the system
 * and the application properties, and the body, each behind a four-byte length. Big-endian.
 */
public final class MessageCodec {
    private static final byte FORMAT = 1;
    private static final int NONE = -1;

    private MessageCodec() {}

    public static byte[] encode(Message message) {
        var sender = bytes(message.sender().path());
        var output = message.output() == null ? null : bytes(message.output());
        var system = bytes(message.system());
        var properties = bytes(message.properties());
        var size = 1 + field(sender) + field(output) + size(system) + size(properties) + field(message.body());
        var out = ByteBuffer.allocate(size).put(FORMAT);
        put(out, sender);
        put(out, output);
        put(out, system);
        put(out, properties);
        put(out, message.body());
        return out.array();
    }

    /**
     * Reads {@link #encode} back.
     *
     * @throws IllegalArgumentException when the bytes are no message
     */
    public static Message decode(byte[] encoded) {
        try {
            var in = ByteBuffer.wrap(encoded);
            var format = in.get();
            if (format != FORMAT) {
                throw new IllegalArgumentException("message format " + format + ", this hub reads " + FORMAT);
            }
            var path = text(in);
            var sender = path == null ? null : Identity.parse(path).orElse(null);
            if (sender == null) {
                throw new IllegalArgumentException("'" + path + "' is no sender");
            }
            var message = new Message(sender, text(in), properties(in), properties(in), body(in));
            if (in.hasRemaining()) {
                throw new IllegalArgumentException(in.remaining() + " bytes after the message");
            }
            return message;
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("the message is cut off after " + encoded.length + " bytes", e);
        }
    }

    private static byte[][] bytes(Map<String, String> properties) {
        var fields = new byte[properties.size() * 2][];
        var at = 0;
        for (var entry : properties.entrySet()) {
            fields[at++] = bytes(entry.getKey());
            fields[at++] = bytes(entry.getValue());
        }
        return fields;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static int field(byte @Nullable [] field) {
        return field == null ? 4 : 4 + field.length;
    }

    private static int size(byte[][] fields) {
        var size = 4;
        for (var field : fields) {
            size += field(field);
        }
        return size;
    }

    private static void put(ByteBuffer out, byte @Nullable [] field) {
        if (field == null) {
            out.putInt(NONE);
        } else {
            out.putInt(field.length).put(field);
        }
    }

    private static void put(ByteBuffer out, byte[][] fields) {
        out.putInt(fields.length / 2);
        for (var field : fields) {
            put(out, field);
        }
    }

    private static Map<String, String> properties(ByteBuffer in) {
        var count = length(in, 8);
        var properties = new LinkedHashMap<String, String>();
        for (int i = 0; i < count; i++) {
            var key = text(in);
            var value = text(in);
            if (key == null || value == null) {
                throw new IllegalArgumentException("a property with no name or no value");
            }
            properties.put(key, value);
        }
        return properties;
    }

    private static byte[] body(ByteBuffer in) {
        var body = new byte[length(in, 1)];
        in.get(body);
        return body;
    }

    private static @Nullable String text(ByteBuffer in) {
        if (in.getInt() == NONE) {
            return null;
        }
        in.position(in.position() - Integer.BYTES);
        return new String(body(in), StandardCharsets.UTF_8);
    }

    private static int length(ByteBuffer in, int bytesEach) {
        var length = in.getInt();
        if (length < 0 || length > in.remaining() / bytesEach) {
            throw new IllegalArgumentException("a length of " + length + " with " + in.remaining() + " bytes left");
        }
        return length;
    }
}
