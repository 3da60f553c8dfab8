package dev.selvedge.hub.net;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.TrustOptions;

/**
 * How the hub speaks TLS on every port: 1.2 or 1.3; clients are asked for a certificate and need not show one.
 *
 * @param certificate the hub's own
 * @param clients whose certificates clients may show
 */
public record Tls(KeyCertOptions certificate, TrustOptions clients) {
    private static final Set<String> VERSIONS = Set.of("TLSv1.2", "TLSv1.3");
    private static final Duration HANDSHAKE = Duration.ofSeconds(10);

    /** Makes a server speak it. */
    public <T extends NetServerOptions> T on(T options) {
        options.setSsl(true)
                .setKeyCertOptions(certificate)
                .setTrustOptions(clients)
                .setClientAuth(ClientAuth.REQUEST)
                .setEnabledSecureTransportProtocols(VERSIONS)
                .setSslHandshakeTimeout(HANDSHAKE.toMillis())
                .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
                .setTcpNoDelay(true);
        return options;
    }
}
