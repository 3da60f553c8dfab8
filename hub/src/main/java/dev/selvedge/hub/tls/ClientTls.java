package dev.selvedge.hub.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;

import org.jspecify.annotations.Nullable;

/**
 * Whom a client trusts and how it shows itself, from a folder: {@code ca.crt} (PEM roots; absent: the JVM's own), {@code tls.crt} with
 * {@code tls.key} (PEM; absent: no client certificate).
 */
public record ClientTls(
        @Nullable TrustManagerFactory trust, @Nullable KeyManagerFactory keys) {
    private static final char[] NO_PASSWORD = {};

    /** Reads the folder as it is now. */
    public static ClientTls read(Path folder) throws IOException {
        try {
            return new ClientTls(trust(folder.resolve("ca.crt")), keys(folder));
        } catch (GeneralSecurityException e) {
            throw new IOException("the certificates in " + folder + " cannot be used: " + e.getMessage(), e);
        }
    }

    private static @Nullable TrustManagerFactory trust(Path file) throws IOException, GeneralSecurityException {
        return Files.exists(file) ? trusting(file) : null;
    }

    /** Trusts the certificates in a file (PEM), as it is now. */
    static TrustManagerFactory trusting(Path file) throws IOException, GeneralSecurityException {
        var roots = emptyStore();
        try (var in = Files.newInputStream(file)) {
            var count = 0;
            for (var root : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                roots.setCertificateEntry("root-" + count++, root);
            }
        }
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(roots);
        return factory;
    }

    private static @Nullable KeyManagerFactory keys(Path folder) throws IOException, GeneralSecurityException {
        if (!Files.exists(folder.resolve("tls.crt"))) {
            return null;
        }
        var certificate = ServerCertificate.read(folder);
        var store = emptyStore();
        store.setKeyEntry(
                "client", certificate.key(), NO_PASSWORD, certificate.chain().toArray(X509Certificate[]::new));
        var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, NO_PASSWORD);
        return factory;
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        return store;
    }
}
