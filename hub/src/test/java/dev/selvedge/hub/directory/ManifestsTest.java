package dev.selvedge.hub.directory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThatIOException;

class ManifestsTest {
    @TempDir
    Path folder;

    /** The end of a stack would end the look at the folder for good. */
    @Test
    void aManifestThatIsNestedTooDeepIsRefused() throws IOException {
        Files.writeString(folder.resolve("deep.yaml"), """
                kind: ModuleTwin
                spec: {deviceId: edge-1, moduleId: m, properties: {desired: %s}}
                """.formatted("{a: ".repeat(300) + "}".repeat(300)));

        assertThatIOException()
                .isThrownBy(() -> Manifests.read(folder))
                .withMessage("deep.yaml: nested deeper than 64 levels");
    }
}
