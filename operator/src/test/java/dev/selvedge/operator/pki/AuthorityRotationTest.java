package dev.selvedge.operator.pki;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

import dev.selvedge.identity.CertificateName;
import dev.selvedge.identity.Identity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static dev.selvedge.operator.pki.SiteLife.BEGIN;
import static org.assertj.core.api.Assertions.assertThat;

/** The life of a site's authorities, by a clock that the test moves. */
final class AuthorityRotationTest {
    private static final Duration YEAR = Duration.ofDays(365);
    private static final Duration DAY = Duration.ofDays(1);
    private static final CertificateName HOLDER = new CertificateName(Identity.module("edge-1", "filter"), "1");

    private final SiteLife site = new SiteLife(Lifetimes.DEFAULT);
    private final CertificateAuthority first = site.signer();

    @Test
    void theFirstAuthoritySignsAtOnceAndNothingIsDueForYears() {
        var stored = site.stored;
        site.at(YEAR.multipliedBy(6));

        assertThat(site.stored).isEqualTo(stored);
        assertThat(site.reads()).containsExactly(first);
        assertThat(first.validity().until()).isEqualTo(BEGIN.plus(YEAR.multipliedBy(10)));
    }

    @Test
    void theNextIsPublishedWhenAThirdIsLeftAndSignsThirtyDaysLater() {
        var published = YEAR.multipliedBy(10).multipliedBy(2).dividedBy(3).plus(DAY);
        site.at(published);

        assertThat(site.stored.all()).hasSize(2);
        var next = site.stored.all().getLast().authority();
        assertThat(site.signer()).isEqualTo(first);
        assertThat(site.reads()).as("who signs comes first").containsExactly(first, next);
        assertThat(site.believed(first)).isTrue();

        site.at(published.plus(DAY.multipliedBy(30)).minusSeconds(1));
        assertThat(site.signer()).isEqualTo(first);

        site.at(published.plus(DAY.multipliedBy(30)));
        assertThat(site.signer()).isEqualTo(next);
        assertThat(site.reads()).containsExactly(next, first);
        assertThat(next.signed(Chains.parse(site.server.certificate()).getFirst()))
                .isTrue();
        assertThat(Chains.parse(site.server.certificate())).hasSize(2);
        assertThat(site.believed(first)).as("read its trust ten years ago").isTrue();
        assertThat(site.believed(next)).isTrue();
        assertThat(site.believed(first, next)).isTrue();
        assertThat(site.believed(stranger())).isFalse();

        site.at(YEAR.multipliedBy(10));
        assertThat(site.reads()).as("the old one has ended").containsExactly(next);
        assertThat(site.believed(first)).isFalse();
        assertThat(site.believed(next)).isTrue();
    }

