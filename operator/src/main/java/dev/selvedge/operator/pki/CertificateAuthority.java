package dev.selvedge.operator.pki;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.regex.Pattern;
import javax.security.auth.x500.X500Principal;

import dev.selvedge.identity.CertificateName;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * The certificate authority of one namespace (ECDSA P-256), which signs hubs' server certificates and clients' certificates. It is made once:
 * modules carry its certificate, so it outlives them (20 years). Thread-safe.
 */
public final class CertificateAuthority {
    static final Duration LIFETIME = Duration.ofDays(20 * 365);
    /** Long, because a hub that is cut off from its API server cannot get a new one. */
    static final Duration LEAF_LIFETIME = Duration.ofDays(2 * 365);

    /** Clocks of edge nodes differ. */
    private static final Duration SKEW = Duration.ofDays(1);

    private static final String SIGNATURE = "SHA256withECDSA";
    private static final int LONGEST_COMMON_NAME = 64;
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:]*");

    private final X509Certificate certificate;
    private final PrivateKey key;
    private final InstantSource clock;
    private final SecureRandom random;

    private CertificateAuthority(
            X509Certificate certificate, PrivateKey key, InstantSource clock, SecureRandom random) {
        this.certificate = certificate;
        this.key = key;
        this.clock = clock;
        this.random = random;
    }

    /** A new authority. */
    public static CertificateAuthority create(String name, InstantSource clock, SecureRandom random) {
        var subject = subject(name);
        try {
            var pair = pair(random);
            var builder = builder(subject, subject, pair.getPublic(), LIFETIME, clock, random)
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            return new CertificateAuthority(sign(builder, pair.getPrivate()), pair.getPrivate(), clock, random);
        } catch (GeneralSecurityException | CertIOException | OperatorCreationException e) {
            throw new IllegalStateException("cannot make a certificate authority: " + e.getMessage(), e);
        }
    }

    /** Reads an authority back. Throws IllegalArgumentException when certificate or key cannot be read. */
    public static CertificateAuthority parse(KeyAndCertificate pem, InstantSource clock, SecureRandom random) {
        try {
            return new CertificateAuthority(
                    Pem.parseCertificate(pem.certificate()), Pem.parseKey(pem.key()), clock, random);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the certificate authority cannot be read: " + e.getMessage(), e);
        }
    }

    public KeyAndCertificate pem() {
        try {
            return new KeyAndCertificate(Pem.certificate(certificate), Pem.key(key));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A new key and certificate for a server of these DNS names and addresses; the first is its common name. */
    public KeyAndCertificate issue(List<String> hosts) {
        var names = hosts.stream()
                .map(host -> new GeneralName(
                        ADDRESS.matcher(host).matches() ? GeneralName.iPAddress : GeneralName.dNSName, host))
                .toArray(GeneralName[]::new);
        return issue(hosts.getFirst(), KeyPurposeId.id_kp_serverAuth, names);
    }

    /** A new key and certificate with which a client shows who it is. */
    public KeyAndCertificate issue(CertificateName holder) {
        return issue(
                holder.identity().path(),
                KeyPurposeId.id_kp_clientAuth,
                new GeneralName(GeneralName.uniformResourceIdentifier, holder.uri()));
    }

    private KeyAndCertificate issue(String commonName, KeyPurposeId purpose, GeneralName... names) {
        try {
            var pair = pair(random);
            var builder = builder(
                            certificate.getSubjectX500Principal(),
                            subject(commonName),
                            pair.getPublic(),
                            LEAF_LIFETIME,
                            clock,
                            random)
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
                    .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose))
                    .addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names))
                    .addExtension(
                            Extension.authorityKeyIdentifier,
                            false,
                            new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(certificate.getPublicKey()));
            return new KeyAndCertificate(Pem.certificate(sign(builder, key)), Pem.key(pair.getPrivate()));
        } catch (GeneralSecurityException | CertIOException | OperatorCreationException e) {
            throw new IllegalStateException("cannot issue a certificate: " + e.getMessage(), e);
        }
    }

    /** Whether a client certificate of this authority is this holder's and stays valid for a third of its life or more. */
    public boolean stillGood(KeyAndCertificate client, CertificateName holder) {
        return stillGood(client, List.of(holder.uri()));
    }

    /** Whether a certificate of this authority has these names and stays valid for a third of its life or more. */
    public boolean stillGood(KeyAndCertificate leaf, List<String> wanted) {
        try {
            var held = Pem.parseCertificate(leaf.certificate());
            Pem.parseKey(leaf.key());
            held.verify(certificate.getPublicKey());
            var renewAt = held.getNotAfter().toInstant().minus(LEAF_LIFETIME.dividedBy(3));
            var names = held.getSubjectAlternativeNames();
            return names != null
                    && clock.instant().isBefore(renewAt)
                    && names.stream()
                            .map(entry -> (Object) entry.get(1))
                            .toList()
                            .containsAll(wanted);
        } catch (GeneralSecurityException _) {
            return false;
        }
    }

    private static JcaX509v3CertificateBuilder builder(
            X500Principal issuer,
            X500Principal subject,
            PublicKey key,
            Duration lifetime,
            InstantSource clock,
            SecureRandom random)
            throws GeneralSecurityException, CertIOException {
        var now = clock.instant();
        var builder = new JcaX509v3CertificateBuilder(
                issuer,
                new BigInteger(127, random).add(BigInteger.ONE),
                Date.from(now.minus(SKEW)),
                Date.from(now.plus(lifetime)),
                subject,
                key);
        builder.addExtension(
                Extension.subjectKeyIdentifier, false, new JcaX509ExtensionUtils().createSubjectKeyIdentifier(key));
        return builder;
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
            throws GeneralSecurityException, OperatorCreationException {
        var signer = new JcaContentSignerBuilder(SIGNATURE).build(key);
        return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
    }

    private static X500Principal subject(String name) {
        return new X500Principal("CN=" + name.substring(0, Math.min(LONGEST_COMMON_NAME, name.length())));
    }

    private static KeyPair pair(SecureRandom random) throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"), random);
        return generator.generateKeyPair();
    }
}
