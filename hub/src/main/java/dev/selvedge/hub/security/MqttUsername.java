package dev.selvedge.hub.security;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

import dev.selvedge.hub.message.Percent;
import dev.selvedge.identity.Identity;

/**
 * The user name of an MQTT CONNECT: {@code {host}/{device}[/{module}]/?api-version=…&DeviceClientType=…}. The host says nothing, the version
 * must be there and is not looked at, unknown properties are left alone. A client without an SDK may say {@code {device}[/{module}]} alone.
 */
public record MqttUsername(Identity identity, Map<String, String> properties) {
    /** Longest user name that is read, in characters. */
    public static final int MAX_LENGTH = 4096;

    private static final String VERSION = "api-version";

    /** Whether it is an identity alone, as no SDK has it. */
    public boolean isPlain() {
        return properties.isEmpty();
    }

    /**
     * Reads a user name.
     *
     * @throws IllegalArgumentException when it is none; the message says why
     */
    public static MqttUsername parse(String text) {
        if (text.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("the user name has more than " + MAX_LENGTH + " characters");
        }
        var plain = text.contains("=") ? Optional.<Identity>empty() : Identity.parse(text);
        if (plain.isPresent()) {
            return new MqttUsername(plain.get(), Map.of());
        }
        var parts = text.split("/", -1);
        var last = parts[parts.length - 1];
        if (parts.length < 3 || parts.length > 4 || !(last.startsWith("?") || last.contains(VERSION + "="))) {
            throw new IllegalArgumentException(
                    "the user name is no {host}/{device}[/{module}]/?api-version=… and no {device}[/{module}]");
        }
        var properties = properties(last.startsWith("?") ? last.substring(1) : last);
        if (properties.getOrDefault(VERSION, "").isBlank()) {
            throw new IllegalArgumentException("the user name has no " + VERSION);
        }
        var identity = parts.length == 3 ? Identity.device(parts[1]) : Identity.module(parts[1], parts[2]);
        return new MqttUsername(identity, properties);
    }

    private static Map<String, String> properties(String text) {
        var properties = new LinkedHashMap<String, String>();
        for (var property : text.split("&", -1)) {
            var equals = property.indexOf('=');
            if (equals > 0) {
                properties.putIfAbsent(property.substring(0, equals), Percent.decode(property.substring(equals + 1)));
            }
        }
        return properties;
    }
}
