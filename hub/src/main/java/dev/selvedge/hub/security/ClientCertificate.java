package dev.selvedge.hub.security;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

import dev.selvedge.identity.CertificateName;

/** What a client showed in its TLS handshake: a certificate that the site's CA signed. */
public record ClientCertificate(CertificateName name, Instant expiry) {
    private static final int URI = 6;

    /** Reads a certificate that was verified; empty when it names no identity, such as that of a server. */
    public static Optional<ClientCertificate> of(X509Certificate certificate) {
        try {
            var names = certificate.getSubjectAlternativeNames();
            return names == null
                    ? Optional.empty()
                    : names.stream()
                            .filter(name -> Integer.valueOf(URI).equals(name.getFirst()))
                            .flatMap(name -> parse(name).stream())
                            .findFirst()
                            .map(name -> new ClientCertificate(
                                    name, certificate.getNotAfter().toInstant()));
        } catch (CertificateParsingException _) {
            return Optional.empty();
        }
    }

    private static Optional<CertificateName> parse(List<?> name) {
        return CertificateName.parse(String.valueOf(name.get(1)));
    }
}
