package dev.selvedge.hub.message;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

import dev.selvedge.identity.Identity;
import dev.selvedge.route.Routable;
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
        byte[] body)
        implements Routable {
    /** Most bytes of body, property names and values together (IoT Hub's limit of 256 KiB). */
    public static final int MAX_BYTES = 256 * 1024;

    private static final String TWIN_CHANGE = "twinChangeNotification";
    private static final String MESSAGE_TYPE = "messageType";

    /** What a client reported, as a message: routes from {@code /twinChangeNotifications} take it. */
    public static Message twinChange(Identity reporter, byte[] patch) {
        var system = Map.of(
                "messageSchema",
                TWIN_CHANGE,
                MESSAGE_TYPE,
                TWIN_CHANGE,
                "contentType",
                "application/json",
                "contentEncoding",
                "utf-8");
        return new Message(reporter, null, system, Map.of(), patch);
    }

    /** Whether the hub made this of a change to a twin; no client can say so of its messages. */
    public boolean isTwinChange() {
        return TWIN_CHANGE.equals(system.get(MESSAGE_TYPE));
    }

    @Override
    public String sourcePath() {
        if (isTwinChange()) {
            return "/twinChangeNotifications";
        }
        if (sender.moduleId() == null) {
            return "/messages";
        }
        var module = "/messages/modules/" + sender.moduleId();
        return output == null ? module : module + "/outputs/" + output;
    }

    @Override
    public @Nullable String property(String name) {
        return anyCase(properties, name);
    }

    @Override
    public @Nullable String systemProperty(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "connectiondeviceid" -> sender.deviceId();
            case "connectionmoduleid" -> sender.moduleId();
            case "outputname" -> output;
            case "edgehuborigininterface" -> sender.moduleId() == null ? "downstream" : "internal";
            default -> anyCase(system, name);
        };
    }

    private static @Nullable String anyCase(Map<String, String> map, String name) {
        var exact = map.get(name);
        if (exact != null || map.isEmpty()) {
            return exact;
        }
        for (var entry : map.entrySet()) {
            if (entry.getKey().equalsIgnoreCase(name)) {
                return entry.getValue();
            }
        }
        return null;
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
