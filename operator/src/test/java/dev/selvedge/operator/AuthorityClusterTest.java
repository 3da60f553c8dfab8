package dev.selvedge.operator;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

import dev.selvedge.operator.apply.AuthoritySecret;
import dev.selvedge.operator.pki.CertificateAuthority;
import dev.selvedge.operator.pki.Chains;
import dev.selvedge.operator.pki.Earlier;
import dev.selvedge.operator.pki.KeyAndCertificate;
import dev.selvedge.operator.pki.Lifetimes;
import dev.selvedge.operator.pki.Published;
import dev.selvedge.operator.pki.Validity;
import dev.selvedge.operator.render.Labels;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.render.Texts;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static dev.selvedge.operator.ClusterSite.HUB;
import static dev.selvedge.operator.ClusterSite.SENSOR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** The authorities of a site on a real API server, by a clock that the test moves. */
@Tag("cluster")
final class AuthorityClusterTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration YEAR = Duration.ofDays(365);
    private static final String PLANT = "plant-ca";

    private final Instant begin = InstantSource.system().instant();
    private volatile Duration ahead = Duration.ZERO;
    private ClusterSite site;

    @BeforeEach
    void open() {
        site = ClusterSite.create();
        site.certificates(Lifetimes.DEFAULT, this::now);
        site.addNode("a");
    }

    @AfterEach
    void close() {
        site.close();
    }

    private Instant now() {
        return InstantSource.system().instant().plus(ahead);
    }

    @Test
    void theNextAuthorityTakesOverWithBothTrustedMeanwhileAndNothingRestarts() {
        site.apply(HUB);
        site.apply(SENSOR);
        var operator = site.start();
        await().atMost(SOON).untilAsserted(() -> assertThat(set(sensor())).isNotNull());
        ClusterSite.settle(operator);
        var sets = templates();
        var first = authorities().getFirst().authority();

        jump(operator, YEAR.multipliedBy(7));
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(authorities()).hasSize(2);
            assertThat(trustedBy(tls())).isEqualTo(trustedBy(Names.CA)).hasSize(2);
            assertThat(trustedBy(sensor())).isEqualTo(trustedBy(Names.CA));
        });
        var next = authorities().getLast().authority();
        assertThat(believed(first)).isTrue();

        jump(operator, YEAR.multipliedBy(7).plus(DAY.multipliedBy(31)));
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(believed(next)).isTrue();
            assertThat(believed(first)).as("by who read its trust before").isTrue();
            assertThat(trustedBy(sensor()).getFirst()).isEqualTo(next.certificatePem());
        });
        ClusterSite.settle(operator);
        assertThat(templates()).as("no pod is replaced").isEqualTo(sets);
        assertThat(certificateValid()).startsWith("True CertificateValid");

        jump(operator, YEAR.multipliedBy(9));
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(templates().get(sensor()))
                    .as("who still knows only the old one")
                    .isNotEqualTo(sets.get(sensor()));
            assertThat(templates().get(hub())).isEqualTo(sets.get(hub()));
        });

        jump(operator, YEAR.multipliedBy(10).plus(DAY));
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(trustedBy(tls())).containsExactly(next.certificatePem());
            assertThat(trustedBy(sensor())).containsExactly(next.certificatePem());
        });

        // a pass that began before the jump leaves the rest of what is due to the next
        ClusterSite.settle(operator);
        operator.writes().clear();
        operator.operator().wakeAll();
        ClusterSite.settle(operator);
        assertThat(operator.writes()).isEmpty();
    }

    @Test
    void minutesAreEnoughAndNobodyHasToWakeTheOperator() {
        site.certificates(new Lifetimes(Duration.ofMinutes(9), Duration.ofMinutes(3)), this::now);
        site.apply(HUB);
        site.start();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(tls())
                        .satisfies(name -> assertThat(secret(name)).isNotNull()));

        ahead = Duration.ofMinutes(7);

        await().atMost(Duration.ofSeconds(40))
                .untilAsserted(() -> assertThat(trustedBy(tls())).hasSize(2));
    }

    @Test
    void whatLivesForMinutesIsFollowedByWhatLivesForYearsOnceTheLifetimesAreSetBack() {
        site.certificates(new Lifetimes(Duration.ofMinutes(9), Duration.ofMinutes(3)), this::now);
        site.apply(HUB);
        var before = site.start();
        await().atMost(SOON).untilAsserted(() -> assertThat(secret(tls())).isNotNull());
        ClusterSite.settle(before);
        site.stop(before);
        site.certificates(Lifetimes.DEFAULT, this::now);
        ClusterSite.settle(site.start());

        ahead = Duration.ofMinutes(6);
        await().atMost(Duration.ofSeconds(40))
                .untilAsserted(() -> assertThat(trustedBy(tls())).hasSize(2));
        ahead = Duration.ofMinutes(8);

        var next = authorities().getLast().authority();
        await().atMost(Duration.ofSeconds(40))
                .untilAsserted(() ->
                        assertThat(Validity.of(text(tls(), "tls.crt")).until()).isAfter(begin.plus(YEAR)));
        assertThat(believed(next)).isTrue();
        assertThat(next.validity().until()).isAfter(begin.plus(YEAR.multipliedBy(9)));
    }

    @Test
    void twoOperatorsAtOnceMakeOneNextAuthority() {
        site.apply(HUB);
        var one = site.start();
        var other = site.start();
        await().atMost(SOON).untilAsserted(() -> assertThat(secret(tls())).isNotNull());

        ahead = YEAR.multipliedBy(7);
        Stream.of(one, other).parallel().forEach(operator -> operator.operator().wakeAll());

        await().atMost(SOON).untilAsserted(() -> assertThat(trustedBy(tls())).hasSize(2));
        ClusterSite.settle(one);
        ClusterSite.settle(other);
        assertThat(authorities()).hasSize(2);
        assertThat(trustedBy(tls())).isEqualTo(trustedBy(Names.CA));
    }

    @Test
    void theAuthorityOfAnEarlierReleaseIsKeptAndItsModulesGoOn() {
        var earlier = Earlier.authority(begin, YEAR.multipliedBy(20)).pem();
        site.user()
                .resource(opaque(Names.CA, Map.of("ca.crt", earlier.certificate(), "ca.key", earlier.key())))
                .create();
        site.apply(HUB);
        site.apply(SENSOR);
        site.start();

        await().atMost(SOON).untilAsserted(() -> assertThat(set(sensor())).isNotNull());
        await().atMost(SOON).untilAsserted(() -> assertThat(authorities()).hasSize(1));
        assertThat(Texts.text(secret(Names.CA), "ca.crt")).contains(earlier.certificate());
        assertThat(believed(CertificateAuthority.parse(earlier))).isTrue();
        var data = secret(sensor()).getData();
        assertThat(set(sensor()).getSpec().getTemplate().getMetadata().getAnnotations())
                .as("the hash that the earlier release made")
                .containsEntry("selvedge.dev/secret-hash", Names.hash(new TreeMap<>(data).toString(), 16));
    }

    @Test
    void anAuthorityThatIsGivenIsUsedFollowedAndNeverWritten() {
        site.apply(HUB + "  certificateAuthority: {secretRef: {name: plant-ca}}\n");
        var operator = site.start();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(site.hub().words("Ready"))
                        .startsWith("False SecretNotFound: Secret 'plant-ca' of spec.certificateAuthority.secretRef"));
        assertThat(secret(Names.CA)).isNull();
        assertThat(set(hub())).isNull();

        var first = give(Earlier.root("CN=plant", Earlier.Form.RSA_PKCS1, begin, YEAR));
        operator.operator().wakeAll();
        await().atMost(SOON).untilAsserted(() -> assertThat(believed(first)).isTrue());
        var version = secret(PLANT).getMetadata().getResourceVersion();

        jump(operator, DAY.multipliedBy(240));
        ClusterSite.settle(operator);
        assertThat(authorities()).hasSize(1);
        assertThat(secret(PLANT).getMetadata().getResourceVersion()).isEqualTo(version);
        assertThat(certificateValid()).startsWith("True CertificateValid");

        jump(operator, DAY.multipliedBy(300));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(certificateValid())
                        .startsWith("True CertificateExpiring")
                        .contains("the certificate of the authority that spec.certificateAuthority names ends on"));

        var second = give(Earlier.root("CN=plant", Earlier.Form.EC, begin.plus(DAY.multipliedBy(300)), YEAR));
        operator.operator().wakeAll();
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(trustedBy(tls())).containsExactly(first.certificatePem(), second.certificatePem()));
        jump(operator, DAY.multipliedBy(331));
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(believed(second)).isTrue();
            assertThat(believed(first)).as("until its end").isTrue();
            assertThat(certificateValid()).startsWith("True CertificateValid");
        });
    }

    @Test
    void aSiteWhoseAuthorityHasEndedIsNotReadyThoughNothingElseHappens() {
        var authority = give(Earlier.root("CN=plant", Earlier.Form.EC, begin, YEAR));
        site.apply(HUB + "  certificateAuthority: {secretRef: {name: plant-ca}}\n");
        site.start();
        await().atMost(SOON).untilAsserted(() -> assertThat(believed(authority)).isTrue());

        ahead = YEAR.plus(DAY);
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(certificateValid()).startsWith("False CertificateExpired");
            assertThat(site.hub().words("Ready")).contains("certificate").startsWith("False CertificateExpired");
        });
    }

    @Test
    void whatIsNoAuthorityIsSaidAndWhatRunsGoesOn() {
        var first = give(Earlier.root("CN=plant", Earlier.Form.EC, begin, YEAR));
        site.apply(HUB + "  certificateAuthority: {secretRef: {name: plant-ca}}\n");
        var operator = site.start();
        await().atMost(SOON).untilAsserted(() -> assertThat(believed(first)).isTrue());

        var key = Earlier.root("CN=plant", Earlier.Form.EC, begin, YEAR).key();
        write(PLANT, Map.of("tls.crt", first.certificatePem(), "tls.key", key));
        operator.operator().wakeAll();

        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(site.hub().words("Ready"))
                                .contains(
                                        "Secret 'plant-ca' of spec.certificateAuthority is no authority: the key is not the certificate's"));
        assertThat(believed(first)).isTrue();
    }

    private void jump(ClusterSite.Running operator, Duration sinceBegin) {
        ahead = sinceBegin;
        operator.operator().wakeAll();
    }

    private CertificateAuthority give(KeyAndCertificate authority) {
        write(PLANT, Map.of("tls.crt", authority.certificate(), "tls.key", authority.key()));
        return CertificateAuthority.parse(authority);
    }

    private void write(String name, Map<String, String> texts) {
        var secret = new SecretBuilder(opaque(name, texts))
                .withType("kubernetes.io/tls")
                .editMetadata()
                .withLabels(Map.of())
                .endMetadata()
                .build();
        site.user()
                .resource(secret)
                .fieldManager("cert-manager")
                .forceConflicts()
                .serverSideApply();
    }

    private Secret opaque(String name, Map<String, String> texts) {
        var data = new HashMap<String, String>();
        texts.forEach((key, text) -> data.put(key, Texts.base64(text)));
        return new SecretBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(site.namespace())
                .withLabels(Labels.site())
                .endMetadata()
                .withType("Opaque")
                .withData(data)
                .build();
    }

    private List<Published> authorities() {
        return AuthoritySecret.read(secret(Names.CA)).all();
    }

    /** The certificates under {@code ca.crt}; none while there is no such Secret. */
    private List<String> trustedBy(String secret) {
        return Stream.of(text(secret, "ca.crt").split("(?<=-----END CERTIFICATE-----\n)"))
                .toList();
    }

    /** Whether there is a hub's certificate that is believed by who trusts this authority alone. */
    private boolean believed(CertificateAuthority trusted) {
        var shown = text(tls(), "tls.crt");
        return !shown.isEmpty() && Chains.believed(shown, begin.plus(ahead), trusted);
    }

    private String text(String secret, String key) {
        return Optional.ofNullable(secret(secret))
                .flatMap(found -> Texts.text(found, key))
                .orElse("");
    }

    private Map<String, String> templates() {
        var hashes = new TreeMap<String, String>();
        for (var name : List.of(hub(), sensor())) {
            hashes.put(name, set(name).getSpec().getTemplate().toString());
        }
        return hashes;
    }

    private String certificateValid() {
        return site.hub().words("CertificateValid");
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

    private StatefulSet set(String name) {
        return site.user()
                .apps()
                .statefulSets()
                .inNamespace(site.namespace())
                .withName(name)
                .get();
    }

    private Secret secret(String name) {
        return site.user()
                .secrets()
                .inNamespace(site.namespace())
                .withName(name)
                .get();
    }
}
