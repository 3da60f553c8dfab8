package dev.selvedge.hub.directory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;

import dev.selvedge.hub.security.ClientCertificate;
import dev.selvedge.hub.tls.PemKeyManager;
import dev.selvedge.identity.CertificateName;
import dev.selvedge.identity.Identity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Execution(ExecutionMode.CONCURRENT)
class LocalTrustTest {
    @TempDir
    private Path folder;

    @Test
    void makesACertificateForTheHostThatItsOwnAuthoritySigned() throws IOException, GeneralSecurityException {
        LocalTrust.certificates(folder, "plant-7.example");

        var ca = certificate("ca.crt");
        var server = certificate("tls.crt");
        server.verify(ca.getPublicKey());
        ca.checkValidity();
        server.checkValidity();
        server.checkValidity(Date.from(Instant.now().minus(Duration.ofHours(23))));
        assertThat(ca.getBasicConstraints()).isNotNegative();
        assertThat(server.getSubjectAlternativeNames())
                .extracting(name -> name.get(1))
                .isEqualTo(List.of("plant-7.example", "127.0.0.1"));
        new PemKeyManager(folder);
    }

    @Test
    void leavesTheKeyToItsOwnerAlone() throws IOException {
        LocalTrust.certificates(folder, "localhost");

        try (var files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("ca.crt", "tls.crt", "tls.key", "authority.p12", "authority.password");
        }
        for (var secret : List.of("tls.key", "authority.p12", "authority.password")) {
            assertThat(Files.getPosixFilePermissions(folder.resolve(secret)))
                    .containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
        }
    }

    @Test
    void makesCertificatesForClientsOncePerGeneration() throws IOException, GeneralSecurityException {
        LocalTrust.certificates(folder, "localhost");
        var holder = new CertificateName(Identity.module("edge-1", "a_b:c"), "1");

        LocalTrust.clientCertificate(folder, folder, "a", holder);
        var first = certificate("a.crt");
        LocalTrust.clientCertificate(folder, folder, "a", holder);

        first.verify(certificate("ca.crt").getPublicKey());
        assertThat(certificate("a.crt")).isEqualTo(first);
        assertThat(ClientCertificate.of(first).map(ClientCertificate::name)).hasValue(holder);
        assertThat(folder.resolve("a.key")).content().startsWith("-----BEGIN PRIVATE KEY-----");
        LocalTrust.clientCertificate(folder, folder, "a", new CertificateName(holder.identity(), "2"));
        assertThat(certificate("a.crt")).isNotEqualTo(first);
    }

    @Test
    void anotherHostHasACertificateOfTheSameAuthority() throws IOException, GeneralSecurityException {
        LocalTrust.certificates(folder, "localhost");
        var authority = certificate("ca.crt");

        LocalTrust.certificates(folder, "plant-7.example");

        assertThat(certificate("ca.crt")).isEqualTo(authority);
        certificate("tls.crt").verify(authority.getPublicKey());
        assertThat(certificate("tls.crt").getSubjectAlternativeNames())
                .extracting(name -> name.get(1))
                .isEqualTo(List.of("plant-7.example", "127.0.0.1"));
        new PemKeyManager(folder);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void leavesACertificateFromElsewhere(boolean hasAuthority) throws IOException, GeneralSecurityException {
        var elsewhere = folder.resolve("elsewhere");
        LocalTrust.certificates(elsewhere, "*.plant.example");
        if (hasAuthority) {
            LocalTrust.certificates(folder, "localhost");
        }
        for (var file : List.of("ca.crt", "tls.crt", "tls.key")) {
            Files.copy(elsewhere.resolve(file), folder.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        var before = certificate("tls.crt");

        LocalTrust.certificates(folder, "edge.plant.example");

        assertThat(certificate("tls.crt")).isEqualTo(before);
        assertThat(folder.resolve("tls.key")).hasSameBinaryContentAs(elsewhere.resolve("tls.key"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tls.crt", "tls.key"})
    void goesOnAfterAKillAtTheFirstStart(String missing) throws IOException, GeneralSecurityException {
        LocalTrust.certificates(folder, "localhost");
        Files.delete(folder.resolve(missing));

        LocalTrust.certificates(folder, "localhost");

        certificate("tls.crt").verify(certificate("ca.crt").getPublicKey());
        new PemKeyManager(folder);
    }

    @ParameterizedTest
    @ValueSource(strings = {"::1", "127.0.0.2", "localhost"})
    void keepsWhatIsThere(String host) throws IOException {
        LocalTrust.certificates(folder, host);
        var before = Files.readString(folder.resolve("tls.crt"));

        LocalTrust.certificates(folder, host);

        assertThat(folder.resolve("tls.crt")).hasContent(before);
    }

    @Test
    void saysWhichHostCannotHaveACertificate() {
        assertThatThrownBy(() -> LocalTrust.certificates(folder, "not a host,"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("keytool");
        assertThat(folder.resolve("tls.key")).doesNotExist();
    }

    private X509Certificate certificate(String name) throws IOException, GeneralSecurityException {
        try (var in = Files.newInputStream(folder.resolve(name))) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }
}
