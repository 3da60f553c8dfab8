package dev.selvedge.operator.pki;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** What hubs show, to OpenSSL at its strictest, which knows one way to a root and tries no other. */
@Tag("process")
final class OpenSslTest {
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration YEAR = Duration.ofDays(365);

    @TempDir
    Path folder;

    private final SiteLife site = new SiteLife(Lifetimes.DEFAULT);
    private final CertificateAuthority made = site.signer();
    private final CertificateAuthority plant =
            CertificateAuthority.given(Earlier.root("CN=plant", Earlier.Form.EC, site.now, YEAR.multipliedBy(5)));

    @Test
    void aRootIsFollowedByAnotherOne() throws Exception {
        site.at(YEAR.multipliedBy(7));
        site.at(YEAR.multipliedBy(7).plus(DAY.multipliedBy(31)));
        var next = site.signer();

        assertThat(next).isNotEqualTo(made);
        for (var trusted : List.of(List.of(made), List.of(next), List.of(made, next), List.of(next, made))) {
            assertThat(verify(trusted)).isEqualTo("OK");
        }
        assertThat(verify(List.of(plant))).contains("unable to get");
    }

    @Test
    void anIntermediateAuthorityIsFollowedByAnotherOfTheSameRoot() throws Exception {
        site.stored = Authorities.NONE;
        give(Earlier.below(plant, "site", site.now, YEAR));
        assertThat(verify(List.of(plant))).isEqualTo("OK");
        site.at(DAY.multipliedBy(250));
        give(Earlier.below(plant, "site", site.now, YEAR));
        site.at(DAY.multipliedBy(290));

        assertThat(verify(List.of(plant))).isEqualTo("OK");
    }

    @Test
    void anIntermediateAuthorityIsFollowedByARoot() throws Exception {
        site.stored = Authorities.NONE;
        give(Earlier.below(plant, "site", site.now, YEAR));
        site.given = null;
        site.at(DAY);
        site.at(DAY.multipliedBy(32));
        var next = site.signer();

        for (var trusted : List.of(List.of(plant), List.of(next), List.of(plant, next), List.of(next, plant))) {
            assertThat(verify(trusted)).isEqualTo("OK");
        }
    }

    @Test
    void aRootIsFollowedByAnIntermediateAuthorityForWhomKnowsBothRoots() throws Exception {
        give(Earlier.lowest(plant, "site", site.now, YEAR));
        site.at(DAY.multipliedBy(31));

        for (var trusted : List.of(List.of(plant), List.of(plant, made), List.of(made, plant))) {
            assertThat(verify(trusted)).isEqualTo("OK");
        }
        assertThat(verify(List.of(made))).contains("unable to get");
    }

    private void give(KeyAndCertificate pem) {
        site.given = CertificateAuthority.given(pem);
        site.pass();
    }

    /** What OpenSSL says of the hub's certificate when it trusts the roots of these: {@code OK}, or what is wrong. */
    private String verify(List<CertificateAuthority> trusted) throws IOException, InterruptedException {
        var roots = new StringBuilder();
        trusted.forEach(authority -> roots.append(authority.rootPem()));
        var shown = Files.writeString(folder.resolve("shown.pem"), site.server.certificate());
        var process = new ProcessBuilder(
                        "openssl",
                        "verify",
                        "-x509_strict",
                        "-purpose",
                        "sslserver",
                        "-attime",
                        Long.toString(site.now.getEpochSecond()),
                        "-no-CApath",
                        "-no-CAstore",
                        "-CAfile",
                        Files.writeString(folder.resolve("roots.pem"), roots).toString(),
                        "-untrusted",
                        shown.toString(),
                        shown.toString())
                .redirectErrorStream(true)
                .start();
        var said = new String(process.getInputStream().readAllBytes());
        return process.waitFor() == 0 ? "OK" : said;
    }
}
