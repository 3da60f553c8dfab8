package dev.selvedge.api.v1alpha1;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.luaj.vm2.Globals;
import org.luaj.vm2.LoadState;
import org.luaj.vm2.LuaTable;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.compiler.LuaC;
import org.luaj.vm2.lib.BaseLib;
import org.luaj.vm2.lib.PackageLib;
import org.luaj.vm2.lib.TableLib;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What Argo CD makes of our statuses: the health check in {@code examples/gitops/argocd}, in the layout in which Argo CD keeps its own and with
 * the libraries that it gives to checks of its users.
 */
class ArgoHealthTest {
    private static final Path ARGOCD = Path.of("../examples/gitops/argocd");
    private static final Path CHECK = ARGOCD.resolve("resource_customizations/selvedge.dev/_");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final String UNSEEN = "waits for the operator to look at this generation";

    record Health(String status, String message) {}

    @TestFactory
    Stream<DynamicTest> judgesRealObjectsAsItsOwnTestsSay() throws IOException {
        var tests = YAML.readTree(CHECK.resolve("health_test.yaml").toFile()).path("tests");
        try (var files = Files.list(CHECK.resolve("testdata"))) {
            assertThat(files.map(file -> "testdata/" + file.getFileName()))
                    .containsExactlyInAnyOrderElementsOf(tests.valueStream()
                            .map(test -> test.path("inputPath").asText())
                            .toList());
        }
        return tests.valueStream()
                .map(test -> DynamicTest.dynamicTest(
                        test.path("inputPath").asText(),
                        () -> assertThat(health(YAML.readTree(
                                        CHECK.resolve(test.path("inputPath").asText())
                                                .toFile())))
                                .isEqualTo(YAML.treeToValue(test.path("healthStatus"), Health.class))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"EdgeHub", "EdgeModule", "ModuleTwin"})
    void hasARealObjectOfEveryKindInEveryHealth(String kind) throws IOException {
        var healths = new TreeSet<String>();
        try (var files = Files.list(CHECK.resolve("testdata"))) {
            for (var file : files.toList()) {
                var object = YAML.readTree(file.toFile());
                if (kind.equals(object.path("kind").asText())) {
                    healths.add(health(object).status());
                }
            }
        }

        assertThat(healths).contains("Healthy", "Progressing", "Degraded");
    }

    static List<String> reasons() {
        return Arrays.stream(Reasons.class.getFields())
                .map(ArgoHealthTest::value)
                .filter(reason -> !reason.equals(Reasons.READY))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("reasons")
    void isDegradedOnlyWhereSomebodyMustAct(String reason) throws IOException {
        var expected = switch (reason) {
            case Reasons.PENDING, Reasons.WAITING_FOR_DEPENDENCY -> "Progressing";
            case Reasons.NODE_UNREACHABLE, Reasons.NODE_CORDONED, Reasons.ON_HOLD, Reasons.WAITING_FOR_WINDOW ->
                "Healthy";
            case Reasons.STOPPED -> "Suspended";
            default -> "Degraded";
        };

        assertThat(health(object("False", reason, 2))).isEqualTo(new Health(expected, reason + ": so it is"));
        assertThat(health(object("Unknown", reason, 2))).isEqualTo(new Health(expected, reason + ": so it is"));
    }

    @Test
    void aStatusOfAnEarlierGenerationSaysNothing() throws IOException {
        assertThat(health(object("True", Reasons.READY, 2)).status()).isEqualTo("Healthy");
        assertThat(health(object("True", Reasons.READY, 1))).isEqualTo(new Health("Progressing", UNSEEN));
        assertThat(health(object("False", Reasons.CONFLICT, 1))).isEqualTo(new Health("Progressing", UNSEEN));
    }

    @Test
    void aTwinOfWhichOnlyTheHubHasWrittenIsProgressing() throws IOException {
        var twin = object("True", Reasons.READY, 2);
        ((ObjectNode) twin.path("status")).remove(List.of("observedGeneration", "conditions"));

        assertThat(health(twin)).isEqualTo(new Health("Progressing", UNSEEN));
    }

    /** {@code make docs} writes it (SELVEDGE_UPDATE=true). */
    @Test
    void theConfigMapToPasteHasTheSameCheck() throws IOException {
        var file = ARGOCD.resolve("argocd-cm.yaml");
        var text = new StringBuilder();
        text.append("""
                # Written by `make docs`. Keys for Argo CD's ConfigMap, or for `configs.cm` of its Helm chart: how Selvedge's kinds are, and how
                # Applications are, which Argo CD leaves out and sync waves of an app of apps wait for.
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: argocd-cm
                  namespace: argocd
                  labels:
                    app.kubernetes.io/name: argocd-cm
                    app.kubernetes.io/part-of: argocd
                data:
                """);
        for (var kind : List.of("EdgeHub", "EdgeModule", "ModuleTwin")) {
            entry(text, "selvedge.dev_" + kind, script());
        }
        entry(text, "argoproj.io_Application", Files.readString(ARGOCD.resolve("application-health.lua")));
        if ("true".equals(System.getenv("SELVEDGE_UPDATE"))) {
            Files.writeString(file, text);
        }
        assertThat(Files.readString(file)).as("make docs writes it").isEqualTo(text.toString());
    }

    private static void entry(StringBuilder text, String kind, String script) {
        text.append("  resource.customizations.health.")
                .append(kind)
                .append(": |\n")
                .append(script.indent(4).replaceAll("(?m)^ +$", ""));
    }

    private static JsonNode object(String status, String reason, int observed) throws IOException {
        return YAML.readTree("""
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeModule
                metadata: {name: filter, generation: 2}
                status:
                  observedGeneration: %d
                  conditions:
                    - {type: Other, status: "False", reason: Conflict, message: of another condition}
                    - {type: Ready, status: "%s", reason: %s, message: so it is}
                """.formatted(observed, status, reason));
    }

    private static String script() throws IOException {
        return Files.readString(CHECK.resolve("health.lua"));
    }

    private static Health health(JsonNode object) throws IOException {
        var globals = new Globals();
        globals.load(new BaseLib());
        globals.load(new PackageLib());
        globals.load(new TableLib());
        LoadState.install(globals);
        LuaC.install(globals);
        globals.set("obj", lua(object));
        var health = globals.load(script(), "health.lua").call().checktable();
        return new Health(
                health.get("status").checkjstring(), health.get("message").checkjstring());
    }

    private static LuaValue lua(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> {
                var table = new LuaTable();
                node.properties().forEach(field -> table.set(field.getKey(), lua(field.getValue())));
                yield table;
            }
            case ARRAY ->
                LuaValue.listOf(node.valueStream().map(ArgoHealthTest::lua).toArray(LuaValue[]::new));
            case NUMBER -> LuaValue.valueOf(node.asDouble());
            case BOOLEAN -> LuaValue.valueOf(node.asBoolean());
            case STRING -> LuaValue.valueOf(node.asText());
            default -> LuaValue.NIL;
        };
    }

    private static String value(Field field) {
        try {
            return (String) field.get(null);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }
}
