package dev.selvedge.hub.tls;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;

import dev.selvedge.identity.CertificateName;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Self-signed certificates for {@code localhost}, written as a Secret is mounted, and certificates for clients. */
public final class TestCertificates {
    private TestCertificates() {}

    /** The certificate of a folder; makes one when there is none. */
    public static X509Certificate in(Path folder) throws IOException {
        return Files.exists(folder.resolve("tls.crt"))
                ? ServerCertificate.read(folder).chain().getFirst()
                : write(folder);
    }

    public static X509Certificate write(Path folder) throws IOException {
        return write(folder, new GeneralName(GeneralName.dNSName, "localhost"));
    }

    /** One for a server that is known by its IP address. */
    public static X509Certificate forAddress(Path folder, String address) throws IOException {
        return write(folder, new GeneralName(GeneralName.iPAddress, address));
    }

    private static X509Certificate write(Path folder, GeneralName server) throws IOException {
        var pair = pair();
        var certificate = sign("CN=localhost", pair, "CN=localhost", pair, server);
        Files.createDirectories(folder);
        try {
            Files.writeString(folder.resolve("tls.crt"), pem("CERTIFICATE", certificate.getEncoded()));
            Files.writeString(
                    folder.resolve("tls.key"),
                    pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
            Files.writeString(folder.resolve("ca.crt"), pem("CERTIFICATE", Authority.CERTIFICATE.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
        return certificate;
    }

    /** What a client shows that is this one, signed by the authority in {@code ca.crt}. */
    public static KeyManagerFactory client(CertificateName name) throws IOException {
        return client(name, Authority.PAIR);
    }

    /** The same, signed by nobody. */
    public static KeyManagerFactory forged(CertificateName name) throws IOException {
        return client(name, pair());
    }

    private static KeyManagerFactory client(CertificateName name, KeyPair signer) throws IOException {
        return client(name, Authority.NAME, signer);
    }

    private static KeyManagerFactory client(
            CertificateName name, String issuer, KeyPair signer, X509Certificate... behind) throws IOException {
        var pair = pair();
        var certificate = sign(
                "CN=client", pair, issuer, signer, new GeneralName(GeneralName.uniformResourceIdentifier, name.uri()));
        try {
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            var chain = Stream.concat(Stream.of(certificate), Stream.of(behind)).toArray(X509Certificate[]::new);
            store.setKeyEntry("client", pair.getPrivate(), new char[0], chain);
            var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, new char[0]);
            return factory;
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private static X509Certificate sign(
            String subject, KeyPair pair, String issuer, KeyPair signer, GeneralName... names) throws IOException {
        try {
            var builder = new JcaX509v3CertificateBuilder(
                    new X500Name(issuer),
                    BigInteger.valueOf(ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE)),
                    Date.from(Instant.now().minusSeconds(60)),
                    Date.from(Instant.now().plus(Duration.ofDays(1))),
                    new X500Name(subject),
                    pair.getPublic());
            if (names.length == 0) {
                builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
            } else {
                builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate())));
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IOException(e);
        }
    }

    private static KeyPair pair() throws IOException {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    /** An authority for servers and clients; several may have one name. */
    public static final class Root {
        private final String name;
        private final KeyPair pair;
        private final X509Certificate certificate;
        private final X509Certificate[] behind;

        public Root(String name) throws IOException {
            this.name = name;
            pair = TestCertificates.pair();
            certificate = sign(name, pair, name, pair);
            behind = new X509Certificate[0];
        }

        private Root(String name, Root above) throws IOException {
            this.name = name;
            pair = TestCertificates.pair();
            certificate = sign(name, pair, above.name, above.pair);
            behind = new X509Certificate[] {certificate, above.certificate};
        }

        /** An authority that this one signed; what clients show of it comes with both. */
        public Root below(String name) throws IOException {
            return new Root(name, this);
        }

        public X509Certificate certificate() {
            return certificate;
        }

        /** What a client shows that is this one. */
        public KeyManagerFactory client(CertificateName holder) throws IOException {
            return TestCertificates.client(holder, name, pair, behind);
        }

        /** Writes a new certificate for {@code localhost}; behind it this authority as signed by others. */
        public X509Certificate server(Path folder, Root... vouching) throws IOException {
            var server = TestCertificates.pair();
            var localhost = new GeneralName(GeneralName.dNSName, "localhost");
            var certificate = sign("CN=localhost", server, name, pair, localhost);
            var chain = new StringBuilder(pem(certificate));
            for (var other : vouching) {
                chain.append(pem(sign(name, pair, other.name, other.pair)));
            }
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("tls.crt"), chain.toString());
            Files.writeString(
                    folder.resolve("tls.key"),
                    pem("PRIVATE KEY", server.getPrivate().getEncoded()));
            return certificate;
        }

        /** Writes whom a hub trusts. */
        public static void trusted(Path folder, Root... roots) throws IOException {
            var bundle = new StringBuilder();
            for (var root : roots) {
                bundle.append(pem(root.certificate));
            }
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("ca.crt"), bundle.toString());
        }
    }

    /** Signs what clients show. */
    private static final class Authority {
        private static final String NAME = "CN=authority";
        private static final KeyPair PAIR;
        private static final X509Certificate CERTIFICATE;

        static {
            try {
                PAIR = pair();
                CERTIFICATE = sign(NAME, PAIR, NAME, PAIR);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public static TrustManagerFactory trust(X509Certificate... certificates) throws IOException {
        try {
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            for (int i = 0; i < certificates.length; i++) {
                store.setCertificateEntry("ca" + i, certificates[i]);
            }
            var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory;
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private static String pem(X509Certificate certificate) throws IOException {
        try {
            return pem("CERTIFICATE", certificate.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private static String pem(String type, byte[] bytes) {
        return "-----BEGIN " + type + "-----\n" + Base64.getMimeEncoder().encodeToString(bytes) + "\n-----END " + type
                + "-----\n";
    }
}
