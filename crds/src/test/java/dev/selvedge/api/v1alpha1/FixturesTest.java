package dev.selvedge.api.v1alpha1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** The fixtures that the operator's tests give to a real API server leave out no rule of the CRDs. */
class FixturesTest {
    private static final String REFUSED = "# refused: ";
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    @ParameterizedTest
    @ValueSource(strings = {"edgehub", "edgemodule", "moduletwin"})
    void everyRuleHasAnInvalidFixture(String kind) throws IOException {
        var expected = expectations(kind);
        var crd = YAML.readTree(
                Path.of("../helm/selvedge/files/crds/" + kind + "s.yaml").toFile());

        assertThat(crd.findValues("x-kubernetes-validations").stream()
                        .flatMap(JsonNode::valueStream)
                        .map(rule -> rule.path("message").asText()))
                .isNotEmpty()
                .allSatisfy(message -> assertThat(expected).anyMatch(message::contains));
    }

    private static List<String> expectations(String kind) throws IOException {
        try (var files = Files.list(Path.of("src/test/resources/fixtures"))) {
            return files.filter(file -> file.getFileName().toString().matches("invalid-(update-)?" + kind + "-.*"))
                    .flatMap(FixturesTest::lines)
                    .filter(line -> line.startsWith(REFUSED))
                    .map(line -> line.substring(REFUSED.length()))
                    .toList();
        }
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
