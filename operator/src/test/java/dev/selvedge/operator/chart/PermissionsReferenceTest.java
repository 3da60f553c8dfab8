package dev.selvedge.operator.chart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * {@code docs/reference/permissions.md} is made from the chart's roles: the comment above a role says whose it is, the comment above a rule what
 * it is for. {@code make docs} writes the page (SELVEDGE_UPDATE=true).
 */
class PermissionsReferenceTest {
    private static final Path PAGE = Path.of("../docs/reference/permissions.md");
    private static final Pattern REASON = Pattern.compile("(?m)^ *# (.+)\n *- apiGroups:");
    private static final Pattern OWNER = Pattern.compile("(?m)^# (?!Source:)(.+)$");

    @Test
    void thePageSaysWhatTheChartAsksForAndWhy() throws IOException {
        var page = page(roles("--set", "watchNamespaces={site}"));

        if ("true".equals(System.getenv("SELVEDGE_UPDATE"))) {
            Files.writeString(PAGE, page);
        }
        assertThat(PAGE).as("make docs writes it").exists();
        assertThat(Files.readString(PAGE)).as("make docs writes it").isEqualTo(page);
    }

    @Test
    void everyRuleHasAReason() {
        assertThat(roles()).isNotEmpty().allSatisfy(role -> {
            assertThat(role.owner()).isNotBlank();
            assertThat(role.rules())
                    .isNotEmpty()
                    .allSatisfy(rule -> assertThat(rule.reason()).isNotBlank());
        });
    }

    @Test
    void withNoNamespaceNamedTheOperatorHasTheSameRightsInAll() {
        assertThat(rulesOf(roles(), "selvedge"))
                .isEqualTo(rulesOf(roles("--set", "watchNamespaces={site}"), "selvedge"));
    }

    @Test
    void nobodyMayMoreWhereNothingBelongsToTheWholeCluster() {
        var usual = roles("--set", "watchNamespaces={site}");
        var namespaced = roles("--set", "namespaced=true", "--set", "watchNamespaces={site}");

        assertThat(rulesOf(namespaced, "selvedge-hub")).isEqualTo(rulesOf(usual, "selvedge-hub"));
        assertThat(rulesOf(namespaced, "selvedge").stream()
                        .map(rule -> rule.toString().replace("=roles of", "=clusterroles of")))
                .isEqualTo(
                        rulesOf(usual, "selvedge").stream().map(Rule::toString).toList());
    }

    private static List<Rule> rulesOf(List<Role> roles, String name) {
        return roles.stream()
                .filter(role -> role.name().equals(name))
                .flatMap(role -> role.rules().stream())
                .toList();
    }

    private record Role(String kind, String name, String owner, List<Rule> rules) {}

    private record Rule(String resources, String verbs, String reason) {}

    private static List<Role> roles(String... arguments) {
        var answer = Chart.helm("template", arguments);
        assertThat(answer.code()).as(answer.text()).isZero();
        return Arrays.stream(answer.text().split("(?m)^---$"))
                .filter(document -> Pattern.compile("(?m)^kind: (Cluster)?Role$")
                        .matcher(document)
                        .find())
                .map(PermissionsReferenceTest::role)
                .toList();
    }

    private static Role role(String document) {
        var role = Serialization.unmarshal(document, JsonNode.class);
        var reasons =
                REASON.matcher(document).results().map(found -> found.group(1)).toList();
        var owner = OWNER.matcher(document);
        var rules = new ArrayList<Rule>();
        for (var rule : role.required("rules")) {
            assertThat(reasons).as("a comment above each rule of " + document).hasSizeGreaterThan(rules.size());
            rules.add(new Rule(resources(rule), words(rule.required("verbs")), reasons.get(rules.size())));
        }
        assertThat(reasons).as("a comment above each rule, in one line").hasSameSizeAs(rules);
        return new Role(
                role.required("kind").asText(),
                role.required("metadata").required("name").asText(),
                owner.find() ? owner.group(1) : "",
                rules);
    }

    private static String resources(JsonNode rule) {
        var group = rule.required("apiGroups").get(0).asText();
        var names = rule.has("resourceNames") ? " (only " + words(rule.get("resourceNames")) + ")" : "";
        return words(rule.required("resources")) + (group.isEmpty() ? "" : " of " + group) + names;
    }

    private static String words(JsonNode list) {
        var words = new ArrayList<String>();
        list.forEach(word -> words.add(word.asText()));
        return String.join(", ", words);
    }

    private static String page(List<Role> roles) {
        var page = new StringBuilder("""
                # Permissions

                Written by `make docs` from the chart's roles; the names are those of a release `selvedge`. There is no wildcard among them, and modules
                have no token for the API server at all. With `namespaced=true` the same rules are in Roles of the namespaces that are named, and what
                belongs to the whole cluster is not made ([how](../how-to/named-namespaces.md)).
                """);
        for (var role : roles) {
            page.append("\n## ")
                    .append(role.kind())
                    .append(" `")
                    .append(role.name())
                    .append("`\n");
            page.append(role.owner()).append("\n\n| on | may | why |\n|---|---|---|\n");
            role.rules()
                    .forEach(rule -> page.append("| ")
                            .append(rule.resources())
                            .append(" | ")
                            .append(rule.verbs())
                            .append(" | ")
                            .append(rule.reason())
                            .append(" |\n"));
        }
        return page.toString();
    }
}
