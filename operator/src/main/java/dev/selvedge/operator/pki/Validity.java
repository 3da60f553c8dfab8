package dev.selvedge.operator.pki;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;

/** How long a certificate is valid. */
public record Validity(Instant from, Instant until) {
    /** A certificate is renewed when a third of its life is left; with less than a quarter, that has failed. */
    private static final int ENDING = 4;

    private static final int RENEWAL = 3;
    private static final int LOOKS = 12;
    /** Clocks of edge nodes differ. */
    private static final Duration SKEW = Duration.ofDays(1);

    /** Of a PEM certificate, the first of several. Throws IllegalArgumentException when it cannot be read. */
    public static Validity of(String certificate) {
        try {
            return of(Pem.parseCertificate(certificate));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the certificate cannot be read: " + e.getMessage(), e);
        }
    }

    static Validity of(X509Certificate certificate) {
        return new Validity(
                certificate.getNotBefore().toInstant(),
                certificate.getNotAfter().toInstant());
    }

    /** From a little before now, for those whose clock is late: a day, or a tenth of the lifetime if that is less. */
    static Validity startingAt(Instant now, Duration lifetime) {
        var tenth = lifetime.dividedBy(10);
        return new Validity(now.minus(tenth.compareTo(SKEW) < 0 ? tenth : SKEW), now.plus(lifetime));
    }

    Validity overlap(Validity other) {
        return new Validity(
                from.isAfter(other.from) ? from : other.from, until.isBefore(other.until) ? until : other.until);
    }

    public boolean over(Instant now) {
        return !now.isBefore(until);
    }

    public boolean begun(Instant now) {
        return !now.isBefore(from);
    }

    boolean covers(Instant now) {
        return begun(now) && !over(now);
    }

    /** Whether no more than a third of it is left. */
    boolean due(Instant now) {
        return !now.isBefore(until.minus(Duration.between(from, until).dividedBy(RENEWAL)));
    }

    /** Whether it ends soon though it should have been renewed. */
    public boolean ending(Instant now) {
        return now.isAfter(until.minus(Duration.between(from, until).dividedBy(ENDING)));
    }

    /** How often somebody looks at the clock for its sake: at least so many times in its life. */
    public Duration lookAgain() {
        return Duration.between(from, until).dividedBy(LOOKS);
    }

    /** Its first day, in UTC. */
    public String firstDay() {
        return day(from);
    }

    /** Its last day, in UTC. */
    public String lastDay() {
        return day(until);
    }

    private static String day(Instant time) {
        return time.atZone(ZoneOffset.UTC).toLocalDate().toString();
    }
}
