package dev.selvedge.hub.amqp;

import java.util.Locale;
import java.util.Optional;

import dev.selvedge.hub.message.Percent;
import dev.selvedge.identity.Identity;
import org.jspecify.annotations.Nullable;

/**
 * What a link is for, from its address: {@code $cbs}, or {@code /devices/{d}[/modules/{m}]/{messages/events|messages/devicebound|methods/devicebound|twin}},
 * with or without scheme and host before it, words in any case.
 *
 * @param owner whose link it is; null for {@code $cbs} alone
 */
record LinkAddress(Purpose purpose, @Nullable Identity owner) {
    enum Purpose {
        TOKENS,
        /** Telemetry to the hub, inputs from it. */
        EVENTS,
        DEVICE_BOUND,
        METHODS,
        TWIN
    }

    private static final String CBS = "$cbs";

    /** Reads an address; empty when it is none of these. */
    static Optional<LinkAddress> parse(@Nullable String address) {
        if (address == null) {
            return Optional.empty();
        }
        var path = path(address);
        if (path.equalsIgnoreCase(CBS)) {
            return Optional.of(new LinkAddress(Purpose.TOKENS, null));
        }
        var parts = path.split("/", -1);
        if (parts.length < 3 || !parts[0].equalsIgnoreCase("devices")) {
            return Optional.empty();
        }
        var module = parts.length > 4 && parts[2].equalsIgnoreCase("modules");
        var rest = path.substring(parts[0].length() + parts[1].length() + 2);
        if (module) {
            rest = rest.substring(parts[2].length() + parts[3].length() + 2);
        }
        return purpose(rest)
                .flatMap(purpose ->
                        owner(parts[1], module ? parts[3] : null).map(owner -> new LinkAddress(purpose, owner)));
    }

    private static String path(String address) {
        var scheme = address.indexOf("://");
        var rest = address;
        if (scheme >= 0) {
            var slash = address.indexOf('/', scheme + 3);
            rest = slash < 0 ? "" : address.substring(slash);
        }
        return rest.startsWith("/") ? rest.substring(1) : rest;
    }

    private static Optional<Purpose> purpose(String rest) {
        return switch (rest.toLowerCase(Locale.ROOT)) {
            case "messages/events" -> Optional.of(Purpose.EVENTS);
            case "messages/devicebound" -> Optional.of(Purpose.DEVICE_BOUND);
            case "methods/devicebound" -> Optional.of(Purpose.METHODS);
            case "twin" -> Optional.of(Purpose.TWIN);
            default -> Optional.empty();
        };
    }

    private static Optional<Identity> owner(String device, @Nullable String module) {
        try {
            return Optional.of(new Identity(Percent.decode(device), module == null ? null : Percent.decode(module)));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }
}
