package dev.selvedge.identity;

import java.util.Optional;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Who speaks to a hub: a module {@code {deviceId}/{moduleId}}, or a downstream device {@code {deviceId}}. Ids are compared case-sensitively;
 * 1 to 128 characters of letters, digits and {@code _ . : -} (a module id may also be {@code $edgeHub}).
 */
public record Identity(String deviceId, @Nullable String moduleId) implements Comparable<Identity> {
    /** The module id of the hub itself. */
    public static final String EDGE_HUB = "$edgeHub";

    private static final Pattern DEVICE_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}");
    private static final Pattern MODULE_ID = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.:-]{0,127}|\\$edgeHub");

    public Identity {
        if (!isDeviceId(deviceId)) {
            throw new IllegalArgumentException(
                    "'" + deviceId + "' is not a device id: 1 to 128 letters, digits, _ . : -");
        }
        if (moduleId != null && !isModuleId(moduleId)) {
            throw new IllegalArgumentException(
                    "'" + moduleId + "' is not a module id: 1 to 128 letters, digits, _ . : -");
        }
    }

    public static boolean isDeviceId(String text) {
        return DEVICE_ID.matcher(text).matches();
    }

    public static boolean isModuleId(String text) {
        return MODULE_ID.matcher(text).matches();
    }

    public static Identity module(String deviceId, String moduleId) {
        return new Identity(deviceId, moduleId);
    }

    public static Identity device(String deviceId) {
        return new Identity(deviceId, null);
    }

    /** The hub of a device, as an identity. */
    public static Identity hub(String deviceId) {
        return new Identity(deviceId, EDGE_HUB);
    }

    /** Reads {@link #path()} back; empty when the text is no identity. */
    public static Optional<Identity> parse(String path) {
        var slash = path.indexOf('/');
        try {
            return Optional.of(slash < 0 ? device(path) : module(path.substring(0, slash), path.substring(slash + 1)));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /** {@code device/module}, or {@code device}: the MQTT client id, and the name in logs and metrics. */
    public String path() {
        return moduleId == null ? deviceId : deviceId + "/" + moduleId;
    }

    @Override
    public int compareTo(Identity other) {
        return path().compareTo(other.path());
    }

    @Override
    public String toString() {
        return path();
    }
}
