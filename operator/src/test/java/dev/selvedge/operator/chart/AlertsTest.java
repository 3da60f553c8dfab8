package dev.selvedge.operator.chart;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** The alerts and the dashboard, against Prometheus' own promtool (Debian: {@code apt-get install prometheus}) and the table of metrics. */
class AlertsTest {
    private static final String RULES = "helm/selvedge/files/monitoring/alerts.yaml";
    private static final String TESTS = "operator/src/test/resources/alerts/alerts.yaml";
    private static final Path SHORT_LIVES = Path.of("src/test/resources/alerts/short-lives.yaml");
    private static final Path DASHBOARD = Path.of("../helm/selvedge/files/monitoring/dashboard.json");
    private static final Pattern METRIC = Pattern.compile("\\b(?:selvedge|edgehub)_[a-z_]+\\b");

    @TempDir
    private Path folder;

    @Test
    void prometheusUnderstandsTheRules() {
        promtool("check", "rules", RULES);
    }

    @Test
    void everyAlertComesWhenItShouldAndNotBeside() throws IOException {
        promtool("test", "rules", TESTS);

        var tested = new TreeSet<String>();
        yaml("../" + TESTS)
                .findValues("alert_rule_test")
                .forEach(test -> test.forEach(
                        expected -> tested.add(expected.required("alertname").asText())));
        assertThat(tested).isEqualTo(names(rules()));
    }

    @Test
    void everyAlertSaysWhatToDo() throws IOException {
        var operations = Files.readString(Path.of("../docs/operations.md"));

        assertThat(rules()).isNotEmpty().allSatisfy(rule -> {
            var name = rule.required("alert").asText();
            var annotations = rule.required("annotations");
            assertThat(annotations.required("summary").asText()).isNotBlank();
            assertThat(annotations.required("description").asText()).isNotBlank();
            assertThat(annotations.required("runbook_url").asText())
                    .endsWith("/docs/operations#" + name.toLowerCase(Locale.ROOT));
            assertThat(operations).contains("\n### " + name + "\n");
        });
    }

    @Test
    void alertsAndDashboardNameOnlyMetricsThatThereAre() throws IOException {
        var there = metrics(Files.readString(Path.of("../docs/reference/metrics.md")));

        assertThat(there).containsAll(metrics(Files.readString(Path.of("../" + RULES))));
        assertThat(expressions())
                .isNotEmpty()
                .allSatisfy(expression ->
                        assertThat(metrics(expression)).isNotEmpty().isSubsetOf(there));
    }

    @Test
    void prometheusUnderstandsTheDashboard() throws IOException {
        var rules = new ArrayList<Object>();
        for (var expression : expressions()) {
            var asked = expression.replace("$__rate_interval", "5m");
            rules.add(Map.of("record", "panel:" + rules.size(), "expr", asked));
        }
        var group = Map.of("name", "dashboard", "rules", rules);
        var file = Files.writeString(
                folder.resolve("dashboard.yaml"), Serialization.asYaml(Map.of("groups", List.of(group))));

        promtool("check", "rules", file.toString());
    }

    /** A site whose hubs are all down tells nothing of itself. */
    @Test
    void theDashboardShowsSitesThatOnlyTheOperatorTellsOf() throws IOException {
        var operators = metrics(String.join(
                "\n",
                Files.readAllLines(Path.of("../docs/reference/metrics.md")).stream()
                        .filter(line -> line.startsWith("| operator |"))
                        .toList()));

        assertThat(metrics(variable("namespace").required("query").asText()))
                .isNotEmpty()
                .isSubsetOf(operators);
        for (var name : List.of("namespace", "hub")) {
            assertThat(variable(name).path("allValue").asText())
                    .as("All is not only what tells something now: " + name)
                    .isEqualTo(".*");
        }
    }

    private static JsonNode variable(String name) throws IOException {
        for (var variable : new ObjectMapper().readTree(DASHBOARD.toFile()).at("/templating/list")) {
            if (variable.required("name").asText().equals(name)) {
                return variable;
            }
        }
        throw new AssertionError("the dashboard has no variable " + name);
    }

    @Test
    void theDashboardReachesGrafanaAsItIs() throws IOException {
        var map = Chart.render("--set", "grafanaDashboard.enabled=true").stream()
                .filter(object -> object.getKind().equals("ConfigMap"))
                .findFirst()
                .orElseThrow();

        assertThat(map.getMetadata().getLabels()).containsEntry("grafana_dashboard", "1");
        assertThat(map.<String>get("data", "selvedge.json")).isEqualTo(Files.readString(DASHBOARD));
        assertThat(Chart.render()).noneMatch(object -> object.getKind().equals("ConfigMap"));
    }

    @Test
    void thePrometheusRuleHoldsTheRulesAsTheyAre() throws IOException {
        assertThat(groups()).isEqualTo(yaml("../" + RULES).required("groups"));
    }

    @Test
    void certificatesOfShortLivesRaiseAnAlertOnlyWhenTheyAreNotRenewed() throws IOException {
        var groups = groups("--set", "certificates.lifetime=24h", "--set", "certificates.authorityLifetime=72h");
        Files.writeString(folder.resolve("rules.yaml"), Serialization.asYaml(Map.of("groups", groups)));
        var tests = Files.copy(SHORT_LIVES, folder.resolve("tests.yaml"));

        promtool("test", "rules", tests.toString());
    }

    /** What is in the PrometheusRule, with more arguments for helm. */
    private static JsonNode groups(String... arguments) {
        var all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--set", "prometheusRule.enabled=true"));
        var rule = Chart.render(all.toArray(String[]::new)).stream()
                .filter(object -> object.getKind().equals("PrometheusRule"))
                .findFirst()
                .orElseThrow();
        return new ObjectMapper().valueToTree(rule.<Object>get("spec", "groups"));
    }

    private static List<JsonNode> rules() throws IOException {
        var rules = new ArrayList<JsonNode>();
        yaml("../" + RULES)
                .required("groups")
                .forEach(group -> group.required("rules").forEach(rules::add));
        return rules;
    }

    private static Set<String> names(List<JsonNode> rules) {
        var names = new TreeSet<String>();
        rules.forEach(rule -> names.add(rule.required("alert").asText()));
        return names;
    }

    private static List<String> expressions() throws IOException {
        return new ObjectMapper().readTree(DASHBOARD.toFile()).findValuesAsText("expr");
    }

    private static Set<String> metrics(String text) {
        var metrics = new TreeSet<String>();
        METRIC.matcher(text).results().forEach(match -> metrics.add(match.group()));
        return metrics;
    }

    private static JsonNode yaml(String file) throws IOException {
        return Serialization.unmarshal(Files.readString(Path.of(file)), JsonNode.class);
    }

    private static void promtool(String... arguments) {
        var command = new ArrayList<>(List.of("promtool"));
        command.addAll(List.of(arguments));
        try {
            var answer = Chart.run(command);
            assertThat(answer.code()).as(answer.text()).isZero();
        } catch (UncheckedIOException e) {
            throw new AssertionError("promtool is missing, which checks the alerts: apt-get install prometheus", e);
        }
    }
}
