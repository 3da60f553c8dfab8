package dev.selvedge.api.v1alpha1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** {@code docs/reference/api.md} says what the published CRDs say. {@code make docs} writes it (SELVEDGE_UPDATE=true). */
class ApiReferenceTest {
    private static final Path PAGE = Path.of("../docs/reference/api.md");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    private final StringBuilder page = new StringBuilder();

    @Test
    void thePageSaysWhatTheTypesSay() throws IOException {
        page.append("""
                # API reference

                Written by `make docs` from the types; `kubectl explain edgehub.spec` says the same. API group `selvedge.dev/v1alpha1`. Fields in
                **bold** are required. "Rules" are checked by the API server when an object is applied.
                """);
        for (var plural : List.of("edgehubs", "edgemodules", "moduletwins")) {
            kind(YAML.readTree(
                    Path.of("../helm/selvedge/files/crds/" + plural + ".yaml").toFile()));
        }

        var text = page.toString();
        if ("true".equals(System.getenv("SELVEDGE_UPDATE"))) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, text);
        }
        assertThat(PAGE).as("make docs writes it").exists();
        assertThat(Files.readString(PAGE)).as("make docs writes it").isEqualTo(text);
    }

    private void kind(JsonNode crd) {
        var names = crd.at("/spec/names");
        var schema = crd.at("/spec/versions/0/schema/openAPIV3Schema");
        page.append("\n## ").append(names.path("kind").asText()).append("\n\n");
        page.append(schema.path("description").asText()).append("\n\nShort name: ");
        page.append(String.join(
                ", ",
                stream(names.path("shortNames"))
                        .map(name -> "`" + name.asText() + "`")
                        .toList()));
        page.append(".\n\n| field | type | meaning |\n|---|---|---|\n");
        for (var part : List.of("spec", "status")) {
            fields(part, schema.at("/properties/" + part));
        }
        var rules = new ArrayList<String>();
        rules(schema, rules);
        page.append("\nRules:\n");
        rules.forEach(rule -> page.append("- ").append(rule).append('\n'));
    }

    private void fields(String path, JsonNode schema) {
        var required = stream(schema.path("required")).map(JsonNode::asText).toList();
        schema.path("properties").properties().forEach(field -> {
            var node = field.getValue();
            var name = path + "." + field.getKey();
            var strong = required.contains(field.getKey()) ? "**" : "";
            assertThat(node.path("description").asText())
                    .as("description of " + name)
                    .isNotEmpty();
            page.append("| ")
                    .append(strong)
                    .append('`')
                    .append(name)
                    .append('`')
                    .append(strong);
            page.append(" | ").append(type(node));
            page.append(" | ")
                    .append(cell(node.path("description").asText()))
                    .append(limits(node))
                    .append(" |\n");
            fields(name, node);
            fields(name + "[]", node.path("items"));
            fields(name + ".NAME", node.path("additionalProperties"));
        });
    }

    private static String type(JsonNode node) {
        if (node.has("items")) {
            return "list of " + type(node.path("items"));
        }
        if (node.path("additionalProperties").isObject()) {
            return "map of " + type(node.path("additionalProperties"));
        }
        return node.path("x-kubernetes-int-or-string").asBoolean()
                ? "integer or string"
                : node.path("type").asText("any");
    }

    private static String limits(JsonNode node) {
        var limits = new ArrayList<String>();
        if (node.has("enum")) {
            limits.add("One of "
                    + String.join(
                            ", ",
                            stream(node.path("enum"))
                                    .map(value -> "`" + value.asText() + "`")
                                    .toList()));
        }
        if (node.has("default")) {
            limits.add("Default: `" + node.path("default").asText() + "`");
        }
        limit(limits, node, "minimum", "At least ");
        limit(limits, node, "maximum", "At most ");
        limit(limits, node, "maxLength", "Characters: at most ");
        limit(limits, node, "maxItems", "Entries: at most ");
        limit(limits, node, "maxProperties", "Entries: at most ");
        if (node.has("pattern")) {
            limits.add("Pattern: `" + cell(node.path("pattern").asText()) + "`");
        }
        return limits.isEmpty() ? "" : " " + String.join(". ", limits) + ".";
    }

    private static void limit(List<String> limits, JsonNode node, String key, String words) {
        if (node.has(key)) {
            limits.add(words + node.path(key).asLong());
        }
    }

    private static void rules(JsonNode schema, List<String> into) {
        stream(schema.path("x-kubernetes-validations"))
                .map(rule -> rule.path("message").asText())
                .forEach(into::add);
        schema.path("properties").forEach(field -> rules(field, into));
        if (schema.has("items")) {
            rules(schema.path("items"), into);
        }
        if (schema.path("additionalProperties").isObject()) {
            rules(schema.path("additionalProperties"), into);
        }
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replace("\n", " ");
    }

    private static java.util.stream.Stream<JsonNode> stream(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }
}
