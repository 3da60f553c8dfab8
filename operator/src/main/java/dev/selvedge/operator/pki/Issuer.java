package dev.selvedge.operator.pki;

import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.selvedge.identity.CertificateName;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.operator.OperatorCreationException;

/**
 * What the authorities of a namespace stand for at one moment: whom to trust, and certificates for hubs and clients (ECDSA P-256). Clients trust
 * roots. A hub trusts the authorities themselves: a root of more than this site signs for others too, who could take a module's name. Behind a
 * certificate comes what leads from its signer to the root and, for each other authority that is trusted, the signer's certificate as signed by
 * that one, as long as there are not too many: so also those who read their trust long ago verify it.
 */
public final class Issuer {
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:]*");

    /** Java takes no longer chain from a client, and none of more than ten from a server. */
    private static final int LONGEST_CHAIN = 8;

    private final Authorities authorities;
    private final CertificateAuthority signer;
    private final Duration lifetime;
    private final Instant now;
    private final SecureRandom random;

    /** Throws IllegalStateException when there is no authority. */
    public Issuer(Authorities authorities, Lifetimes lifetimes, Instant now, SecureRandom random) {
        this.authorities = authorities;
        this.now = authorities.plausible(now);
        this.random = random;
        signer = authorities.signer(now);
        lifetime = lifetimes.certificate();
    }

    /** The certificates that clients trust, PEM; the first is the root of who signs. */
    public String roots() {
        return String.join("", authorities.roots(now));
    }

    /** The certificates whose clients a hub lets in, PEM; the first is that of who signs. */
    public String ofClients() {
        return authorities.trusted(now).stream()
                .map(CertificateAuthority::certificatePem)
                .collect(Collectors.joining());
    }

    /** The certificate, PEM, that running modules must have read; they need a restart when it changes. */
    public String anchor() {
        return authorities.anchor(now).rootPem();
    }

    /**
     * The held certificate if it is still good for a server of these DNS names and addresses, or a new one; the first name is its common name. A
     * hub takes a new one without being noticed, so it gets one as soon as another authority signs.
     */
    public KeyAndCertificate server(Optional<KeyAndCertificate> held, List<String> hosts) {
        var path = signer.belowRoot();
        return held.filter(h -> h.certificate().contains(path) && isGood(h, asRead(hosts), signer::signed))
                .orElseGet(() -> {
                    var names = hosts.stream()
                            .map(host -> new GeneralName(
                                    ADDRESS.matcher(host).matches() ? GeneralName.iPAddress : GeneralName.dNSName,
                                    host))
                            .toArray(GeneralName[]::new);
                    return issue(
                            hosts.getFirst(), KeyPurposeId.id_kp_serverAuth, CertificateAuthority::vouchFor, names);
                });
    }

    /**
     * The held certificate if a client can still show with it who it is, or a new one. A module is restarted for a new one, so it keeps that of an
     * authority which is still trusted.
     */
    public KeyAndCertificate client(Optional<KeyAndCertificate> held, CertificateName holder) {
        var trusted = authorities.trusted(now);
        return held.filter(h -> isGood(
                        h, List.of(holder.uri()), leaf -> trusted.stream().anyMatch(a -> a.signed(leaf))))
                .orElseGet(() -> issue(
                        holder.identity().path(),
                        KeyPurposeId.id_kp_clientAuth,
                        CertificateAuthority::introduce,
                        new GeneralName(GeneralName.uniformResourceIdentifier, holder.uri())));
    }

    /** Names as they are read from a certificate: an address of IPv6 in one of the many ways to write it. */
    private static List<String> asRead(List<String> hosts) {
        return hosts.stream()
                .map(host -> ADDRESS.matcher(host).matches()
                        ? InetAddress.ofLiteral(host).getHostAddress()
                        : host)
                .toList();
    }

    private boolean isGood(KeyAndCertificate held, List<String> wanted, Predicate<X509Certificate> signed) {
        try {
            var leaf = Pem.parseCertificate(held.certificate());
            var key = Pem.parseKey(held.key());
            var validity = Validity.of(leaf);
            var names = leaf.getSubjectAlternativeNames();
            return names != null
                    && signed.test(leaf)
                    && validity.begun(now)
                    && (!validity.due(now) || cannotBeBettered(leaf, validity))
                    && names.stream()
                            .map(entry -> (Object) entry.get(1))
                            .toList()
                            .containsAll(wanted)
                    && CertificateAuthority.belongs(key, leaf);
        } catch (GeneralSecurityException _) {
            return false;
        }
    }

    /** No certificate outlives who signed it: one that ends with its signer is not renewed for the same end. */
    private boolean cannotBeBettered(X509Certificate leaf, Validity validity) {
        return signer.signed(leaf)
                && !validity.until().isBefore(signer.validity().until());
    }

    /** How one authority leads those who know only it to another. */
    private interface Voucher {
        Optional<String> of(CertificateAuthority known, CertificateAuthority signer, SecureRandom random);
    }

    private KeyAndCertificate issue(String commonName, KeyPurposeId purpose, Voucher voucher, GeneralName... names) {
        try {
            var pair = CertificateAuthority.pair(random);
            var prepared = signer.prepare(commonName, pair.getPublic(), validity(), random)
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
                    .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose))
                    .addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
            var chain = signer.certify(prepared) + signer.belowRoot();
            return new KeyAndCertificate(chain + vouchers(voucher, chain), Pem.key(pair.getPrivate()));
        } catch (GeneralSecurityException | CertIOException | OperatorCreationException e) {
            throw new IllegalStateException("cannot issue a certificate: " + e.getMessage(), e);
        }
    }

    private Validity validity() {
        var left = Duration.between(now, signer.validity().until());
        return Validity.startingAt(now, left.isPositive() && left.compareTo(lifetime) < 0 ? left : lifetime);
    }

    /** Of the one that every running module knows, and then of those that were published last, as many as there is room for behind a chain. */
    private String vouchers(Voucher voucher, String chain) throws GeneralSecurityException {
        var room = LONGEST_CHAIN - Pem.parseCertificates(chain).size();
        var vouchers = new StringBuilder();
        var others = Stream.concat(Stream.of(authorities.anchor(now)), authorities.trusted(now).stream())
                .distinct()
                .toList();
        for (var other : others) {
            if (!other.equals(signer) && other.validity().covers(now)) {
                var shown = voucher.of(other, signer, random).orElse("");
                var length = shown.isEmpty() ? 0 : Pem.parseCertificates(shown).size();
                if (length <= room) {
                    vouchers.append(shown);
                    room -= length;
                }
            }
        }
        return vouchers.toString();
    }
}
