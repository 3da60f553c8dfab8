package dev.selvedge.operator.pki;

import java.time.Duration;

/**
 * How long what is made from now on is valid; what was made before keeps its own end.
 *
 * @param authority of a certificate authority: three lives of a certificate or more, so that no certificate outlives whoever signed it
 * @param certificate of a server's or a client's certificate: 3 minutes or more. Long, because a hub that is cut off from its API server cannot
 *     get a new one
 */
public record Lifetimes(Duration authority, Duration certificate) {
    private static final Duration SHORTEST = Duration.ofMinutes(3);
    private static final Duration LONGEST = Duration.ofDays(50 * 365);

    /** Ten years, and two. */
    public static final Lifetimes DEFAULT = new Lifetimes(Duration.ofDays(10 * 365), Duration.ofDays(2 * 365));

    /** Throws IllegalArgumentException, in words for a person. */
    public Lifetimes {
        if (certificate.compareTo(SHORTEST) < 0) {
            throw new IllegalArgumentException("certificates must live for 3m or more, not " + certificate);
        }
        if (authority.compareTo(certificate.multipliedBy(3)) < 0) {
            throw new IllegalArgumentException("an authority must live three times as long as a certificate or longer: "
                    + authority + " is less than 3 x " + certificate);
        }
        if (authority.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "an authority must live for 438000h (50 years) or less, not " + authority);
        }
    }
}
