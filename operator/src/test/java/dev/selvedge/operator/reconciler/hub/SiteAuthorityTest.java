package dev.selvedge.operator.reconciler.hub;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.operator.apply.Applier;
import dev.selvedge.operator.apply.AuthorityOrder;
import dev.selvedge.operator.apply.AuthoritySecret;
import dev.selvedge.operator.apply.SiteTrust;
import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.pki.CertificateAuthority;
import dev.selvedge.operator.pki.Earlier;
import dev.selvedge.operator.pki.Lifetimes;
import dev.selvedge.operator.pki.Published;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.render.Texts;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** A site whose authority is signed by an issuer, where cert-manager's webhook refuses what is asked for. */
final class SiteAuthorityTest {
    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");
    private static final String SECRETS = "/api/v1/namespaces/site/secrets";
    private static final String REFUSED =
            "admission webhook \"webhook.cert-manager.io\" denied the request: certificate duration must be greater";
    private static final EdgeHub HUB = Serialization.unmarshal("""
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeHub
            metadata: {name: hub, namespace: site, uid: "1", creationTimestamp: "2026-02-01T00:00:00Z"}
            spec:
              storage: {size: 128Mi}
              certificateAuthority: {issuerRef: {name: plant, kind: Issuer, group: cert-manager.io}}
            """, EdgeHub.class);

    /** By path. */
    private final Map<String, String> secrets = new ConcurrentHashMap<>();

    private HttpServer server;
    private KubernetesClient client;

    @BeforeEach
    void open() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        server.createContext("/", this::answer);
        server.start();
        client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(Config.empty())
                        .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .build();
    }

    @AfterEach
    void close() {
        client.close();
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var path = exchange.getRequestURI().getPath();
            var sent = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            switch (exchange.getRequestMethod()) {
                case "POST" -> {
                    secrets.put(SECRETS + "/" + Names.CA, sent);
                    send(exchange, 201, sent);
                }
                case "PATCH" -> fail(exchange, 403, REFUSED);
                default -> {
                    var found = secrets.get(path);
                    if (found == null) {
                        fail(exchange, 404, path + " not found");
                    } else {
                        send(exchange, 200, found);
                    }
                }
            }
        }
    }

    private static void fail(HttpExchange exchange, int code, String message) throws IOException {
        send(
                exchange,
                code,
                Serialization.asJson(Map.of(
                        "kind", "Status", "apiVersion", "v1", "status", "Failure", "message", message, "code", code)));
    }

    private static void send(HttpExchange exchange, int code, String body) throws IOException {
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(code, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Test
    void whatWasIssuedIsFollowedAndTheRefusalIsSaid() {
        var issued = Earlier.root("CN=plant", Earlier.Form.EC, NOW, Duration.ofDays(90));
        secrets.put(
                SECRETS + "/" + Names.ISSUED_AUTHORITY,
                Serialization.asJson(new SecretBuilder()
                        .withNewMetadata()
                        .withName(Names.ISSUED_AUTHORITY)
                        .withNamespace("site")
                        .endMetadata()
                        .addToData("tls.crt", Texts.base64(issued.certificate()))
                        .addToData("tls.key", Texts.base64(issued.key()))
                        .build()));

        var authority = authority();
        var decisive = authority.decisive("site", List.of(HUB));
        assertThatExceptionOfType(KubernetesClientException.class)
                .isThrownBy(() -> authority.ask(HUB, List.of(HUB), decisive, null))
                .withMessageContaining(REFUSED);
        authority.rotate("site", decisive);
        var stored = Serialization.unmarshal(secrets.get(SECRETS + "/" + Names.CA), Secret.class);
        assertThat(AuthoritySecret.read(stored).all())
                .extracting(Published::authority)
                .containsExactly(CertificateAuthority.given(issued));
    }

    private SiteAuthority authority() {
        var caches = new ClusterCaches(client, Set.of("site"), List.of(), Applier.FIELD_MANAGER);
        var applier = new Applier(client, caches);
        return new SiteAuthority(
                applier,
                new AuthorityOrder(client, caches),
                new SiteTrust(applier, Lifetimes.DEFAULT, () -> NOW, new SecureRandom()));
    }
}
