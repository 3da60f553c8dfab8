package dev.selvedge.hub.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PemKeyManagerTest {
    @TempDir
    Path folder;

    @Test
    void servesARenewedCertificateAndStillKnowsTheOneBefore() throws IOException {
        var first = TestCertificates.write(folder);
        var manager = new PemKeyManager(folder);
        var firstAlias = manager.chooseEngineServerAlias("EC", null, null);

        var second = TestCertificates.write(folder);
        manager.reloadIfChanged();
        var secondAlias = manager.chooseEngineServerAlias("EC", null, null);

        assertThat(manager.getCertificateChain(secondAlias)).containsExactly(second);
        assertThat(manager.getCertificateChain(firstAlias)).containsExactly(first);
        assertThat(manager.getPrivateKey(firstAlias)).isNotEqualTo(manager.getPrivateKey(secondAlias));
        assertThat(manager.chooseEngineServerAlias("RSA", null, null)).isNull();
    }

    @Test
    void keepsTheLastCertificateWhenTheNewOneCannotBeUsed() throws IOException {
        var first = TestCertificates.write(folder);
        var manager = new PemKeyManager(folder);

        TestCertificates.write(folder.resolve("other"));
        Files.copy(
                folder.resolve("other/tls.key"),
                folder.resolve("tls.key"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        manager.reloadIfChanged();
        Files.delete(folder.resolve("tls.crt"));
        manager.reloadIfChanged();

        assertThat(manager.getCertificateChain(manager.chooseEngineServerAlias("EC", null, null)))
                .containsExactly(first);
    }

    @Test
    void followsTheDataLinkOfAMountedSecret() throws IOException {
        TestCertificates.write(folder.resolve("..v1"));
        var second = TestCertificates.write(folder.resolve("..v2"));
        Files.createSymbolicLink(folder.resolve("..data"), Path.of("..v1"));
        var manager = new PemKeyManager(folder);

        Files.delete(folder.resolve("..data"));
        Files.createSymbolicLink(folder.resolve("..data"), Path.of("..v2"));
        manager.reloadIfChanged();

        assertThat(manager.getCertificateChain(manager.chooseEngineServerAlias("EC", null, null)))
                .containsExactly(second);
    }

    @Test
    void saysWhatIsWrongWithAFolder() throws IOException {
        assertThatThrownBy(() -> new PemKeyManager(folder)).isInstanceOf(IOException.class);
        TestCertificates.write(folder);
        Files.writeString(folder.resolve("tls.key"), "nothing");
        assertThatThrownBy(() -> new PemKeyManager(folder)).hasMessageContaining("no PKCS#8 key");
        Files.writeString(folder.resolve("tls.crt"), "nothing");
        assertThatThrownBy(() -> new PemKeyManager(folder)).hasMessageContaining("cannot be used");
    }
}
