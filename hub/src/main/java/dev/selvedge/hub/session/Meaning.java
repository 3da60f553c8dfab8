package dev.selvedge.hub.session;

import java.util.regex.Pattern;

import dev.selvedge.identity.Identity;

/** What a topic filter asks for, as edgeHub reads filters: by their shape, not by matching topics. */
public enum Meaning {
    METHODS,
    DESIRED,
    TWIN_ANSWERS,
    DEVICE_BOUND,
    INPUTS,
    /** Granted and without effect. */
    NOTHING,
    /** Names another device or module. */
    FOREIGN;

    private static final Pattern OF_CLIENT = Pattern.compile("devices/([^/]+)(?:/modules/([^/]+))?/(.*)");

    /** What this filter means when this client subscribes to it. */
    public static Meaning of(String filter, Identity client) {
        if (filter.startsWith("$iothub/methods/POST/")) {
            return METHODS;
        }
        if (filter.startsWith("$iothub/twin/PATCH/properties/desired/")) {
            return DESIRED;
        }
        if (filter.equals("$iothub/twin/res/#")) {
            return TWIN_ANSWERS;
        }
        var match = OF_CLIENT.matcher(filter);
        if (!match.matches()) {
            return NOTHING;
        }
        var owner = match.group(2) == null ? match.group(1) : match.group(1) + "/" + match.group(2);
        if (!owner.equals(client.path())) {
            return FOREIGN;
        }
        return match.group(2) == null ? ofDevice(match.group(3)) : ofModule(match.group(3));
    }

    private static Meaning ofDevice(String rest) {
        return rest.endsWith("messages/devicebound/#") ? DEVICE_BOUND : NOTHING;
    }

    private static Meaning ofModule(String rest) {
        return rest.equals("#") || (rest.startsWith("inputs/") && rest.endsWith("/#")) ? INPUTS : NOTHING;
    }
}
