package dev.selvedge.operator.pki;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How somebody who trusts some certificates sees a chain: the JDK's own path building, at a moment of the test's choice. */
public final class Chains {
    private Chains() {}

    public static List<X509Certificate> parse(String pem) {
        try {
            return CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)))
                    .stream()
                    .map(X509Certificate.class::cast)
                    .toList();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether a chain (PEM, the leaf first) is believed by who trusts the roots of these and no other, as long as they last. */
    public static boolean believed(String chain, Instant now, CertificateAuthority... trusted) {
        return believed(chain, now, Arrays.stream(trusted).map(CertificateAuthority::rootPem));
    }

    /** Whether it is believed by a hub, who trusts these themselves. */
    public static boolean believedByHub(String chain, Instant now, CertificateAuthority... trusted) {
        return believed(chain, now, Arrays.stream(trusted).map(CertificateAuthority::certificatePem));
    }

    private static boolean believed(String chain, Instant now, Stream<String> trusted) {
        var all = parse(chain);
        var anchors = trusted.map(pem -> parse(pem).getFirst())
                .filter(root -> covers(root, now))
                .map(root -> new TrustAnchor(root, null))
                .collect(Collectors.toSet());
        if (anchors.isEmpty()) {
            return false;
        }
        try {
            var leaf = new X509CertSelector();
            leaf.setCertificate(all.getFirst());
            var wanted = new PKIXBuilderParameters(anchors, leaf);
            wanted.setRevocationEnabled(false);
            wanted.setDate(Date.from(now));
            wanted.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(all)));
            var _ = CertPathBuilder.getInstance("PKIX").build(wanted);
            return true;
        } catch (CertPathBuilderException _) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean covers(X509Certificate root, Instant now) {
        return Validity.of(root).covers(now);
    }
}
