package dev.selvedge.twin;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.identity.Identity;
import dev.selvedge.json.Nesting;
import org.jspecify.annotations.Nullable;

/**
 * The limits of desired properties: 64 levels, and 32 KiB as in IoT Hub; those of a hub, which hold its routes, may have 256 KiB. A hub keeps several
 * trees of each twin, which may be thirty times as large as its text.
 */
public final class DesiredRules {
    public static final int MAX_BYTES = 32 * 1024;
    public static final int MAX_HUB_BYTES = 256 * 1024;

    private DesiredRules() {}

    /**
     * What is wrong with desired properties and what to do, in words that follow the name of their field; empty when they may be obeyed.
     *
     * @param moduleId the module whose they are; null for a downstream device
     * @param desired null for none
     */
    public static Optional<String> violation(@Nullable String moduleId, @Nullable ObjectNode desired) {
        if (desired == null) {
            return Optional.empty();
        }
        if (Nesting.tooDeep(desired)) {
            return Optional.of("is nested deeper than " + Nesting.MAX + " levels; make it flatter");
        }
        var most = Identity.EDGE_HUB.equals(moduleId) ? MAX_HUB_BYTES : MAX_BYTES;
        var bytes = desired.toString().getBytes(StandardCharsets.UTF_8).length;
        return bytes > most
                ? Optional.of("has " + bytes + " bytes without white space, at most " + most
                        + " are allowed; make it smaller")
                : Optional.empty();
    }
}
