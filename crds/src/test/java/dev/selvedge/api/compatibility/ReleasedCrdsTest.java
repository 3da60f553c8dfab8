package dev.selvedge.api.compatibility;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.selvedge.api.compatibility.Breakage.Change;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Objects that any release took mean the same to today's CRDs, but for what {@code crds/released/allowed.yaml} gives a reason for. */
class ReleasedCrdsTest {
    private static final Path TODAY = Path.of("../helm/crds.yaml");
    private static final Path CHART = Path.of("../helm/selvedge/Chart.yaml");
    private static final Path RELEASED = Path.of("released");
    private static final Path ALLOWED = RELEASED.resolve("allowed.yaml");
    private static final ObjectMapper YAML =
            new ObjectMapper(new YAMLFactory()).enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES);
    private static final String WHAT_TO_DO =
            "today's CRDs break what %s took. Take the change back; or add a version with"
                    + " a conversion; or, if nobody can be hurt, add an entry with a reason to crds/released/allowed.yaml"
                    + " (docs/decisions/0008-how-the-api-may-change.md)";

    /** A breakage that is meant. */
    record Allowed(
            @JsonProperty(required = true) String kind,
            @JsonProperty(required = true) String version,
            @JsonProperty(required = true) String field,
            @JsonProperty(required = true) Change change,
            @JsonProperty(required = true) String reason) {
        boolean covers(Breakage breakage) {
            return kind.equals(breakage.kind())
                    && version.equals(breakage.version())
                    && field.equals(breakage.field())
                    && change == breakage.change();
        }
    }

    static Stream<Path> releases() throws IOException {
        try (var folders = Files.list(RELEASED)) {
            return folders.filter(Files::isDirectory).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("releases")
    void whatAReleaseTookIsTakenToday(Path release) throws IOException {
        var allowed = allowed();

        assertThat(breakages(release))
                .filteredOn(breakage -> allowed.stream().noneMatch(entry -> entry.covers(breakage)))
                .as(WHAT_TO_DO.formatted(release.getFileName()))
                .isEmpty();
    }

    @Test
    void everythingThatIsAllowedHappensAndHasAReason() throws IOException {
        var breakages = new ArrayList<Breakage>();
        for (var release : releases().toList()) {
            breakages.addAll(breakages(release));
        }

        assertThat(allowed())
                .allSatisfy(
                        entry -> assertThat(entry.reason()).as(entry.toString()).isNotBlank())
                .allSatisfy(entry -> assertThat(breakages).as(entry.toString()).anyMatch(entry::covers));
    }

    /** The chart's version loses its -SNAPSHOT with the release. */
    @Test
    void aReleaseHasItsCrdsInTheTree() throws IOException {
        var version = YAML.readTree(CHART.toFile()).path("version").asText();
        var kept = RELEASED.resolve("v" + version.replace("-SNAPSHOT", "")).resolve("crds.yaml");

        assertThat(releases()).isNotEmpty();
        if (!version.endsWith("-SNAPSHOT")) {
            assertThat(kept)
                    .as("cp helm/crds.yaml crds/" + kept + " keeps the release's CRDs")
                    .exists()
                    .hasSameTextualContentAs(TODAY);
        }
    }

    private static List<Breakage> breakages(Path release) throws IOException {
        var today = crds(TODAY);
        var all = new ArrayList<Breakage>();
        crds(release.resolve("crds.yaml"))
                .forEach((name, before) ->
                        all.addAll(CrdComparison.between(before, today.getOrDefault(name, MissingNode.getInstance()))));
        return all;
    }

    private static Map<String, JsonNode> crds(Path file) throws IOException {
        var crds = new TreeMap<String, JsonNode>();
        try (var documents = YAML.readerFor(JsonNode.class).<JsonNode>readValues(file.toFile())) {
            documents.forEachRemaining(crd -> crds.put(crd.at("/metadata/name").asText(), crd));
        }
        assertThat(crds).as(file.toString()).isNotEmpty();
        return crds;
    }

    private static List<Allowed> allowed() throws IOException {
        return YAML.readValue(ALLOWED.toFile(), new TypeReference<List<Allowed>>() {});
    }
}
