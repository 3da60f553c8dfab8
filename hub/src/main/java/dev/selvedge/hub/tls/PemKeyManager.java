package dev.selvedge.hub.tls;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hub's server certificate from a folder with {@code tls.crt} and {@code tls.key}, such as a mounted Secret. A renewed one serves the
 * handshakes that come after {@link #reloadIfChanged}; connections that are open stay. Any thread.
 */
public final class PemKeyManager extends X509ExtendedKeyManager {
    private static final Logger LOG = LoggerFactory.getLogger(PemKeyManager.class);

    private final Path folder;
    private volatile Pair pair;

    /** The one in use and the one before it: a handshake may have begun with that. */
    private record Pair(
            ServerCertificate now, long number, @Nullable ServerCertificate before) {
        @Nullable
        ServerCertificate of(String alias) {
            if (alias.equals(alias())) {
                return now;
            }
            return alias.equals(Long.toString(number - 1)) ? before : null;
        }

        String alias() {
            return Long.toString(number);
        }
    }

    /** Reads the folder; fails when there is no usable certificate. */
    public PemKeyManager(Path folder) throws IOException {
        this.folder = folder;
        pair = new Pair(ServerCertificate.read(folder), 1, null);
        LOG.info("server certificate read: certificate={}", pair.now());
    }

    /** Looks at the files, blocking; call it every few seconds. A certificate that cannot be used is logged and the last one stays. */
    public synchronized void reloadIfChanged() {
        try {
            var read = ServerCertificate.read(folder);
            if (!read.equals(pair.now())) {
                pair = new Pair(read, pair.number() + 1, pair.now());
                LOG.info("server certificate replaced: certificate={}", read);
            }
        } catch (IOException e) {
            LOG.error("server certificate not read, the last one stays: certificate={}", pair.now(), e);
        }
    }

    /** When the certificate in use ends. */
    public Instant ends() {
        return pair.now().chain().getFirst().getNotAfter().toInstant();
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        var current = pair;
        return current.now().serves(keyType) ? current.alias() : null;
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return chooseEngineServerAlias(keyType, issuers, null);
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        var alias = chooseEngineServerAlias(keyType, issuers, null);
        return alias == null ? null : new String[] {alias};
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        var certificate = pair.of(alias);
        return certificate == null ? null : certificate.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        var certificate = pair.of(alias);
        return certificate == null ? null : certificate.key();
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }
}