    @Test
    void modulesAreRestartedOnceInTheMiddleOfTheOverlapAndNeverBefore() {
        var anchors = new ArrayList<CertificateAuthority>();
        var changes = new ArrayList<Instant>();
        for (var t = Duration.ZERO; t.compareTo(YEAR.multipliedBy(10)) < 0; t = t.plusDays(5)) {
            site.at(t);
            var anchor = site.stored.anchor(site.now);
            if (anchors.isEmpty() || !anchors.getLast().equals(anchor)) {
                anchors.add(anchor);
                changes.add(site.now);
            }
        }
        assertThat(anchors).hasSize(2).startsWith(first);
        var next = site.stored.all().getLast();
        var left = Duration.between(next.since(), first.validity().until());
        assertThat(changes.getLast())
                .isBetween(
                        next.since().plus(left.dividedBy(2)),
                        next.since().plus(left.dividedBy(2)).plus(DAY.multipliedBy(5)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT87600H,PT17520H", "PT30M,PT10M", "PT9M,PT3M", "PT240H,PT24H"})
    void throughThreeGenerationsEveryoneWhoRestartsInTimeConnectsAtEveryMoment(String lives) {
        var parts = lives.split(",");
        var lifetimes = new Lifetimes(Duration.parse(parts[0]), Duration.parse(parts[1]));
        var life = new SiteLife(lifetimes);
        var step = lifetimes.certificate().dividedBy(24);
        var module = life.reads();
        var anchor = life.issuer().anchor();
        var client = Optional.<KeyAndCertificate>empty();
        var seen = new HashSet<CertificateAuthority>();
        for (var t = Duration.ZERO; t.compareTo(lifetimes.authority().multipliedBy(3)) < 0; t = t.plus(step)) {
            life.at(t);
            seen.add(life.signer());
            if (!life.issuer().anchor().equals(anchor)) {
                anchor = life.issuer().anchor();
                module = life.reads();
            }
            client = Optional.of(life.issuer().client(client, HOLDER));
            assertThat(life.believed(module))
                    .as("the hub by the module at %s", t)
                    .isTrue();
            assertThat(life.believed(module[0]))
                    .as("by one that reads the first certificate only, at %s", t)
                    .isTrue();
            assertThat(life.believed(life.reads())).isTrue();
            assertThat(life.believed(life.reads()[0])).isTrue();
            assertThat(Chains.believed(client.get().certificate(), life.now, life.reads()))
                    .as("the module by the hub at %s", t)
                    .isTrue();
            assertThat(life.stored.all().size()).isLessThanOrEqualTo(10);
            assertThat(life.reads().length).isLessThanOrEqualTo(2);
        }
        assertThat(seen.size()).isBetween(4, 6);
    }

    @Test
    void nothingIsWrittenTwiceAtOneMoment() {
        for (var t = Duration.ZERO; t.compareTo(YEAR.multipliedBy(25)) < 0; t = t.plusDays(30)) {
            site.at(t);
            var stored = site.stored;
            var server = site.server;
            site.pass();
            assertThat(site.stored).isEqualTo(stored);
            assertThat(site.server).isEqualTo(server);
        }
    }

    @Test
    void aSiteWhoseOperatorWasAwayForTooLongBeginsAnew() {
        site.at(YEAR.multipliedBy(11));

        assertThat(site.signer()).isNotEqualTo(first);
        assertThat(site.stored.anchor(site.now)).as("modules are restarted").isEqualTo(site.signer());
        assertThat(site.believed(site.reads())).isTrue();
    }

    @Test
    void anOperatorThatComesLateStillLeavesHalfOfWhatIsLeft() {
        var late = YEAR.multipliedBy(10).minus(DAY.multipliedBy(20));
        site.at(late);
        assertThat(site.signer()).isEqualTo(first);
        site.at(late.plus(DAY.multipliedBy(10)));
        assertThat(site.signer()).isNotEqualTo(first);
        assertThat(site.believed(first)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 12, 30})
    void aClockThatJumpsAheadAndBackLeavesNothingBehind(int years) {
        site.at(YEAR);
        var module = site.reads();

        site.at(YEAR.multipliedBy(1L + years));
        assertThat(site.believed(site.reads()))
                .as("by those who start during it")
                .isTrue();
        site.at(YEAR);

        assertThat(site.signer()).isEqualTo(first);
        assertThat(site.stored.anchor(site.now)).isEqualTo(first);
        assertThat(site.believed(module)).as("by those who ran through it").isTrue();
        assertThat(site.believed(site.reads())).isTrue();
        for (var t = YEAR; t.compareTo(YEAR.multipliedBy(10)) < 0; t = t.plusDays(20)) {
            site.at(t);
            assertThat(site.believed(site.reads())).isTrue();
            assertThat(site.believed(first)).as("until its end, at %s", t).isTrue();
        }
        site.at(YEAR.multipliedBy(10));
        assertThat(site.signer()).isNotEqualTo(first);
        assertThat(site.believed(site.reads())).isTrue();
    }

    @Test
    void aClockThatJumpsAheadTimeAndAgainLeavesNothingBehind() {
        for (var jump = 1; jump <= 6; jump++) {
            site.at(YEAR.multipliedBy(15L * jump));
            site.at(DAY.multipliedBy(jump));

            assertThat(site.signer()).isEqualTo(first);
            assertThat(site.stored.anchor(site.now)).isEqualTo(first);
            assertThat(site.believed(first)).isTrue();
        }
    }

    @Test
    void aClockOfBeforeTheFirstAuthorityIsNotBelieved() {
        site.at(YEAR);
        var stored = site.stored;

        for (var late : List.of(Instant.EPOCH, BEGIN.minus(DAY.multipliedBy(29)))) {
            site.now = late;
            site.pass();
            assertThat(site.stored).isEqualTo(stored);
            assertThat(site.signer()).isEqualTo(first);
        }

        site.at(YEAR.plus(DAY));
        assertThat(site.signer()).isEqualTo(first);
        assertThat(site.believed(first)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 20})
    void aSiteThatBeganUnderAClockYearsAheadIsMendedWhenTheClockIsSetRight(int years) {
        site.stored = Authorities.NONE;
        site.at(YEAR.multipliedBy(years));
        var ahead = site.signer();
        var client = Optional.of(site.issuer().client(Optional.empty(), HOLDER));

        site.at(Duration.ZERO);
        var made = site.signer();
        assertThat(made).isNotEqualTo(ahead);
        var anchor = made;
        var module = site.reads();
        for (var t = Duration.ZERO; t.compareTo(YEAR.multipliedBy(25)) < 0; t = t.plusDays(20)) {
            site.at(t);
            if (!site.stored.anchor(site.now).equals(anchor)) {
                anchor = site.stored.anchor(site.now);
                module = site.reads();
            }
            client = Optional.of(site.issuer().client(client, HOLDER));
            assertThat(site.believed(module)).as("the hub at %s", t).isTrue();
            assertThat(site.believed(site.reads()[0])).isTrue();
            assertThat(Chains.believed(client.get().certificate(), site.now, site.reads()))
                    .as("the module at %s", t)
                    .isTrue();
        }
    }

    @Test
    void whenTheAuthorityOfAClockYearsAheadBeginsItIsASuccessorLikeAnother() {
        site.stored = Authorities.NONE;
        site.at(YEAR.multipliedBy(3));
        var ahead = site.signer();
        site.at(Duration.ZERO);
        var made = site.signer();

        site.at(YEAR.multipliedBy(3).plus(DAY));
        assertThat(site.signer()).isEqualTo(made);
        assertThat(site.stored.anchor(site.now)).as("no module is restarted").isEqualTo(made);
        site.at(YEAR.multipliedBy(3).plus(DAY.multipliedBy(30)));
        assertThat(site.signer()).isEqualTo(ahead);
        assertThat(site.stored.anchor(site.now)).isEqualTo(made);
        assertThat(site.stored.all()).hasSize(2);
    }

    @Test
    void aClockThatJumpsBackABitChangesNoTrust() {
        site.at(YEAR.multipliedBy(7));
        var next = site.stored.all().getLast().authority();
        site.at(YEAR.multipliedBy(6));

        assertThat(site.stored.all()).extracting(Published::authority).containsExactly(first, next);
        assertThat(site.signer()).isEqualTo(first);
        assertThat(site.believed(first)).isTrue();
    }

    @Test
    void theAuthorityOfAnEarlierReleaseIsTakenOverAsItIs() {
        var twenty = Earlier.authority(BEGIN, YEAR.multipliedBy(20));
        site.stored =
                new Authorities(List.of(new Published(twenty, twenty.validity().from(), false)));
        site.at(YEAR.multipliedBy(6));
        assertThat(site.reads()).containsExactly(twenty);
        assertThat(site.issuer().anchor()).isEqualTo(twenty.certificatePem());

        site.at(YEAR.multipliedBy(14));
        site.at(YEAR.multipliedBy(15));
        assertThat(site.signer()).isNotEqualTo(twenty);
        assertThat(site.believed(twenty))
                .as("though its path length is 0: the next one has its name")
                .isTrue();
    }

    private CertificateAuthority stranger() {
        return CertificateAuthority.create("Selvedge site", Validity.startingAt(site.now, YEAR), site.random);
    }
}
