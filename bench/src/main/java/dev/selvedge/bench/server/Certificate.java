package dev.selvedge.bench.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The certificate of all peers, for localhost, of the same kind as the hub's: EC P-256. */
public record Certificate(Path pem, Path key, Path store) {
    /** Password of the key store. */
    static final String PASSWORD = "benchmark";

    /** Makes one with openssl. */
    public static Certificate make(Path folder) throws IOException {
        Files.createDirectories(folder);
        Child.run(
                folder,
                ("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout tls.key -out tls.crt"
                                + " -subj /CN=localhost -addext subjectAltName=DNS:localhost")
                        .split(" "));
        Child.run(
                folder,
                ("openssl pkcs12 -export -in tls.crt -inkey tls.key -out tls.p12 -passout pass:" + PASSWORD)
                        .split(" "));
        var key = folder.resolve("tls.key");
        if (!key.toFile().setReadable(true, false)) {
            throw new IOException(key + " cannot be made readable for the peers, who give up root's rights");
        }
        return new Certificate(folder.resolve("tls.crt"), key, folder.resolve("tls.p12"));
    }

    SocketFactory sockets() throws IOException {
        return trusting(pem);
    }

    /** Sockets that trust only one CA. */
    static SocketFactory trusting(Path ca) throws IOException {
        try (var pem = Files.newInputStream(ca)) {
            var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            trusted.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(pem));
            var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            var context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context.getSocketFactory();
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot trust " + ca, e);
        }
    }
}
