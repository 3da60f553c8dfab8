package dev.selvedge.operator.metrics;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeHubSpec;
import dev.selvedge.api.v1alpha1.EdgeHubStatus;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.EdgeModuleSpec;
import dev.selvedge.api.v1alpha1.EdgeModuleStatus;
import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.operator.pki.Authorities;
import dev.selvedge.operator.pki.CertificateAuthority;
import dev.selvedge.operator.pki.Earlier;
import dev.selvedge.operator.pki.Issuer;
import dev.selvedge.operator.pki.Lifetimes;
import dev.selvedge.operator.pki.Published;
import dev.selvedge.operator.pki.Validity;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.render.Texts;
import dev.selvedge.plan.Site;
import dev.selvedge.plan.SiteNode;
import dev.selvedge.plan.SitePlan;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** What the operator tells of its sites. */
class SiteMetricsTest {
    private static final Set<String> AWAY = Set.of("edgehub--edge-3", "alarm--edge-3");
    private static final String CA_ENDS =
            "selvedge_certificate_expiration_timestamp_seconds{certificate=\"selvedge-ca\",namespace=\"site\"} ";
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void tellsWhatTheStatusesSay() {
        assertThat(scrape())
                .contains(
                        "selvedge_ready{kind=\"EdgeHub\",name=\"hub\",namespace=\"site\",reason=\"WaitingForWindow\"} 0.0",
                        "selvedge_ready{kind=\"EdgeModule\",name=\"filter\",namespace=\"site\",reason=\"CrashLoopBackOff\"} 0.0",
                        "selvedge_ready{kind=\"EdgeModule\",name=\"alarm\",namespace=\"site\",reason=\"NodeUnreachable\"} -1.0",
                        "selvedge_instances_ready{kind=\"EdgeModule\",name=\"filter\",namespace=\"site\"} 2.0",
                        "selvedge_instances_wanted{kind=\"EdgeModule\",name=\"filter\",namespace=\"site\"} 3.0",
                        "selvedge_instances_away{kind=\"EdgeModule\",name=\"filter\",namespace=\"site\"} 0.0",
                        "selvedge_instances_away{kind=\"EdgeModule\",name=\"alarm\",namespace=\"site\"} 1.0",
                        "selvedge_instances_away{kind=\"EdgeHub\",name=\"hub\",namespace=\"site\"} 1.0");
    }

    @Test
    void tellsWhenCertificatesEnd() {
        var tenYears = NOW.getEpochSecond() + 10L * 365 * 24 * 3600;
        var twoYears = NOW.getEpochSecond() + 2L * 365 * 24 * 3600;

        assertThat(scrape().lines().filter(line -> line.startsWith("selvedge_certificate")))
                .containsExactlyInAnyOrder(
                        CA_ENDS + (double) tenYears,
                        "selvedge_certificate_expiration_timestamp_seconds{certificate=\"edgehub--edge-1-tls\",namespace=\"site\"} "
                                + (double) twoYears);
    }

    @Test
    void ofAuthoritiesItTellsWhenTheOneThatSignsEnds() {
        var plant = CertificateAuthority.given(Earlier.root("CN=plant", Earlier.Form.EC, NOW, Duration.ofDays(3650)));
        var all = Stream.of(90, 365)
                .map(days -> Earlier.below(plant, "site", NOW, Duration.ofDays(days)))
                .map(pem -> Map.of(
                        "since", NOW.toString(), "given", true, "certificate", pem.certificate(), "key", pem.key()))
                .toList();
        var secret = secret(
                Names.CA, Map.of("authorities.json", Serialization.asJson(all), "ca.crt", plant.certificatePem()));

        assertThat(scrape(secret))
                .contains(CA_ENDS + (double) NOW.plus(Duration.ofDays(90)).getEpochSecond());
    }

    @Test
    void whatEndsWhereNoHubIsIsNotTold() {
        var left = secrets().getFirst();

        assertThat(scrape(List.of(hub()), left)).contains("certificate=");
        assertThat(scrape(List.of(), left)).doesNotContain("certificate=");
    }

    @Test
    void authoritiesThatCannotBeReadEndAtNoTime() {
        for (var broken : List.of("[]", "[{")) {
            assertThat(scrape(secret(Names.CA, Map.of("authorities.json", broken))))
                    .doesNotContain("certificate=");
        }
    }

    @Test
    void aStatusThatSaysNothingYetIsNotTold() {
        var hub = hub();
        var registry =
                registry(new SiteCollector(() -> List.of(hub), List::of, List::of, away(hub, List.of()), () -> NOW));

        assertThat(registry.scrape()).doesNotContain("name=\"hub\"");
    }

