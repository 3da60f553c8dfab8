package dev.selvedge.operator.pki;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

final class ValidityTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    @Test
    void aCertificateThatIsDueForRenewalIsWellAndOneThatIsOverdueIsNot() {
        var random = new SecureRandom();
        var authority = CertificateAuthority.create("test", () -> NOON, random);
        var issued = authority.issue(List.of("hub"));
        var due = NOON.plus(CertificateAuthority.LEAF_LIFETIME.multipliedBy(2).dividedBy(3));
        var later = CertificateAuthority.parse(authority.pem(), () -> due, random);
        var validity = Validity.of(issued.certificate());

        assertThat(later.stillGood(issued, List.of("hub"))).isFalse();
        assertThat(validity.ending(due))
                .as("it is to be renewed now, and that takes a while")
                .isFalse();
        assertThat(validity.ending(due.plus(Duration.ofDays(90)))).isTrue();
        assertThat(validity.over(NOON.plus(CertificateAuthority.LEAF_LIFETIME).minusSeconds(1)))
                .isFalse();
        assertThat(validity.over(NOON.plus(CertificateAuthority.LEAF_LIFETIME))).isTrue();
        assertThat(validity.lastDay()).isEqualTo("2028-02-29");
        assertThatThrownBy(() -> Validity.of("nonsense")).isInstanceOf(IllegalArgumentException.class);
    }
}
