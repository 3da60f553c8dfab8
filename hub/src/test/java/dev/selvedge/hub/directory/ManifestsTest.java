package dev.selvedge.hub.directory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kind: EdgeHub | metadata.name is missing in a manifest of kind EdgeHub",
                "{kind: EdgeHub, metadata: {name: hub}} | spec is missing in EdgeHub 'hub'",
                "{kind: EdgeHub, metadata: {name: hub}, spec: {}} | Missing required creator property 'storage'",
                "{kind: EdgeHub, metadata: {name: hub}, spec: {storage: {}}} | Missing required creator property 'size'",
                "{kind: EdgeModule, metadata: {name: m}, spec: {}} | Missing required creator property 'image'",
                "{kind: ModuleTwin, metadata: {name: m}, spec: {}} | Missing required creator property 'deviceId'",
            })
    void saysWhatIsMissing(String manifest, String missing) throws IOException {
        Files.writeString(folder.resolve("site.yaml"), manifest);

        assertThatIOException()
                .isThrownBy(() -> Manifests.read(folder))
                .withMessageContainingAll("site.yaml: ", missing);
    }
}
