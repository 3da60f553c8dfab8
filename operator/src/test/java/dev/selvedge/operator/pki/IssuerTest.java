package dev.selvedge.operator.pki;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;

import dev.selvedge.identity.CertificateName;
import dev.selvedge.identity.Identity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

final class IssuerTest {
    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");
    private static final List<String> NAMES = List.of("edgehub--edge-1.site.svc", "edgehub--edge-1", "localhost");
    private static final CertificateName HOLDER = new CertificateName(Identity.module("edge-1", "filter"), "2");

    private final SecureRandom random = new SecureRandom();
    private final CertificateAuthority authority = authority();
    private final Issuer issuer = at(Duration.ZERO);

    @Test
    void aServerCertificateIsSignedForItsNames() throws Exception {
        var server = issuer.server(Optional.empty(), NAMES);

        var certificate = Pem.parseCertificate(server.certificate());
        var root = Pem.parseCertificate(authority.certificatePem());
        certificate.verify(root.getPublicKey());
        certificate.checkValidity(Date.from(NOW));
        assertThat(certificate.getSubjectAlternativeNames().stream()
                        .map(entry -> String.valueOf(entry.get(1)))
                        .toList())
                .isEqualTo(NAMES);
        assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
        assertThat(certificate.getBasicConstraints()).isNegative();
        assertThat(root.getBasicConstraints()).as("one authority may follow").isEqualTo(1);
        assertThat(Chains.parse(server.certificate())).hasSize(1);
        assertThat(issuer.roots()).isEqualTo(authority.certificatePem());
        assertThat(issuer.ofClients()).isEqualTo(authority.certificatePem());
    }

    @Test
    void aClientCertificateNamesItsHolder() throws Exception {
        var client = issuer.client(Optional.empty(), HOLDER);

        var certificate = Pem.parseCertificate(client.certificate());
        certificate.verify(Pem.parseCertificate(authority.certificatePem()).getPublicKey());
        assertThat(certificate.getSubjectAlternativeNames())
                .containsExactly(List.of(6, "selvedge:edge-1/filter?generation=2"));
        assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
        assertThat(issuer.client(Optional.of(client), HOLDER)).isEqualTo(client);
        assertThat(issuer.client(Optional.of(client), new CertificateName(HOLDER.identity(), "3")))
                .isNotEqualTo(client);
    }

