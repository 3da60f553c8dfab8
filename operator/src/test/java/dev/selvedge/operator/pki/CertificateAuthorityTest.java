package dev.selvedge.operator.pki;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;

import dev.selvedge.identity.CertificateName;
import dev.selvedge.identity.Identity;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

final class CertificateAuthorityTest {
    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");
    private static final List<String> NAMES = List.of("edgehub--edge-1.site.svc", "edgehub--edge-1", "localhost");

    private final CertificateAuthority authority =
            CertificateAuthority.create("Selvedge site", InstantSource.fixed(NOW), new SecureRandom());

    @Test
    void aServerCertificateIsSignedForItsNames() throws Exception {
        var server = authority.issue(NAMES);

        var certificate = Pem.parseCertificate(server.certificate());
        var root = Pem.parseCertificate(authority.pem().certificate());
        certificate.verify(root.getPublicKey());
        certificate.checkValidity(Date.from(NOW));
        assertThat(certificate.getSubjectAlternativeNames().stream()
                        .map(entry -> String.valueOf(entry.get(1)))
                        .toList())
                .isEqualTo(NAMES);
        assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
        assertThat(certificate.getBasicConstraints()).isNegative();
        assertThat(root.getBasicConstraints()).isZero();
    }

    @Test
    void aClientCertificateNamesItsHolder() throws Exception {
        var holder = new CertificateName(Identity.module("edge-1", "filter"), "2");

        var client = authority.issue(holder);

        var certificate = Pem.parseCertificate(client.certificate());
        certificate.verify(Pem.parseCertificate(authority.pem().certificate()).getPublicKey());
        assertThat(certificate.getSubjectAlternativeNames())
                .containsExactly(List.of(6, "selvedge:edge-1/filter?generation=2"));
        assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
        assertThat(authority.stillGood(client, holder)).isTrue();
        assertThat(authority.stillGood(client, new CertificateName(holder.identity(), "3")))
                .isFalse();
    }

    @Test
    void aServerMayHaveAnAddressForAName() throws Exception {
        var names = List.of("edgehub--edge-1", "192.0.2.7");

        var server = authority.issue(names);

        assertThat(Pem.parseCertificate(server.certificate()).getSubjectAlternativeNames())
                .containsExactlyInAnyOrder(List.of(2, "edgehub--edge-1"), List.of(7, "192.0.2.7"));
        assertThat(authority.stillGood(server, names)).isTrue();
    }

    @Test
    void aCertificateIsKeptUntilAThirdOfItsLifeIsLeft() {
        var server = authority.issue(NAMES);

        assertThat(authority.stillGood(server, NAMES)).isTrue();
        var life = CertificateAuthority.LEAF_LIFETIME;
        assertThat(at(life.dividedBy(2)).stillGood(server, NAMES)).isTrue();
        assertThat(at(life.multipliedBy(2).dividedBy(3).plusDays(1)).stillGood(server, NAMES))
                .isFalse();
    }

    @Test
    void aCertificateForOtherNamesOrOfAnotherAuthorityIsReplaced() {
        var server = authority.issue(NAMES);
        var other = CertificateAuthority.create("Selvedge site", InstantSource.fixed(NOW), new SecureRandom());

        assertThat(authority.stillGood(server, List.of("edgehub--edge-2"))).isFalse();
        assertThat(other.stillGood(server, NAMES)).isFalse();
        assertThat(authority.stillGood(new KeyAndCertificate("nonsense", "nonsense"), NAMES))
                .isFalse();
    }

    @Test
    void nonsenseIsNoAuthority() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CertificateAuthority.parse(
                        new KeyAndCertificate("x", "y"), InstantSource.fixed(NOW), new SecureRandom()))
                .withMessageContaining("cannot be read");
    }

    private CertificateAuthority at(Duration later) {
        return CertificateAuthority.parse(authority.pem(), InstantSource.fixed(NOW.plus(later)), new SecureRandom());
    }
}
