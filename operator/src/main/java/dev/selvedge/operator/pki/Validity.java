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

    /** Of a PEM certificate. Throws IllegalArgumentException when it cannot be read. */
    public static Validity of(String certificate) {
        try {
            return of(Pem.parseCertificate(certificate));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the certificate cannot be read: " + e.getMessage(), e);
        }
    }

    private static Validity of(X509Certificate certificate) {
        return new Validity(
                certificate.getNotBefore().toInstant(),
                certificate.getNotAfter().toInstant());
    }

    public boolean over(Instant now) {
        return !now.isBefore(until);
    }

    /** Whether it ends soon though it should have been renewed. */
    public boolean ending(Instant now) {
        return now.isAfter(until.minus(Duration.between(from, until).dividedBy(ENDING)));
    }

    /** Its last day, in UTC. */
    public String lastDay() {
        return until.atZone(ZoneOffset.UTC).toLocalDate().toString();
    }
}
