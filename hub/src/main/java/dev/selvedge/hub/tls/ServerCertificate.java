package dev.selvedge.hub.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A certificate, what signed it, and its key, as a folder holds them: {@code tls.crt} (PEM, the server's first) and {@code tls.key} (PEM, PKCS#8).
 * Immutable.
 */
record ServerCertificate(PrivateKey key, List<X509Certificate> chain) {
    private static final Pattern PKCS8 =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
    private static final int MAX_FILE_BYTES = 256 * 1024;

    /** Reads a folder; of a mounted Secret both files come from the same version. */
    static ServerCertificate read(Path folder) throws IOException {
        var snapshot = MountedFolder.version(folder);
        var certificates = snapshot.resolve("tls.crt");
        var keyFile = snapshot.resolve("tls.key");
        try {
            var chain = new ArrayList<X509Certificate>();
            for (var certificate : CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(bytes(certificates)))) {
                chain.add((X509Certificate) certificate);
            }
            if (chain.isEmpty()) {
                throw new IOException(certificates + " holds no certificate");
            }
            return new ServerCertificate(key(keyFile, chain.getFirst().getPublicKey()), List.copyOf(chain));
        } catch (GeneralSecurityException e) {
            throw new IOException("the certificate in " + folder + " cannot be used: " + e.getMessage(), e);
        }
    }

    private static PrivateKey key(Path file, PublicKey publicKey) throws IOException, GeneralSecurityException {
        var match = PKCS8.matcher(new String(bytes(file), StandardCharsets.US_ASCII));
        if (!match.find()) {
            throw new IOException(file + " holds no PKCS#8 key (-----BEGIN PRIVATE KEY-----)");
        }
        var spec = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(match.group(1)));
        try {
            var key = KeyFactory.getInstance(publicKey.getAlgorithm()).generatePrivate(spec);
            if (belong(key, publicKey)) {
                return key;
            }
        } catch (InvalidKeySpecException | InvalidKeyException _) {
            // said below
        }
        throw new IOException(file + " is not the key of the certificate beside it");
    }

    private static boolean belong(PrivateKey key, PublicKey publicKey) throws GeneralSecurityException {
        var algorithm = switch (publicKey.getAlgorithm()) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            case "EdDSA" -> "EdDSA";
            default -> throw new GeneralSecurityException("no server key: " + publicKey.getAlgorithm());
        };
        var probe = "probe".getBytes(StandardCharsets.US_ASCII);
        var signer = Signature.getInstance(algorithm);
        signer.initSign(key);
        signer.update(probe);
        var verifier = Signature.getInstance(algorithm);
        verifier.initVerify(publicKey);
        verifier.update(probe);
        return verifier.verify(signer.sign());
    }

    private static byte[] bytes(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            var bytes = in.readNBytes(MAX_FILE_BYTES + 1);
            if (bytes.length > MAX_FILE_BYTES) {
                throw new IOException(file + " has more than " + MAX_FILE_BYTES + " bytes");
            }
            return bytes;
        }
    }

    /** Whether a TLS key type, such as {@code EC}, {@code RSA} or {@code EC_EC}, is this key's. */
    boolean serves(String keyType) {
        return Arrays.asList(keyType.split("_", 2)).getFirst().equals(key.getAlgorithm());
    }

    @Override
    public String toString() {
        return "ServerCertificate[" + chain.getFirst().getSubjectX500Principal() + ", until "
                + chain.getFirst().getNotAfter().toInstant() + "]";
    }
}
