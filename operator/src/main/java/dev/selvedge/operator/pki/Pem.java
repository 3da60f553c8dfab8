package dev.selvedge.operator.pki;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/** PEM texts: one certificate, or one elliptic-curve key as PKCS #8. */
public final class Pem {
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private Pem() {}

    /** When a certificate ends; empty when the text is none. */
    public static Optional<Instant> end(String pem) {
        try {
            return Optional.of(parseCertificate(pem).getNotAfter().toInstant());
        } catch (GeneralSecurityException _) {
            return Optional.empty();
        }
    }

    static String certificate(X509Certificate certificate) throws GeneralSecurityException {
        return text("CERTIFICATE", certificate.getEncoded());
    }

    static String key(PrivateKey key) {
        return text("PRIVATE KEY", key.getEncoded());
    }

    static X509Certificate parseCertificate(String pem) throws GeneralSecurityException {
        var bytes = new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
        return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(bytes);
    }

    static PrivateKey parseKey(String pem) throws GeneralSecurityException {
        var body = pem.replaceAll("-----(BEGIN|END) PRIVATE KEY-----", "");
        try {
            return KeyFactory.getInstance("EC")
                    .generatePrivate(
                            new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(body)));
        } catch (IllegalArgumentException e) {
            throw new GeneralSecurityException("the key is no PEM", e);
        }
    }

    private static String text(String what, byte[] der) {
        return "-----BEGIN " + what + "-----\n" + LINES.encodeToString(der) + "\n-----END " + what + "-----\n";
    }
}
