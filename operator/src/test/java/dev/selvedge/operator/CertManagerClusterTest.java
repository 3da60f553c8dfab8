package dev.selvedge.operator;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

import dev.selvedge.operator.apply.AuthoritySecret;
import dev.selvedge.operator.pki.CertificateAuthority;
import dev.selvedge.operator.pki.Chains;
import dev.selvedge.operator.pki.KeyAndCertificate;
import dev.selvedge.operator.pki.Lifetimes;
import dev.selvedge.operator.pki.Published;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.render.Texts;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static dev.selvedge.operator.ClusterSite.HUB;
import static dev.selvedge.operator.ClusterSite.SENSOR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** A site whose authority is signed by an issuer of the real cert-manager ({@code cluster/cluster cert-manager}), which comes and goes. */
@Tag("cluster")
final class CertManagerClusterTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String NAMED = """
              certificateAuthority: {issuerRef: {name: plant}}
            """;

    private static final String NAMED_FOR_ALL = """
              certificateAuthority: {issuerRef: {name: plants, kind: ClusterIssuer}}
            """;

    private static final String NAMED_AS_ISSUED = """
              certificateAuthority: {secretRef: {name: selvedge-authority}}
            """;

    private static final String CERT_MANAGER = "cert-manager";

    /** What people write for a root, and an issuer that signs with it. */
    private static final String PLANT = """
            apiVersion: cert-manager.io/v1
            kind: Issuer
            metadata: {name: self}
            spec: {selfSigned: {}}
            ---
            apiVersion: cert-manager.io/v1
            kind: Certificate
            metadata: {name: plant}
            spec:
              secretName: plant
              isCA: true
              commonName: plant
              duration: 175200h
              privateKey: {algorithm: ECDSA, size: 256}
              issuerRef: {name: self}
            ---
            apiVersion: cert-manager.io/v1
            kind: Issuer
            metadata: {name: plant}
            spec: {ca: {secretName: plant}}
            """;

    private volatile Duration ahead = Duration.ZERO;
    private ClusterSite site;

    @BeforeEach
    void open() throws Exception {
        certManager("down");
        site = ClusterSite.create();
        site.certificates(Lifetimes.DEFAULT, this::now);
        site.addNode("a");
    }

    @AfterEach
    void close() throws Exception {
        site.close();
        certManager("down");
    }

    @Test
    void anIssuerSignsTheAuthorityOfASiteRenewsItAndIsLeftAgain() throws Exception {
        site.apply(HUB + NAMED);
        site.apply(SENSOR);
        var operator = site.start();
        says("False AuthorityNotIssued: Issuer 'plant' of spec.certificateAuthority has signed no authority: "
                + "this cluster knows no Certificate of cert-manager.io/v1: install cert-manager");
        assertThat(site.set(hub())).isNull();

        certManager("up");
        operator.operator().wakeAll();
        await().atMost(SOON).untilAsserted(() -> assertThat(certificate().get()).isNotNull());
        await().atMost(SOON).untilAsserted(() -> {
            operator.operator().wakeAll();
            assertThat(site.hub().words("Ready"))
                    .contains("Certificate 'selvedge-authority' is not ready (DoesNotExist)")
                    .contains("its request is not ready (Pending): Referenced \"Issuer\" not found");
        });
        assertThat(site.set(hub())).isNull();

        site.apply(PLANT);
        await().atMost(SOON).untilAsserted(() -> assertThat(site.set(sensor())).isNotNull());
        var root = authority("plant");
        var first = authority(Names.ISSUED_AUTHORITY);
        assertThat(authorities()).containsExactly(first);
        assertThat(text(sensor(), "ca.crt")).isEqualTo(root.certificatePem());
        assertThat(text(tls(), "ca.crt")).isEqualTo(first.certificatePem());
        assertThat(Chains.parse(text(tls(), "tls.crt"))).hasSize(2);
        assertThat(believed(root)).isTrue();
        assertThat(certificate().get().getMetadata().getOwnerReferences())
                .extracting(owner -> owner.getKind() + " " + owner.getName())
                .containsExactly("EdgeHub hub");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.hub().words("Ready")).startsWith("False Pending"));

        renew();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(authorities()).hasSize(2).startsWith(first));
        var second = authority(Names.ISSUED_AUTHORITY);
        assertThat(second).isNotEqualTo(first);
        var modules = site.set(sensor()).getSpec().getTemplate();
        ahead = Duration.ofDays(31);
        operator.operator().wakeAll();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(text(tls(), "tls.crt")).endsWith(second.certificatePem()));
        assertThat(believed(root)).isTrue();
        assertThat(text(sensor(), "ca.crt")).isEqualTo(root.certificatePem());
        ClusterSite.settle(operator);
        assertThat(site.set(sensor()).getSpec().getTemplate())
                .as("nobody has to learn anything")
                .isEqualTo(modules);
        operator.writes().clear();
        operator.operator().wakeAll();
        ClusterSite.settle(operator);
        assertThat(operator.writes()).isEmpty();

        issuerOfAllNamespaces();
        site.apply(HUB + NAMED_FOR_ALL);
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(authorities()).startsWith(first, second).hasSize(3));
        assertThat(certificate().get().<String>get("spec", "issuerRef", "kind")).isEqualTo("ClusterIssuer");
        assertThat(authorities()).endsWith(authority(Names.ISSUED_AUTHORITY));
        assertThat(text(Names.ISSUED_AUTHORITY, "ca.crt")).isEqualTo(root.certificatePem());

        site.apply(HUB);
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(certificate().get()).isNull();
            assertThat(site.get(Secret.class, Names.ISSUED_AUTHORITY)).isNull();
            assertThat(stored().getLast().given()).isFalse();
        });
        assertThat(believed(root)).isTrue();
    }

    @Test
    void whoNamesTheSecretThatWasIssuedKeepsIt() throws Exception {
        certManager("up");
        site.apply(PLANT);
        site.apply(HUB + NAMED);
        var operator = site.start();
        await().atMost(SOON).untilAsserted(() -> {
            operator.operator().wakeAll();
            assertThat(site.set(hub())).isNotNull();
        });
        var issued = site.get(Secret.class, Names.ISSUED_AUTHORITY);
        var authorities = authorities();

        site.apply(HUB + NAMED_AS_ISSUED);
        await("the cluster's garbage collector knows the kind by then")
                .atMost(SOON.multipliedBy(3))
                .untilAsserted(() -> assertThat(certificate().get()).isNull());
        ClusterSite.settle(operator);
        operator.operator().wakeAll();
        ClusterSite.settle(operator);
        assertThat(site.get(Secret.class, Names.ISSUED_AUTHORITY))
                .isNotNull()
                .satisfies(kept -> assertThat(kept.getMetadata().getUid())
                        .isEqualTo(issued.getMetadata().getUid()))
                .satisfies(kept -> assertThat(kept.getData()).isEqualTo(issued.getData()));
        assertThat(authorities()).isEqualTo(authorities);
        assertThat(site.hub().words("Ready")).startsWith("False Pending");
    }

    @Test
    void anOrderThatIsTakenBackBeforeAnythingIsIssuedGoes() throws Exception {
        certManager("up");
        site.apply(HUB + NAMED);
        site.start();
        await().atMost(SOON).untilAsserted(() -> assertThat(certificate().get()).isNotNull());

        site.apply(HUB);
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(certificate().get()).isNull();
            assertThat(site.set(hub())).isNotNull();
        });
    }

    /** The same root, as a ClusterIssuer of the namespace of cert-manager itself. */
    private void issuerOfAllNamespaces() {
        var user = site.user();
        user.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(CERT_MANAGER)
                        .endMetadata()
                        .build())
                .serverSideApply();
        user.resource(new SecretBuilder()
                        .withNewMetadata()
                        .withName("plants")
                        .withNamespace(CERT_MANAGER)
                        .endMetadata()
                        .withType("kubernetes.io/tls")
                        .withData(Objects.requireNonNull(site.get(Secret.class, "plant"))
                                .getData())
                        .build())
                .forceConflicts()
                .serverSideApply();
        user.resource("""
                        apiVersion: cert-manager.io/v1
                        kind: ClusterIssuer
                        metadata: {name: plants}
                        spec: {ca: {secretName: plants}}
                        """).serverSideApply();
    }

    /** As {@code cmctl renew} does. */
    private void renew() {
        var conditions = new ArrayList<Object>(certificate().get().<List<?>>get("status", "conditions"));
        conditions.add(Map.of(
                "type", "Issuing",
                "status", "True",
                "reason", "ManuallyTriggered",
                "message", "renewed by a person",
                "lastTransitionTime", now().truncatedTo(ChronoUnit.SECONDS).toString()));
        certificate()
                .subresource("status")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        Serialization.asJson(Map.of("status", Map.of("conditions", conditions))));
    }

    /** cert-manager goes by the machine's clock. */
    private Instant now() {
        return InstantSource.system().instant().plus(ahead);
    }

    private void says(String words) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.hub().words("Ready")).startsWith(words));
    }

    private Resource<GenericKubernetesResource> certificate() {
        return site.user()
                .genericKubernetesResources("cert-manager.io/v1", "Certificate")
                .inNamespace(site.namespace())
                .withName(Names.ISSUED_AUTHORITY);
    }

    private CertificateAuthority authority(String secret) {
        return CertificateAuthority.given(
                new KeyAndCertificate(text(secret, "tls.crt") + text(secret, "ca.crt"), text(secret, "tls.key")));
    }

    private List<Published> stored() {
        return AuthoritySecret.read(Objects.requireNonNull(site.get(Secret.class, Names.CA)))
                .all();
    }

    private List<CertificateAuthority> authorities() {
        return stored().stream().map(Published::authority).toList();
    }

    private boolean believed(CertificateAuthority root) {
        return Chains.believed(text(tls(), "tls.crt"), now(), root);
    }

    private String text(String secret, String key) {
        return Optional.ofNullable(site.get(Secret.class, secret))
                .flatMap(found -> Texts.text(found, key))
                .orElse("");
    }

    private String hub() {
        return Names.hub(site.node("a"));
    }

    private String tls() {
        return Names.tls(site.node("a"));
    }

    private String sensor() {
        return Names.instance("sensor", site.node("a"));
    }

    private static void certManager(String verb) throws IOException, InterruptedException {
        var process = new ProcessBuilder("../cluster/cluster", "cert-manager", verb)
                .redirectErrorStream(true)
                .start();
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }
}
