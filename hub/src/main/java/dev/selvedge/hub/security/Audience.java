package dev.selvedge.hub.security;

import dev.selvedge.hub.message.Percent;
import dev.selvedge.identity.Identity;
import org.jspecify.annotations.Nullable;

/**
 * What a token is good for: {@code {host}/devices/{device}} or {@code {host}/devices/{device}/modules/{module}}, percent-encoded once, its ids
 * perhaps twice. Hosts and ids compare without case.
 */
public record Audience(
        String host, String deviceId, @Nullable String moduleId) {
    /** Reads the {@code sr} of a token. */
    static Audience parse(String resource) throws TokenException {
        try {
            var parts = Percent.decode(resource).split("/", -1);
            var device = parts.length == 3 && parts[1].equalsIgnoreCase("devices");
            var module =
                    parts.length == 5 && parts[1].equalsIgnoreCase("devices") && parts[3].equalsIgnoreCase("modules");
            if (device || module) {
                return new Audience(parts[0], Percent.decode(parts[2]), module ? Percent.decode(parts[4]) : null);
            }
        } catch (IllegalArgumentException _) {
            // said below
        }
        throw new TokenException("the audience 'sr' of the token is no {host}/devices/{device}[/modules/{module}]");
    }

    /** Whether the token of this audience may speak for an identity: its own, or that of its device. */
    boolean covers(Identity identity) {
        if (!deviceId.equalsIgnoreCase(identity.deviceId())) {
            return false;
        }
        return moduleId == null || moduleId.equalsIgnoreCase(identity.moduleId());
    }
}