    @Test
    void aServerMayHaveAnAddressForAName() throws Exception {
        var names = List.of("edgehub--edge-1", "192.0.2.7");

        var server = issuer.server(Optional.empty(), names);

        assertThat(Pem.parseCertificate(server.certificate()).getSubjectAlternativeNames())
                .containsExactlyInAnyOrder(List.of(2, "edgehub--edge-1"), List.of(7, "192.0.2.7"));
        assertThat(issuer.server(Optional.of(server), names)).isEqualTo(server);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fd00::7", "FD00:0::0007", "2001:db8:0:0:0:0:0:1"})
    void anAddressMayBeWrittenInAnyWay(String address) {
        var names = List.of("edgehub--edge-1", address);

        var server = issuer.server(Optional.empty(), names);

        assertThat(issuer.server(Optional.of(server), names)).isEqualTo(server);
        assertThat(issuer.server(Optional.of(server), List.of("edgehub--edge-1", "fd00::8")))
                .isNotEqualTo(server);
    }

    @Test
    void aCertificateIsKeptUntilAThirdOfItsLifeIsLeft() {
        var server = issuer.server(Optional.empty(), NAMES);
        var life = Lifetimes.DEFAULT.certificate();

        assertThat(at(life.dividedBy(2)).server(Optional.of(server), NAMES)).isEqualTo(server);
        assertThat(at(life.multipliedBy(2).dividedBy(3).plusDays(1)).server(Optional.of(server), NAMES))
                .isNotEqualTo(server);
    }

    @Test
    void aCertificateThatIsNotValidYetWasMadeUnderAWrongClock() {
        var server = at(Duration.ofDays(400)).server(Optional.empty(), NAMES);

        assertThat(issuer.server(Optional.of(server), NAMES)).isNotEqualTo(server);
    }

    @Test
    void aCertificateForOtherNamesOrOfAnotherAuthorityIsReplaced() {
        var server = issuer.server(Optional.empty(), NAMES);
        var other = new Issuer(
                new Authorities(List.of(new Published(authority(), NOW, false))), Lifetimes.DEFAULT, NOW, random);

        assertThat(issuer.server(Optional.of(server), List.of("edgehub--edge-2")))
                .isNotEqualTo(server);
        assertThat(other.server(Optional.of(server), NAMES)).isNotEqualTo(server);
        var nonsense = new KeyAndCertificate("nonsense", "nonsense");
        assertThat(issuer.server(Optional.of(nonsense), NAMES)).isNotEqualTo(nonsense);
    }

    @Test
    void aCertificateWithTheKeyOfAnotherIsReplaced() {
        var server = issuer.server(Optional.empty(), NAMES);
        var client = issuer.client(Optional.empty(), HOLDER);
        var rsa = Earlier.root("CN=plant", Earlier.Form.RSA, NOW, Duration.ofDays(1));

        for (var key : List.of(client.key(), rsa.key())) {
            var mixed = new KeyAndCertificate(server.certificate(), key);
            assertThat(issuer.server(Optional.of(mixed), NAMES).certificate()).isNotEqualTo(server.certificate());
        }
        var mixed = new KeyAndCertificate(client.certificate(), server.key());
        assertThat(issuer.client(Optional.of(mixed), HOLDER).certificate()).isNotEqualTo(client.certificate());
    }

    @Test
    void aCertificateThatIsDueIsWellAndOneThatIsOverdueIsNot() {
        var server = issuer.server(Optional.empty(), NAMES);
        var validity = Validity.of(server.certificate());
        var due = NOW.plus(Lifetimes.DEFAULT.certificate().multipliedBy(2).dividedBy(3));

        assertThat(validity.due(due)).isTrue();
        assertThat(validity.ending(due))
                .as("it is to be renewed now, and that takes a while")
                .isFalse();
        assertThat(validity.ending(due.plus(Duration.ofDays(90)))).isTrue();
        assertThat(validity.over(NOW.plus(Lifetimes.DEFAULT.certificate()).minusSeconds(1)))
                .isFalse();
        assertThat(validity.over(NOW.plus(Lifetimes.DEFAULT.certificate()))).isTrue();
        assertThat(validity.lastDay()).isEqualTo("2028-02-29");
        assertThatIllegalArgumentException().isThrownBy(() -> Validity.of("nonsense"));
    }

    @Test
    void nonsenseIsNoAuthority() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CertificateAuthority.parse(new KeyAndCertificate("x", "y")))
                .withMessageContaining("cannot be read");
    }

    @Test
    void livesThatCannotWorkAreRefused() {
        for (var lives : new Duration[][] {
            {Duration.ofHours(1), Duration.ofSeconds(179)},
            {Duration.ofHours(1), Duration.ofMinutes(21)},
            {Duration.ofDays(60 * 365), Duration.ofDays(1)}
        }) {
            assertThatIllegalArgumentException().isThrownBy(() -> new Lifetimes(lives[0], lives[1]));
        }
    }

    @Test
    void aCertificateOfMinutesIsLookedAtOften() {
        assertThat(Validity.startingAt(NOW, Duration.ofMinutes(3)).lookAgain()).isLessThan(Duration.ofSeconds(20));
    }

    private CertificateAuthority authority() {
        return CertificateAuthority.create(
                "Selvedge site", Validity.startingAt(NOW, Lifetimes.DEFAULT.authority()), random);
    }

    private Issuer at(Duration later) {
        return new Issuer(
                new Authorities(List.of(new Published(authority, NOW, false))),
                Lifetimes.DEFAULT,
                NOW.plus(later),
                random);
    }
}
