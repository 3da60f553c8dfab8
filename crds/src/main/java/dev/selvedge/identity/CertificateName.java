package dev.selvedge.identity;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Whose a client certificate is: the URI among its alternative names, {@code selvedge:{device}[/{module}]?generation={generation}}.
 */
public record CertificateName(Identity identity, String generation) {
    private static final Pattern URI = Pattern.compile("selvedge:([^?]+)\\?generation=([A-Za-z0-9_.-]{1,64})");

    /** Empty when the URI is another one. */
    public static Optional<CertificateName> parse(String uri) {
        var match = URI.matcher(uri);
        return match.matches()
                ? Identity.parse(match.group(1)).map(identity -> new CertificateName(identity, match.group(2)))
                : Optional.empty();
    }

    public String uri() {
        return "selvedge:" + identity.path() + "?generation=" + generation;
    }
}
