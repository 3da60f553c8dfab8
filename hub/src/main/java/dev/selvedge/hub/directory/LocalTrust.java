package dev.selvedge.hub.directory;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Date;
import javax.security.auth.x500.X500Principal;

import dev.selvedge.identity.MasterKey;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The secrets of a hub without a cluster: master key, CA and server certificate, made at the first start and kept in the data folder, readable by
 * its owner alone.
 */
final class LocalTrust {
    private static final Duration LIFETIME = Duration.ofDays(3650);
    private static final int KEY_BYTES = 32;

    private LocalTrust() {}

    /** The master key in {@code file}, made if it is not there. */
    static MasterKey masterKey(Path file) throws IOException {
        if (!Files.exists(file)) {
            var bytes = new byte[KEY_BYTES];
            new SecureRandom().nextBytes(bytes);
            write(file, Base64.getEncoder().encodeToString(bytes) + "\n");
        }
        return MasterKey.of(
                Base64.getMimeDecoder().decode(Files.readString(file).strip()));
    }

    /** A folder with {@code ca.crt}, {@code tls.crt} and {@code tls.key} for a host name, made if it is not there. */
    static void certificates(Path folder, String host, InstantSource clock) throws IOException {
        Files.createDirectories(folder);
        if (Files.exists(folder.resolve("tls.key"))) {
            return;
        }
        try {
            var ca = keys();
            var caName = new X500Principal("CN=Selvedge local CA");
            var caCertificate = certificate(caName, ca.getPrivate(), caName, ca, null, clock);
            var server = keys();
            var certificate =
                    certificate(caName, ca.getPrivate(), new X500Principal("CN=" + host), server, host, clock);
            write(folder.resolve("ca.crt"), pem(caCertificate));
            write(folder.resolve("tls.crt"), pem(certificate));
            write(folder.resolve("tls.key"), pem(new JcaPKCS8Generator(server.getPrivate(), null)));
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IOException("no certificate could be made for " + host, e);
        }
    }

    private static KeyPair keys() throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static X509Certificate certificate(
            X500Principal issuer,
            PrivateKey issuerKey,
            X500Principal subject,
            KeyPair keys,
            @Nullable String host,
            InstantSource clock)
            throws GeneralSecurityException, OperatorCreationException, CertIOException {
        var from = clock.instant().minus(Duration.ofHours(1));
        var builder = new JcaX509v3CertificateBuilder(
                issuer,
                new BigInteger(120, new SecureRandom()),
                Date.from(from),
                Date.from(from.plus(LIFETIME)),
                subject,
                keys.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(host == null));
        if (host == null) {
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
        } else {
            builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName[] {
                new GeneralName(GeneralName.dNSName, host), new GeneralName(GeneralName.iPAddress, "127.0.0.1")
            }));
        }
        var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKey);
        return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
    }

    private static String pem(Object object) throws IOException {
        var text = new StringWriter();
        try (var writer = new JcaPEMWriter(text)) {
            writer.writeObject(object);
        }
        return text.toString();
    }

    static void write(Path file, String text) throws IOException {
        var folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        var temporary = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(temporary);
        Files.createFile(temporary, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(temporary, text, StandardCharsets.UTF_8, StandardOpenOption.WRITE);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
