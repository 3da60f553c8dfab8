package dev.selvedge.operator.pki;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import dev.selvedge.identity.CertificateName;
import dev.selvedge.identity.Identity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** An authority that the user made, and what becomes of it when another takes its place. */
final class GivenAuthorityTest {
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration YEAR = Duration.ofDays(365);

    private final SiteLife site = new SiteLife(Lifetimes.DEFAULT);

    @ParameterizedTest
    @EnumSource(Earlier.Form.class)
    void oneThatIsGivenSignsAfterThirtyDaysWhateverItsKeyIs(Earlier.Form form) {
        var made = site.signer();
        var given = CertificateAuthority.given(Earlier.root("CN=plant", form, site.now, YEAR));
        site.given = given;
        site.at(DAY);
        assertThat(site.signer()).isEqualTo(made);
        assertThat(site.reads()).containsExactly(made, given);

        site.at(DAY.multipliedBy(32));
        assertThat(site.signer()).isEqualTo(given);
        assertThat(site.reads()).containsExactly(given, made);
        assertThat(site.believed(made))
                .as("who knows only the one that was made")
                .isTrue();
        assertThat(site.believed(given)).isTrue();
        assertThat(site.believed(made, given)).isTrue();
    }

    @Test
    void aNewSiteUsesItAtOnceAndItsReplacementIsFollowed() {
        site.stored = Authorities.NONE;
        var given = CertificateAuthority.given(Earlier.root("CN=plant", Earlier.Form.EC, site.now, YEAR));
        site.given = given;
        site.at(Duration.ZERO);
        assertThat(site.reads()).containsExactly(given);
        assertThat(site.signer()).isEqualTo(given);

        site.at(DAY.multipliedBy(250));
        var replaced = CertificateAuthority.given(Earlier.root("CN=plant", Earlier.Form.EC, site.now, YEAR));
        site.given = replaced;
        site.pass();
        assertThat(site.signer()).isEqualTo(given);
        site.at(DAY.multipliedBy(281));
        assertThat(site.signer()).isEqualTo(replaced);
        assertThat(site.reads()).containsExactly(replaced, given);
        assertThat(site.believed(given)).isTrue();
        site.at(YEAR);
        assertThat(site.reads()).containsExactly(replaced);
    }

    @Test
    void oneThatNobodyRenewsIsNotReplacedByAnother() {
        site.stored = Authorities.NONE;
        var given = CertificateAuthority.given(Earlier.root("CN=plant", Earlier.Form.EC, site.now, YEAR));
        site.given = given;
        site.at(Duration.ZERO);
        site.at(YEAR.minus(DAY));
        assertThat(site.stored.all()).hasSize(1);
        assertThat(site.stored
                        .newest(site.now)
                        .orElseThrow()
                        .authority()
                        .validity()
                        .ending(site.now))
                .isTrue();

        var last = site.server;
        site.at(YEAR.minus(DAY).plusSeconds(3600));
        site.at(YEAR.plus(DAY));
        var after = site.server;
        site.at(YEAR.plus(DAY.multipliedBy(2)));
        assertThat(site.server)
                .as("no end of new certificates that nobody believes")
                .isEqualTo(after);
        assertThat(last).isNotNull();
        assertThat(site.stored
                        .newest(site.now)
                        .orElseThrow()
                        .authority()
                        .validity()
                        .over(site.now))
                .isTrue();
    }

    @Test
    void whenItIsNoLongerNamedTheOperatorMakesOne() {
        site.given = CertificateAuthority.given(Earlier.root("CN=plant", Earlier.Form.EC, site.now, YEAR));
        site.at(DAY);
        site.at(DAY.multipliedBy(40));
        site.given = null;
        site.pass();

        assertThat(site.stored.all().getLast().given()).isFalse();
        site.at(DAY.multipliedBy(80));
        assertThat(site.signer()).isEqualTo(site.stored.all().getLast().authority());
    }

    @Test
    void whereTheOldOneCannotVouchModulesMustLearnOfTheNextAtOnce() {
        var strict = Earlier.authority(site.now, YEAR.multipliedBy(20));
        site.stored = new Authorities(List.of(new Published(strict, site.now, false)));
        var given = CertificateAuthority.given(Earlier.root("CN=plant", Earlier.Form.EC, site.now, YEAR));
        site.given = given;
        site.at(DAY);

        assertThat(site.stored.anchor(site.now)).isEqualTo(given);
        assertThat(site.signer()).as("their restart has thirty days").isEqualTo(strict);
        site.at(DAY.multipliedBy(32));
        assertThat(site.signer()).isEqualTo(given);
        assertThat(Chains.parse(site.server.certificate())).hasSize(1);
        assertThat(site.believed(strict, given)).isTrue();
    }

    @Test
    void aChainIsNoLongerThanJavaTakesHoweverManyAuthoritiesThereAre() {
        for (var day = 1; day <= 10; day++) {
            site.given = CertificateAuthority.given(Earlier.root("CN=plant", Earlier.Form.EC, site.now, YEAR));
            site.at(DAY.multipliedBy(day));
        }
        site.at(DAY.multipliedBy(60));
        var trusted = site.reads();
        var client =
                site.issuer().client(Optional.empty(), new CertificateName(Identity.module("edge-1", "filter"), "1"));

        assertThat(trusted).hasSize(11);
        for (var chain : List.of(site.server.certificate(), client.certificate())) {
            assertThat(Chains.parse(chain)).hasSize(8);
            for (var known : Arrays.asList(trusted).subList(0, 7)) {
                assertThat(Chains.believed(chain, site.now, known)).isTrue();
            }
            assertThat(Chains.believed(chain, site.now, site.stored.anchor(site.now)))
                    .as("by every module that runs")
                    .isTrue();
        }
    }

    @Test
    void whatCannotSignIsRefusedInWords() throws Exception {
        var root = Earlier.root("CN=plant", Earlier.Form.EC, site.now, YEAR);
        var other = Earlier.root("CN=plant", Earlier.Form.EC, site.now, YEAR);
        refused(site.server, "may not sign others");
        refused(Earlier.withoutKeyIdentifier(site.now, YEAR), "no subject key identifier");
        refused(new KeyAndCertificate(root.certificate(), other.key()), "the key is not the certificate's");
        refused(new KeyAndCertificate(root.certificate(), "nonsense"), "no private key");
        refused(new KeyAndCertificate("nonsense", root.key()), "cannot be read");
        var parent = CertificateAuthority.parse(root);
        var child = Earlier.below(parent, "child", site.now, YEAR);
        var alone = Pem.certificate(Pem.parseCertificate(child.certificate()));
        refused(
                new KeyAndCertificate(alone, child.key()),
                "'CN=plant', which signed 'CN=child', is missing: put the root into ca.crt");
        refused(new KeyAndCertificate(alone + other.certificate(), child.key()), "is missing");
        refused(
                Earlier.below(
                        CertificateAuthority.parse(Earlier.lowest(parent, "low", site.now, YEAR)),
                        "lower",
                        site.now,
                        YEAR),
                "allows none below");
    }

    private static void refused(KeyAndCertificate pem, String words) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CertificateAuthority.given(pem))
                .withMessageContaining(words);
    }
}
