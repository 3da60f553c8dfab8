package dev.selvedge.operator.pki;

import java.time.Duration;
import java.util.Optional;

import dev.selvedge.identity.CertificateName;
import dev.selvedge.identity.Identity;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** A node that is cut off keeps what it had, whatever the operator makes meanwhile. */
class NodeAwayTest {
    private static final CertificateName HOLDER = new CertificateName(Identity.module("edge-1", "sensor"), "1");
    private static final Duration STEP = Duration.ofDays(3);
    private static final Duration LIFE = Duration.ofDays(2 * 3650);

    /** A week, and eight months less the step in which a renewal may just have been missed. */
    @ParameterizedTest
    @ValueSource(ints = {7, 240})
    void modulesAndHubBelieveEachOtherWhileItIsAwayAndWhenItReturnsAtAnyMomentOfTheAuthoritiesLives(int days) {
        var life = new SiteLife(Lifetimes.DEFAULT);
        var client = Optional.<KeyAndCertificate>empty();
        for (var cut = Duration.ZERO; cut.compareTo(LIFE) < 0; cut = cut.plus(STEP)) {
            life.at(cut);
            client = Optional.of(life.issuer().client(client, HOLDER));
            var shown = life.server.certificate();
            var trusted = life.reads();

            var back = life.now.plus(Duration.ofDays(days));
            var as = cut + " after the beginning";
            assertThat(Chains.believed(shown, back, trusted)).as(as).isTrue();
            assertThat(Chains.believed(client.get().certificate(), back, trusted))
                    .as(as)
                    .isTrue();
            var meanwhile = new SiteLife(life, back);
            assertThat(meanwhile.believed(trusted))
                    .as("the new certificate by a module that ran on, %s", as)
                    .isTrue();
            assertThat(Chains.believed(client.get().certificate(), back, meanwhile.reads()))
                    .as("the old certificate of a module by a hub that has learnt of everything, %s", as)
                    .isTrue();
        }
    }
}
