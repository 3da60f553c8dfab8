package dev.selvedge.operator.render;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

import dev.selvedge.api.v1alpha1.IssuerRef;
import dev.selvedge.operator.pki.CertificateAuthority;
import dev.selvedge.operator.pki.Earlier;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

final class AuthorityCertificateTest {
    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");
    private static final Duration YEAR = Duration.ofHours(9000);
    private static final IssuerRef PLANT = new IssuerRef("plant", null, null);

    private final CertificateAuthority root =
            CertificateAuthority.given(Earlier.root("CN=plant", Earlier.Form.EC, NOW, YEAR));

    @Test
    void itIsRenewedWhenAThirdOfItsLifeIsLeft() {
        assertThat(asked(YEAR, Optional.empty())).containsExactly("9000h", "3000h");
        assertThat(asked(YEAR, Optional.of(root))).containsExactly("9000h", "3000h");
    }

    @Test
    void itIsRenewedSoonerWhenItsRootEndsSooner() {
        var issued = CertificateAuthority.given(Earlier.below(root, "site", NOW, YEAR.multipliedBy(3)));

        assertThat(asked(YEAR.multipliedBy(3), Optional.of(issued)))
                .as("3000 h before the end of the root, which is 18000 h before its own")
                .containsExactly("27000h", "21000h");
    }

    @Test
    void whatTheIssuerCutShortIsRenewedByItsOwnLife() {
        assertThat(asked(YEAR.multipliedBy(10), Optional.of(root))).containsExactly("90000h", "3000h");
    }

    @Test
    void nothingShorterThanAnHourIsAskedFor() {
        assertThat(asked(Duration.ofMinutes(9), Optional.empty())).containsExactly("1h", "1200s");
    }

    @Test
    void whatWasIssuedForLongerIsRenewedWithinWhatCertManagerAccepts() {
        assertThat(asked(Duration.ofHours(2000), Optional.of(root))).containsExactly("2000h", "1999h");
        assertThat(asked(Duration.ofHours(1), Optional.of(root))).containsExactly("1h", "2400s");
    }

    @Test
    void soIsWhatHasOutlivedItsRoot() {
        var issued = CertificateAuthority.given(Earlier.below(root, "site", NOW.plus(YEAR.multipliedBy(2)), YEAR));

        assertThat(asked(YEAR, Optional.of(issued))).containsExactly("9000h", "8999h");
    }

    @Test
    void whatTheIssuerCutToMinutesIsRenewedAsLateAsCertManagerAccepts() {
        var brief = CertificateAuthority.given(Earlier.root("CN=plant", Earlier.Form.EC, NOW, Duration.ofMinutes(12)));

        assertThat(asked(YEAR, Optional.of(brief))).containsExactly("9000h", "300s");
    }

    private static List<Object> asked(Duration life, Optional<CertificateAuthority> issued) {
        var certificate = AuthorityCertificate.of("site", List.of(), PLANT, life, issued);
        assertThat(certificate.<String>get("spec", "issuerRef", "kind")).isEqualTo("Issuer");
        assertThat(certificate.<String>get("spec", "issuerRef", "group")).isEqualTo("cert-manager.io");
        return List.of(certificate.get("spec", "duration"), certificate.get("spec", "renewBefore"));
    }
}
