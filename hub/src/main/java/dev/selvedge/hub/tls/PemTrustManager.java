package dev.selvedge.hub.tls;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whose certificates clients may show: the authorities in {@code ca.crt} of a folder, such as a mounted Secret. A changed file is used for the
 * handshakes that come after {@link #reloadIfChanged}; connections that are open stay. Any thread.
 */
public final class PemTrustManager extends X509ExtendedTrustManager {
    private static final Logger LOG = LoggerFactory.getLogger(PemTrustManager.class);

    private final Path folder;
    private volatile Trust trust;

    /** The authorities, and the JDK's checks against them. */
    private record Trust(Set<X509Certificate> authorities, X509ExtendedTrustManager checks) {
        static Trust read(Path folder) throws IOException {
            var file = MountedFolder.version(folder).resolve("ca.crt");
            try {
                var checks = Arrays.stream(ClientTls.trusting(file).getTrustManagers())
                        .filter(X509ExtendedTrustManager.class::isInstance)
                        .map(X509ExtendedTrustManager.class::cast)
                        .findFirst()
                        .orElseThrow();
                var authorities = Set.of(checks.getAcceptedIssuers());
                if (authorities.isEmpty()) {
                    throw new IOException(file + " holds no certificate");
                }
                return new Trust(authorities, checks);
            } catch (GeneralSecurityException e) {
                throw new IOException("the authorities in " + file + " cannot be used: " + e.getMessage(), e);
            }
        }

        @Override
        public String toString() {
            return authorities.stream()
                    .map(a -> a.getSubjectX500Principal() + ", until "
                            + a.getNotAfter().toInstant())
                    .sorted()
                    .collect(Collectors.joining("; ", "[", "]"));
        }
    }

    /** Reads the folder; fails when there is no usable authority. */
    public PemTrustManager(Path folder) throws IOException {
        this.folder = folder;
        trust = Trust.read(folder);
    }

    /** Looks at the file, blocking; call it every few seconds. One that cannot be used is logged and the last one stays. */
    public synchronized void reloadIfChanged() {
        try {
            var read = Trust.read(folder);
            if (!read.authorities().equals(trust.authorities())) {
                trust = read;
                LOG.info("authorities of clients replaced: authorities={}", read);
            }
        } catch (IOException e) {
            LOG.error("authorities of clients not read, the last ones stay: authorities={}", trust, e);
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        trust.checks().checkClientTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
            throws CertificateException {
        trust.checks().checkClientTrusted(chain, authType, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
            throws CertificateException {
        trust.checks().checkClientTrusted(chain, authType, engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("these authorities are for clients");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
            throws CertificateException {
        checkServerTrusted(chain, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
            throws CertificateException {
        checkServerTrusted(chain, authType);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return trust.checks().getAcceptedIssuers();
    }
}