    @Test
    void thePageSaysWhatTheOperatorTells() throws Exception {
        new MetricsTable("operator").says(scrape(), name -> {
            throw new AssertionError(name + " has no help");
        });
    }

    @Test
    void nobodyIsAskedWhoIsAwayWhileAllAreReady() {
        var hub = hub();
        hub.setStatus(new EdgeHubStatus(1L, "3/3", List.of(ready(Condition.TRUE, Reasons.READY))));
        var away = new Away(_ -> site(hub, List.of()), (_, _, _) -> true);

        assertThat(registry(new SiteCollector(() -> List.of(hub), List::of, List::of, away, () -> NOW))
                        .scrape())
                .contains("selvedge_instances_away{kind=\"EdgeHub\",name=\"hub\",namespace=\"site\"} 0.0");
    }

    /** A site of three nodes of which one is cut off, with hubs that wait for their window, a module that crashes, and one on the node that is cut off. */
    private static String scrape() {
        var hub = hub();
        hub.setStatus(new EdgeHubStatus(1L, "2/3", List.of(ready(Condition.FALSE, Reasons.WAITING_FOR_WINDOW))));
        var modules = List.of(
                module("filter", "2/3", ready(Condition.FALSE, Reasons.CRASH_LOOP_BACK_OFF)),
                module("alarm", "0/1", ready(Condition.UNKNOWN, Reasons.NODE_UNREACHABLE)));
        return registry(new SiteCollector(
                        () -> List.of(hub), () -> modules, SiteMetricsTest::secrets, away(hub, modules), () -> NOW))
                .scrape();
    }

    private static String scrape(Secret secret) {
        return scrape(List.of(hub()), secret);
    }

    private static String scrape(List<EdgeHub> hubs, Secret secret) {
        var away = new Away(_ -> site(hub(), List.of()), (_, _, _) -> false);
        return registry(new SiteCollector(() -> hubs, List::of, () -> List.of(secret), away, () -> NOW))
                .scrape();
    }

    private static Away away(EdgeHub hub, List<EdgeModule> modules) {
        return new Away(_ -> site(hub, modules), (_, _, name) -> AWAY.contains(name));
    }

    private static SitePlan site(EdgeHub hub, List<EdgeModule> modules) {
        var nodes = Stream.of("edge-1", "edge-2", "edge-3")
                .map(name -> SiteNode.of(name, Map.of(), true))
                .toList();
        return SitePlan.of(new Site(List.of(hub), modules, nodes, Map.of()));
    }

    private static EdgeHub hub() {
        var hub = new EdgeHub();
        hub.setMetadata(meta("hub"));
        hub.setSpec(Serialization.unmarshal("storage: {maxBytes: 1Gi}", EdgeHubSpec.class));
        return hub;
    }

    private static PrometheusMeterRegistry registry(SiteCollector collector) {
        var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        registry.getPrometheusRegistry().register(collector);
        return registry;
    }

    private static EdgeModule module(String name, String instances, Condition ready) {
        var module = new EdgeModule();
        module.setMetadata(meta(name));
        module.setSpec(Serialization.unmarshal("image: m", EdgeModuleSpec.class));
        module.setStatus(new EdgeModuleStatus(1L, instances, List.of(ready)));
        return module;
    }

    private static Condition ready(String status, String reason) {
        return Condition.of(Condition.READY, status, reason, "", 1);
    }

    private static List<Secret> secrets() {
        var random = new SecureRandom();
        var tenYears = new Validity(NOW, NOW.plus(Lifetimes.DEFAULT.authority()));
        var authority = CertificateAuthority.create("site", tenYears, random);
        var server = new Issuer(
                        new Authorities(List.of(new Published(authority, NOW, false))), Lifetimes.DEFAULT, NOW, random)
                .server(Optional.empty(), List.of("edgehub--edge-1"));
        return List.of(
                secret(
                        Names.CA,
                        Map.of(
                                "ca.crt",
                                authority.certificatePem(),
                                "ca.key",
                                authority.pem().key())),
                secret(
                        "edgehub--edge-1-tls",
                        Map.of("tls.crt", server.certificate(), "ca.crt", authority.certificatePem())),
                secret("sensor--edge-1", Map.of("EdgeHubConnectionString", "none")));
    }

    private static Secret secret(String name, Map<String, String> texts) {
        var data = new TreeMap<String, String>();
        texts.forEach((key, text) -> data.put(key, Texts.base64(text)));
        return new SecretBuilder().withMetadata(meta(name)).withData(data).build();
    }

    private static ObjectMeta meta(String name) {
        return new ObjectMetaBuilder().withName(name).withNamespace("site").build();
    }
}
