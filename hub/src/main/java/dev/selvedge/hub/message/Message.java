package dev.selvedge.hub.message;

import java.nio.charset.StandardCharsets;
import java.util.Map;

import dev.selvedge.identity.Identity;
import org.jspecify.annotations.Nullable;

/**
 * One telemetry message. The sender is the authenticated identity, never what the message says of itself. The body is not copied: nobody
 * changes it after construction.
 *
 * @param output the sender's output name, or null
 * @param system system properties by edgeHub's inward names ({@code messageId}, {@code cid}, {@code contentType}, {@code contentEncoding},
 *     {@code creationTime}, …)
 * @param properties application properties in the order they arrived
 */
public record Message(
        Identity sender,
        @Nullable String output,
        Map<String, String> system,
        Map<String, String> properties,
        byte[] body) {
    /** Most bytes of body, property names and values together (IoT Hub's limit of 256 KiB). */
    public static final int MAX_BYTES = 256 * 1024;

    /** The path that routes match: {@code /messages/modules/m/outputs/o}, {@code /messages/modules/m}, or {@code /messages}. */
    public String sourcePath() {
        if (sender.moduleId() == null) {
            return "/messages";
        }
        var module = "/messages/modules/" + sender.moduleId();
        return output == null ? module : module + "/outputs/" + output;
    }

    /** Bytes that count against {@link #MAX_BYTES}. */
    public int size() {
        return body.length + size(system) + size(properties);
    }

    private static int size(Map<String, String> map) {
        var bytes = 0;
        for (var entry : map.entrySet()) {
            bytes += entry.getKey().getBytes(StandardCharsets.UTF_8).length
                    + entry.getValue().getBytes(StandardCharsets.UTF_8).length;
        }
        return bytes;
    }
}
