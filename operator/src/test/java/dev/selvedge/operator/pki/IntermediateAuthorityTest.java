package dev.selvedge.operator.pki;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import dev.selvedge.identity.CertificateName;
import dev.selvedge.identity.Identity;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** An authority that the user had signed by a root, which signs for others too; and what becomes of it when another takes its place. */
final class IntermediateAuthorityTest {
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration YEAR = Duration.ofDays(365);
    private static final CertificateName HOLDER = new CertificateName(Identity.module("edge-1", "filter"), "1");

    private final SiteLife site = new SiteLife(Lifetimes.DEFAULT);
    private final CertificateAuthority made = site.signer();
    private final CertificateAuthority plant = root("CN=plant");

    @Test
    void whatItSignsComesWithItAndTheRootIsTrusted() {
        site.stored = Authorities.NONE;
        var given = give(Earlier.lowest(plant, "site", site.now, YEAR));

        assertThat(site.signer()).isEqualTo(given);
        assertThat(site.issuer().roots()).isEqualTo(plant.certificatePem());
        assertThat(site.issuer().anchor()).isEqualTo(plant.certificatePem());
        assertThat(site.issuer().ofClients()).isEqualTo(given.certificatePem());
        assertThat(site.server.certificate()).endsWith(given.certificatePem());
        assertThat(Chains.parse(site.server.certificate())).hasSize(2);
        assertThat(site.believed(plant)).isTrue();
        assertThat(Chains.believedByHub(client(site), site.now, given)).isTrue();
    }

    @Test
    void betweenItAndTheRootMayStandOthers() {
        site.stored = Authorities.NONE;
        var region = CertificateAuthority.parse(Earlier.below(plant, "region", site.now, YEAR));
        give(Earlier.lowest(region, "site", site.now, YEAR));

        assertThat(Chains.parse(site.server.certificate())).hasSize(3);
        assertThat(site.believed(plant)).isTrue();
    }

    @Test
    void itEndsWithItsRoot() {
        var given = CertificateAuthority.given(Earlier.below(plant, "site", site.now, YEAR.multipliedBy(20)));

        assertThat(given.validity()).isEqualTo(plant.validity());
    }

    @Test
    void oneRenewedByTheSameRootIsFollowedAndNobodyRestarts() {
        for (var name : List.of("site", "site of next year")) {
            site.now = SiteLife.BEGIN;
            site.stored = Authorities.NONE;
            var first = give(Earlier.below(plant, "site", site.now, YEAR));
            var before = client(site);
            site.at(DAY.multipliedBy(250));
            var second = give(Earlier.below(plant, name, site.now, YEAR));
            assertThat(site.signer()).isEqualTo(first);
            assertThat(site.issuer().ofClients()).isEqualTo(first.certificatePem() + second.certificatePem());

            for (var days = 250; days < 365; days++) {
                site.at(DAY.multipliedBy(days));
                assertThat(site.issuer().roots()).isEqualTo(plant.certificatePem());
                assertThat(site.issuer().anchor()).isEqualTo(plant.certificatePem());
                assertThat(site.believed(plant)).isTrue();
                assertThat(Chains.believedByHub(before, site.now, site.reads())).isTrue();
                assertThat(Chains.believedByHub(client(site), site.now, first))
                        .as("by a hub that has not heard of the second, on day %s", days)
                        .isTrue();
            }
            assertThat(site.signer()).isEqualTo(second);
            assertThat(Chains.parse(site.server.certificate())).hasSize(2);
        }
    }

    @Test
    void ofTwoThatMaySignLeafsOnlyTheFirstIntroducesTheSecondWhereTheyHaveOneName() {
        site.stored = Authorities.NONE;
        var first = give(Earlier.lowest(plant, "site", site.now, YEAR));
        site.at(DAY.multipliedBy(250));
        give(Earlier.lowest(plant, "site", site.now, YEAR));
        site.at(DAY.multipliedBy(290));

        assertThat(site.signer()).isNotEqualTo(first);
        assertThat(Chains.believedByHub(client(site), site.now, first)).isTrue();
        assertThat(site.believed(plant)).isTrue();
    }

    @Test
    void anotherRootIsNotVouchedForAndModulesMustLearnOfItAtOnce() {
        var given = give(Earlier.below(plant, "site", site.now, YEAR));

        assertThat(site.signer()).as("their restart has thirty days").isEqualTo(made);
        assertThat(site.issuer().anchor()).isEqualTo(plant.certificatePem());
        assertThat(site.reads()).containsExactly(made, given);
        site.at(DAY.multipliedBy(31));
        assertThat(site.signer()).isEqualTo(given);
        assertThat(site.believed(made, given)).isTrue();
        assertThat(site.believed(made)).as("who has not been restarted").isFalse();

        var next = root("CN=plant");
        site.at(DAY.multipliedBy(200));
        give(Earlier.below(next, "site", site.now, YEAR));
        assertThat(site.issuer().anchor()).isEqualTo(next.certificatePem());
        site.at(DAY.multipliedBy(240));
        assertThat(site.believed(next)).isTrue();
        assertThat(site.believed(plant)).isFalse();
    }

