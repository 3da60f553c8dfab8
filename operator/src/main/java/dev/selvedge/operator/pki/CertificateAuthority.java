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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
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

/**
 * A certificate authority: its certificate, its key, and the certificates above it up to a root, which signs itself; it may be that root. Two are
 * equal when their certificates are. Immutable.
 */
public final class CertificateAuthority {
    /** One authority may follow: the next, which this one vouches for. */
    private static final int PATH_LENGTH = 1;

    private static final int KEY_CERT_SIGN = 5;
    private static final String KEY_IDENTIFIER = Extension.subjectKeyIdentifier.getId();
    private static final int LONGEST_COMMON_NAME = 64;
    private static final int USUAL_CURVE_BITS = 256;

    /** Its own certificate first, the root last. */
    private final List<X509Certificate> chain;

    private final X509Certificate certificate;
    private final PrivateKey key;

    private CertificateAuthority(List<X509Certificate> chain, PrivateKey key) {
        this.chain = List.copyOf(chain);
        this.key = key;
        certificate = chain.getFirst();
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
            var root = sign(builder, pair.getPublic(), pair.getPrivate());
            return new CertificateAuthority(List.of(root), pair.getPrivate());
        } catch (GeneralSecurityException | CertIOException | OperatorCreationException e) {
            throw new IllegalStateException("cannot make a certificate authority: " + e.getMessage(), e);
        }
    }

    /**
     * Reads an authority: its certificate, then in any order those above it. Throws IllegalArgumentException, in words for a person, when
     * certificates or key cannot be read, the first may not sign, or the root is missing.
     */
    public static CertificateAuthority parse(KeyAndCertificate pem) {
        try {
            return new CertificateAuthority(chain(Pem.parseCertificates(pem.certificate())), Pem.parseKey(pem.key()));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the certificate authority cannot be read: " + e.getMessage(), e);
        }
    }

    /** Reads an authority that somebody else made. Throws IllegalArgumentException, in words for that person, when it is none that can sign. */
    public static CertificateAuthority given(KeyAndCertificate pem) {
        var authority = parse(pem);
        if (!authority.allows(0)) {
            throw new IllegalArgumentException(
                    "an authority above it allows none below (path length): have it signed by another one");
        }
        if (authority.certificate.getExtensionValue(KEY_IDENTIFIER) == null) {
            throw new IllegalArgumentException(
                    "the certificate has no subject key identifier: authorities of one name could not be told apart");
        }
        if (!belongs(authority.key, authority.certificate)) {
            throw new IllegalArgumentException("the key is not the certificate's");
        }
        return authority;
    }

    /** Key, and certificates up to the root: what {@link #parse} reads. */
    public KeyAndCertificate pem() {
        return new KeyAndCertificate(pem(chain), Pem.key(key));
    }

    /** Its own certificate. */
    public String certificatePem() {
        return pem(List.of(certificate));
    }

    /** The certificate of its root: whom to trust, for who verifies what it signed. */
    public String rootPem() {
        return pem(List.of(root()));
    }

    /** What stands between a certificate that it signed and its root, PEM; empty for a root. */
    String belowRoot() {
        return pem(chain.subList(0, chain.size() - 1));
    }

    /** As long as all that is needed to believe it is valid. */
    public Validity validity() {
        return chain.stream().map(Validity::of).reduce(Validity::overlap).orElseThrow();
    }

    /** How long before the end of its certificate it is to be renewed, so that a third of its life is left then: it may end with one above it. */
    public Duration renewBefore() {
        var life = validity();
        var due = life.until().minus(Duration.between(life.from(), life.until()).dividedBy(3));
        return Duration.between(due, Validity.of(certificate).until());
    }

    /** Whether this authority signed a certificate. */
    boolean signed(X509Certificate other) {
        return signed(certificate, other);
    }

    /**
     * Whether those who trust only this one's root can be shown that what another one signs is good: it has the same root; or is a root itself, and
     * path lengths allow it to follow. No other root is vouched for: with it all that it ever signed would be believed.
     */
    boolean vouchesFor(CertificateAuthority other) {
        return sameRoot(other) || (other.isRoot() && allows(sameName(other) ? 0 : 1));
    }

    /** What shows that: the other's certificate as signed by this one, and what stands above; empty where it is not needed or not possible. */
    Optional<String> vouchFor(CertificateAuthority other, SecureRandom random) {
        return sameRoot(other) || !vouchesFor(other)
                ? Optional.empty()
                : Optional.of(signed(other, random) + belowRoot());
    }

    /** The same for who trusts not the root but this authority itself, as hubs do. */
    Optional<String> introduce(CertificateAuthority other, SecureRandom random) {
        return sameNameAndKey(certificate, other.certificate)
                        || certificate.getBasicConstraints() < (sameName(other) ? 0 : 1)
                ? Optional.empty()
                : Optional.of(signed(other, random));
    }

    private String signed(CertificateAuthority other, SecureRandom random) {
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
            return pem(List.of(sign(builder, certificate.getPublicKey(), key)));
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
        return pem(List.of(sign(prepared, certificate.getPublicKey(), key)));
    }

    /** A new key, whoever it will be for. */
    static KeyPair pair(SecureRandom random) throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"), random);
        return generator.generateKeyPair();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CertificateAuthority authority && chain.equals(authority.chain);
    }

    @Override
    public int hashCode() {
        return chain.hashCode();
    }

    @Override
    public String toString() {
        return "CertificateAuthority[" + certificate.getSubjectX500Principal() + ", " + validity() + "]";
    }

    private boolean isRoot() {
        return chain.size() == 1;
    }

    private X509Certificate root() {
        return chain.getLast();
    }

    private boolean sameName(CertificateAuthority other) {
        return certificate.getSubjectX500Principal().equals(other.certificate.getSubjectX500Principal());
    }

    private boolean sameRoot(CertificateAuthority other) {
        return sameNameAndKey(root(), other.root());
    }

    private static boolean sameNameAndKey(X509Certificate one, X509Certificate other) {
        return one.getSubjectX500Principal().equals(other.getSubjectX500Principal())
                && one.getPublicKey().equals(other.getPublicKey());
    }

    /** Whether so many more authorities may stand below this one (RFC 5280, 6.1: one that has the name of its signer does not count). */
    private boolean allows(int more) {
        var below = more;
        for (var link : chain) {
            if (link.getBasicConstraints() < below) {
                return false;
            }
            if (!link.getIssuerX500Principal().equals(link.getSubjectX500Principal())) {
                below++;
            }
        }
        return true;
    }

    /** The first, who signed it, and so on to one that signs itself. What stands last may be from ca.crt and is looked at first. */
    private static List<X509Certificate> chain(List<X509Certificate> certificates) {
        var usage = certificates.getFirst().getKeyUsage();
        if (certificates.getFirst().getBasicConstraints() < 0 || (usage != null && !usage[KEY_CERT_SIGN])) {
            throw new IllegalArgumentException("the certificate may not sign others (isCA)");
        }
        var chain = new ArrayList<>(List.of(certificates.getFirst()));
        while (!signed(chain.getLast(), chain.getLast())) {
            var below = chain.getLast();
            chain.add(
                    certificates.reversed().stream()
                            .filter(above -> !chain.contains(above) && signed(above, below))
                            .findFirst()
                            .orElseThrow(
                                    () -> new IllegalArgumentException(
                                            "the certificate of '"
                                                    + below.getIssuerX500Principal() + "', which signed '"
                                                    + below.getSubjectX500Principal()
                                                    + "', is missing: put the root into ca.crt, and authorities between it and the first into tls.crt")));
        }
        return chain;
    }

    private static boolean signed(X509Certificate above, X509Certificate below) {
        try {
            below.verify(above.getPublicKey());
            return below.getIssuerX500Principal().equals(above.getSubjectX500Principal());
        } catch (GeneralSecurityException _) {
            return false;
        }
    }

    /** Whether a certificate is that of whoever has this key. */
    static boolean belongs(PrivateKey key, X509Certificate certificate) {
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

    private static String pem(List<X509Certificate> certificates) {
        try {
            var pem = new StringBuilder();
            for (var certificate : certificates) {
                pem.append(Pem.certificate(certificate));
            }
            return pem.toString();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static X500Principal subject(String name) {
        return new X500Principal("CN=" + name.substring(0, Math.min(LONGEST_COMMON_NAME, name.length())));
    }
}
