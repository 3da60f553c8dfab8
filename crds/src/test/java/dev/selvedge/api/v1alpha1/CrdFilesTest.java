package dev.selvedge.api.v1alpha1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The published CRDs are those that the types generate, made readable: columns in the order in which a person reads them, conditions as a map by
 * type. {@code make docs} writes them (SELVEDGE_UPDATE=true).
 */
class CrdFilesTest {
    private static final Path GENERATED = Path.of("target/crds");
    private static final Path CHART = Path.of("../helm/selvedge/files/crds");
    private static final Path PLAIN = Path.of("../helm/crds.yaml");
    private static final List<String> COLUMNS = List.of(
            "Device",
            "Module",
            "Ready",
            "Connection",
            "Reason",
            "Instances",
            "Store",
            "Upstream",
            "Desired",
            "Reported",
            "Gateway",
            "Image",
            "Room",
            "Certificate",
            "Message",
            "Age");
    private static final Map<String, List<Class<?>>> TYPES = Map.of(
            "edgehubs", List.of(EdgeHub.class, EdgeHubSpec.class, EdgeHubStatus.class),
            "edgemodules", List.of(EdgeModule.class, EdgeModuleSpec.class, EdgeModuleStatus.class),
            "moduletwins", List.of(ModuleTwin.class, ModuleTwinSpec.class, ModuleTwinStatus.class));
    private static final int SMALL_ENOUGH = 100_000;
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory()
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .disable(YAMLGenerator.Feature.SPLIT_LINES));

    @ParameterizedTest
    @ValueSource(strings = {"edgehubs", "edgemodules", "moduletwins"})
    void theChartHasWhatTheTypesSay(String plural) throws IOException {
        same(CHART.resolve(plural + ".yaml"), published(plural));
    }

    @Test
    void thePlainFileHasAllThree() throws IOException {
        same(PLAIN, published("edgehubs") + "---\n" + published("edgemodules") + "---\n" + published("moduletwins"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"edgehubs", "edgemodules", "moduletwins"})
    void isFarBelowWhatClientSideApplyTakes(String plural) throws IOException {
        assertThat(published(plural).length()).isLessThan(SMALL_ENOUGH);
    }

    private static void same(Path file, String expected) throws IOException {
        if ("true".equals(System.getenv("SELVEDGE_UPDATE"))) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, expected);
        }
        assertThat(file).as("make docs writes it").exists();
        assertThat(Files.readString(file)).as("make docs writes it").isEqualTo(expected);
    }

    private static String published(String plural) throws IOException {
        var crd = (ObjectNode) YAML.readTree(Files.readString(GENERATED.resolve(plural + ".selvedge.dev-v1.yml")));
        var version = (ObjectNode) crd.at("/spec/versions/0");
        var columns = StreamSupport.stream(
                        version.path("additionalPrinterColumns").spliterator(), false)
                .sorted(Comparator.comparingInt(
                        c -> COLUMNS.indexOf(c.path("name").asText())))
                .toList();
        columns.forEach(CrdFilesTest::asStored);
        version.putArray("additionalPrinterColumns").addAll(columns);
        var conditions = (ObjectNode) version.at("/schema/openAPIV3Schema/properties/status/properties/conditions");
        conditions.put("x-kubernetes-list-type", "map");
        ((ArrayNode) conditions.putArray("x-kubernetes-list-map-keys")).add("type");
        describe((ObjectNode) version.at("/schema/openAPIV3Schema"), TYPES.get(plural));
        JsonNode result = crd;
        return YAML.writeValueAsString(result);
    }

    /** The API server drops a priority of nothing, and then Helm and Argo CD each find that the other changed the list. */
    private static void asStored(JsonNode column) {
        if (column.path("priority").asInt() == 0) {
            ((ObjectNode) column).remove("priority");
        }
    }

    /** The generator leaves the descriptions of whole types out. */
    private static void describe(ObjectNode schema, List<Class<?>> types) {
        describe(schema, types.get(0));
        describe((ObjectNode) schema.at("/properties/spec"), types.get(1));
        describe((ObjectNode) schema.at("/properties/status"), types.get(2));
    }

    private static void describe(ObjectNode schema, Class<?> type) {
        var fields = schema.deepCopy();
        schema.removeAll();
        schema.put("description", type.getAnnotation(JsonClassDescription.class).value());
        schema.setAll(fields);
    }
}