    @Test
    void aClockThatIsLateForAWhileTakesNothingFromTheThirtyDaysInWhichModulesLearnOfAnotherRoot() {
        site.at(DAY.multipliedBy(100));
        var given = give(Earlier.below(plant, "site", SiteLife.BEGIN, YEAR));

        site.at(DAY.multipliedBy(40));
        assertThat(site.reads()).containsExactly(made, given);
        site.at(DAY.multipliedBy(101));
        assertThat(site.signer()).isEqualTo(made);
        site.at(DAY.multipliedBy(130).minusSeconds(1));
        assertThat(site.signer()).isEqualTo(made);
        site.at(DAY.multipliedBy(130));
        assertThat(site.signer()).isEqualTo(given);
    }

    @Test
    void oneThatIsNamedWhileTheClockIsLateComesAfterWhatWasNamedBefore() {
        site.at(DAY.multipliedBy(100));
        give(Earlier.below(plant, "site", SiteLife.BEGIN, YEAR));
        site.at(DAY.multipliedBy(40));
        var next = give(Earlier.below(plant, "site", SiteLife.BEGIN, YEAR));
        var stored = site.stored;

        site.at(DAY.multipliedBy(41));
        assertThat(site.stored).as("published once").isEqualTo(stored);
        site.at(DAY.multipliedBy(70));
        assertThat(site.signer()).isEqualTo(next);
    }

    @Test
    void fromItBackToARootTheWayIsShownWherePathLengthsAllow() {
        site.stored = Authorities.NONE;
        var given = give(Earlier.below(plant, "site", site.now, YEAR));
        site.given = null;
        site.at(DAY);
        assertThat(site.issuer().anchor()).isEqualTo(plant.certificatePem());
        site.at(DAY.multipliedBy(32));

        assertThat(site.signer()).isNotEqualTo(given);
        assertThat(site.believed(plant)).as("who knows only the plant's root").isTrue();
        assertThat(site.believed(site.signer())).isTrue();
        assertThat(Chains.believedByHub(client(site), site.now, given)).isTrue();
    }

    @Test
    void whereTheyDoNotModulesMustLearnOfTheRootAtOnce() {
        site.stored = Authorities.NONE;
        give(Earlier.lowest(plant, "site", site.now, YEAR));
        site.given = null;
        site.at(DAY);

        var next = site.stored.all().getLast().authority();
        assertThat(site.issuer().anchor()).isEqualTo(next.certificatePem());
        site.at(DAY.multipliedBy(32));
        assertThat(Chains.parse(site.server.certificate())).hasSize(1);
        assertThat(site.believed(next)).isTrue();
    }

    @Test
    void oneOfTheSameNameAndKeyUnderAnotherRootBringsTheHubANewChain() {
        site.stored = Authorities.NONE;
        var pair = Earlier.pair(Earlier.Form.EC);
        give(Earlier.below(plant, "site", pair, site.now, YEAR, new BasicConstraints(true)));
        var next = root("CN=next");
        site.at(DAY);
        give(Earlier.below(next, "site", pair, site.now, YEAR, new BasicConstraints(true)));
        site.at(DAY.multipliedBy(40));

        assertThat(site.believed(next)).isTrue();
    }

    /** Somebody else of the plant has an authority of its own, and makes a certificate with the name of a module. */
    @Test
    void whateverElseTheRootSignedNoHubTakesForAModule() {
        var next = root("CN=next plant");
        var foreign = Stream.of(plant, next)
                .flatMap(root ->
                        Stream.of(root, CertificateAuthority.parse(Earlier.below(root, "other site", site.now, YEAR))))
                .map(signer -> client(new SiteLife(signer)))
                .toList();
        assertThat(foreign)
                .allMatch(chain -> Chains.believed(chain, site.now, plant) != Chains.believed(chain, site.now, next));

        for (var day = 0; day < 365; day += 5) {
            switch (day) {
                case 5, 100 -> give(Earlier.below(plant, "site", site.now, YEAR));
                case 200 -> give(Earlier.below(next, "site", site.now, YEAR));
                case 300 -> site.given = null;
                default -> {}
            }
            site.at(DAY.multipliedBy(day));
            var handedOut = site.server.certificate() + client(site) + plant.certificatePem() + next.certificatePem();
            assertThat(Chains.believedByHub(client(site), site.now, site.reads()))
                    .isTrue();
            assertThat(foreign)
                    .as("on day %s, with all that the site hands out", day)
                    .noneMatch(chain -> Chains.believedByHub(chain + handedOut, site.now, site.reads()));
        }
    }

    private CertificateAuthority give(KeyAndCertificate pem) {
        var given = CertificateAuthority.given(pem);
        site.given = given;
        site.pass();
        return given;
    }

    private CertificateAuthority root(String name) {
        return CertificateAuthority.given(Earlier.root(name, Earlier.Form.EC, site.now, YEAR.multipliedBy(5)));
    }

    private static String client(SiteLife life) {
        return life.issuer().client(Optional.empty(), HOLDER).certificate();
    }
}
