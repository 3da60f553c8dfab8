package dev.selvedge.operator.apply;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import dev.selvedge.operator.pki.Authorities;
import dev.selvedge.operator.pki.CertificateAuthority;
import dev.selvedge.operator.pki.Earlier;
import dev.selvedge.operator.pki.Published;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.render.Texts;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

final class AuthoritySecretTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00.123456789Z");

    private final CertificateAuthority first = Earlier.authority(NOW.minusSeconds(60), Duration.ofDays(365));
    private final CertificateAuthority next = CertificateAuthority.given(
            Earlier.root("CN=plant", Earlier.Form.RSA_PKCS1, NOW.minusSeconds(60), Duration.ofDays(365)));

    @Test
    void whatIsWrittenIsReadBack() {
        var authorities = new Authorities(
                List.of(new Published(first, NOW.minusSeconds(30), false), new Published(next, NOW, true)));

        var secret = AuthoritySecret.of("site", authorities, NOW);

        assertThat(AuthoritySecret.read(secret)).isEqualTo(authorities);
        assertThat(AuthoritySecret.of("site", AuthoritySecret.read(secret), NOW).getData())
                .isEqualTo(secret.getData());
        assertThat(Texts.text(secret, "ca.crt")).contains(first.certificatePem() + next.certificatePem());
        assertThat(Texts.text(secret, "ca.key")).contains(first.pem().key());
    }

    @Test
    void anIntermediateAuthorityIsKeptWithItsRootWhichPeopleAreToTrust() {
        var site = CertificateAuthority.given(Earlier.below(next, "site", NOW.minusSeconds(60), Duration.ofDays(90)));
        var authorities = new Authorities(List.of(new Published(site, NOW, true)));

        var secret = AuthoritySecret.of("site", authorities, NOW);

        assertThat(AuthoritySecret.read(secret)).isEqualTo(authorities);
        assertThat(Texts.text(secret, "ca.crt")).contains(next.certificatePem());
    }

    @Test
    void theSecretOfAnEarlierReleaseHasOneAuthority() {
        var pem = first.pem();

        var read = AuthoritySecret.read(secret(Map.of("ca.crt", pem.certificate(), "ca.key", pem.key())));

        assertThat(read.all()).extracting(Published::authority).containsExactly(first);
        assertThat(Texts.text(AuthoritySecret.of("site", read, NOW), "ca.crt")).contains(pem.certificate());
    }

    @Test
    void whatCannotBeReadIsSaid() {
        for (var broken : List.of(
                Map.<String, String>of(),
                Map.of("ca.crt", first.certificatePem()),
                Map.of("authorities.json", "[{"),
                Map.of("authorities.json", "[{\"since\":\"yesterday\",\"given\":false}]"))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> AuthoritySecret.read(secret(broken)))
                    .withMessageMatching(
                            "(?s)(Secret selvedge-ca has no .* restore it.*|the certificate authority cannot be read.*)");
        }
    }

    private static Secret secret(Map<String, String> texts) {
        var secret = new SecretBuilder()
                .withNewMetadata()
                .withName(Names.CA)
                .withNamespace("site")
                .endMetadata();
        texts.forEach((key, text) -> secret.addToData(key, Texts.base64(text)));
        return secret.build();
    }
}
