package dev.selvedge.operator.pki;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Date;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;

import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** A certificate authority that signs itself: its certificate and its key. Two are equal when their certificates are. Immutable. */
public final class CertificateAuthority {
    /** One authority may follow: the next, which this one vouches for. */
    private static final int PATH_LENGTH = 1;

    private static final int KEY_CERT_SIGN = 5;
    private static final String KEY_IDENTIFIER = Extension.subjectKeyIdentifier.getId();
    private static final int LONGEST_COMMON_NAME = 64;
    private static final int USUAL_CURVE_BITS = 256;

    private final X509Certificate certificate;
    private final PrivateKey key;

    private CertificateAuthority(X509Certificate certificate, PrivateKey key) {
        this.certificate = certificate;
        this.key = key;
    }

    /** A new authority (ECDSA P-256). */
    public static CertificateAuthority create(String name, Validity validity, SecureRandom random) {
        var subject = subject(name);
        try {
            var pair = pair(random);
            var builder = builder(subject, subject, pair.getPublic(), validity, random)
                    .addExtension(Extension.subjectKeyIdentifier, false, keyIdentifier(pair.getPublic()))
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(PATH_LENGTH))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            return new CertificateAuthority(sign(builder, pair.getPublic(), pair.getPrivate()), pair.getPrivate());
        } catch (GeneralSecurityException | CertIOException | OperatorCreationException e) {
            throw new IllegalStateException("cannot make a certificate authority: " + e.getMessage(), e);
        }
    }

    /** Reads an authority back. Throws IllegalArgumentException when certificate or key cannot be read. */
    public static CertificateAuthority parse(KeyAndCertificate pem) {
        try {
            return new CertificateAuthority(Pem.parseCertificate(pem.certificate()), Pem.parseKey(pem.key()));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the certificate authority cannot be read: " + e.getMessage(), e);
        }
    }

    /** Reads an authority that somebody else made. Throws IllegalArgumentException, in words for that person, when it is none that can sign. */
    public static CertificateAuthority given(KeyAndCertificate pem) {
        var authority = parse(pem);
        var usage = authority.certificate.getKeyUsage();
        if (authority.certificate.getBasicConstraints() < 0 || (usage != null && !usage[KEY_CERT_SIGN])) {
            throw new IllegalArgumentException("the certificate may not sign others (isCA)");
        }
        if (!authority.signed(authority.certificate)) {
            throw new IllegalArgumentException(
                    "the certificate does not sign itself: an intermediate authority cannot be used, name a root");
        }
        if (authority.certificate.getExtensionValue(KEY_IDENTIFIER) == null) {
            throw new IllegalArgumentException(
                    "the certificate has no subject key identifier: authorities of one name could not be told apart");
        }
        if (!authority.keyBelongs()) {
            throw new IllegalArgumentException("the key is not the certificate's");
        }
        return authority;
    }

    public KeyAndCertificate pem() {
        return new KeyAndCertificate(certificatePem(), Pem.key(key));
    }

    public String certificatePem() {
        return pem(certificate);
    }

    public Validity validity() {
        return Validity.of(certificate);
    }

    /** Whether this authority signed a certificate. */
    boolean signed(X509Certificate other) {
        try {
            other.verify(certificate.getPublicKey());
            return other.getIssuerX500Principal().equals(certificate.getSubjectX500Principal());
        } catch (GeneralSecurityException _) {
            return false;
        }
    }

    /**
     * Whether those who trust only this authority can be shown that what another one signs is good: the two have one name and key, or this one's
     * certificate allows another authority to follow it. One of the same name always may (RFC 5280, 6.1: it is self-issued and does not count).
     */
    boolean vouchesFor(CertificateAuthority other) {
        return sameName(other) || certificate.getBasicConstraints() >= PATH_LENGTH;
    }

    /** The other's certificate as signed by this one; empty where none is needed or none would be believed. */
    Optional<String> vouchFor(CertificateAuthority other, SecureRandom random) {
        var sameKey = certificate.getPublicKey().equals(other.certificate.getPublicKey());
        if (!vouchesFor(other) || (sameKey && sameName(other))) {
            return Optional.empty();
        }
        var mine = validity().until();
        var theirs = other.validity();
        var validity = new Validity(theirs.from(), mine.isBefore(theirs.until()) ? mine : theirs.until());
        try {
            var builder = builder(
                            certificate.getSubjectX500Principal(),
                            other.certificate.getSubjectX500Principal(),
                            other.certificate.getPublicKey(),
                            validity,
                            random)
                    .addExtension(Extension.subjectKeyIdentifier, false, keyIdentifier(other.certificate))
                    .addExtension(Extension.authorityKeyIdentifier, false, authorityKeyIdentifier())
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            return Optional.of(pem(sign(builder, certificate.getPublicKey(), key)));
        } catch (GeneralSecurityException | CertIOException | OperatorCreationException e) {
            throw new IllegalStateException("cannot vouch for an authority: " + e.getMessage(), e);
        }
    }

    /** Begins a certificate that this authority is to {@link #certify}. */
    X509v3CertificateBuilder prepare(String commonName, PublicKey holder, Validity validity, SecureRandom random)
            throws GeneralSecurityException, CertIOException {
        return builder(certificate.getSubjectX500Principal(), subject(commonName), holder, validity, random)
                .addExtension(Extension.subjectKeyIdentifier, false, keyIdentifier(holder))
                .addExtension(Extension.authorityKeyIdentifier, false, authorityKeyIdentifier());
    }

    String certify(X509v3CertificateBuilder prepared) throws GeneralSecurityException, OperatorCreationException {
        return pem(sign(prepared, certificate.getPublicKey(), key));
    }

    /** A new key, whoever it will be for. */
    static KeyPair pair(SecureRandom random) throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"), random);
        return generator.generateKeyPair();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CertificateAuthority authority && certificate.equals(authority.certificate);
    }

    @Override
    public int hashCode() {
        return certificate.hashCode();
    }

    @Override
    public String toString() {
        return "CertificateAuthority[" + certificate.getSubjectX500Principal() + ", " + validity() + "]";
    }

    private boolean sameName(CertificateAuthority other) {
        return certificate.getSubjectX500Principal().equals(other.certificate.getSubjectX500Principal());
    }

    private boolean keyBelongs() {
        try {
            var probe = "probe".getBytes(StandardCharsets.US_ASCII);
            var signer = Signature.getInstance(algorithm(certificate.getPublicKey()));
            signer.initSign(key);
            signer.update(probe);
            var verifier = Signature.getInstance(algorithm(certificate.getPublicKey()));
            verifier.initVerify(certificate.getPublicKey());
            verifier.update(probe);
            return verifier.verify(signer.sign());
        } catch (GeneralSecurityException _) {
            return false;
        }
    }

    /** By its key alone: with issuer and serial number in it, only one of several certificates of one authority would do. */
    private AuthorityKeyIdentifier authorityKeyIdentifier() throws GeneralSecurityException {
        return new AuthorityKeyIdentifier(keyIdentifier(certificate).getKeyIdentifier());
    }

    /** The one in the certificate, which its maker was free to choose. */
    private static SubjectKeyIdentifier keyIdentifier(X509Certificate certificate) throws GeneralSecurityException {
        try {
            return SubjectKeyIdentifier.getInstance(
                    JcaX509ExtensionUtils.parseExtensionValue(certificate.getExtensionValue(KEY_IDENTIFIER)));
        } catch (IOException e) {
            throw new GeneralSecurityException("the certificate's key identifier cannot be read", e);
        }
    }

    private static SubjectKeyIdentifier keyIdentifier(PublicKey key) throws GeneralSecurityException {
        return new JcaX509ExtensionUtils().createSubjectKeyIdentifier(key);
    }

    private static JcaX509v3CertificateBuilder builder(
            X500Principal issuer, X500Principal subject, PublicKey key, Validity validity, SecureRandom random) {
        return new JcaX509v3CertificateBuilder(
                issuer,
                new BigInteger(127, random).add(BigInteger.ONE),
                Date.from(validity.from()),
                Date.from(validity.until()),
                subject,
                key);
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, PublicKey signer, PrivateKey key)
            throws GeneralSecurityException, OperatorCreationException {
        var signature = new JcaContentSignerBuilder(algorithm(signer)).build(key);
        return new JcaX509CertificateConverter().getCertificate(builder.build(signature));
    }

    private static String algorithm(PublicKey signer) throws GeneralSecurityException {
        return switch (signer.getAlgorithm()) {
            case "EC" ->
                ((ECKey) signer).getParams().getOrder().bitLength() > USUAL_CURVE_BITS
                        ? "SHA384withECDSA"
                        : "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            case "EdDSA", "Ed25519" -> "Ed25519";
            default -> throw new GeneralSecurityException("cannot sign with " + signer.getAlgorithm());
        };
    }

    private static String pem(X509Certificate certificate) {
        try {
            return Pem.certificate(certificate);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static X500Principal subject(String name) {
        return new X500Principal("CN=" + name.substring(0, Math.min(LONGEST_COMMON_NAME, name.length())));
    }
}
