package dev.selvedge.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.hivemq.client.mqtt.mqtt3.exceptions.Mqtt3ConnAckException;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** A real Prometheus scrapes what the chart's monitors select, evaluates its alerts, and answers its dashboard. */
@Tag("cluster")
@ExtendWith(Plant.Extension.class)
class MonitoringTest {
    private static final Duration SOON = Duration.ofMinutes(1);
    /** A hub finds out about a cut by the silence of its upstream, and waits between its attempts to come back. */
    private static final Duration LINK = Duration.ofMinutes(4);

    private static final String HELD = "5s";
    private static final String RATE = "30s";
    /** Labels that say where a series was scraped. */
    private static final Set<String> PLACE =
            Set.of("__name__", "job", "instance", "namespace", "pod", "container", "endpoint", "node", "service");

    private static final Pattern METRIC =
            Pattern.compile("\\| (hub|operator|operator's libraries) \\| `(\\w+)` \\| (\\w+) \\| ([^|]*) \\|.*");
    private static final Pattern VARIABLE = Pattern.compile("label_values\\((.+), (\\w+)\\)");
    private static final ObjectMapper JSON = new ObjectMapper();

    private static List<JsonNode> chart = List.of();
    private static Set<String> hubs = Set.of();
    private static Set<String> operators = Set.of();
    private static Prometheus prometheus;

    private record Metric(String of, String name, String type, Set<String> labels) {}

    @BeforeAll
    static void start(Plant plant) throws IOException {
        assumeTrue(plant.cluster().isLocal(), "Prometheus runs in a node's network, of the local cluster only");
        Selvedge.install(plant.shell(), plant.cluster(), "metrics.service=true");
        var nodes = plant.run();
        hubs = nodes.stream().map(node -> "edgehub--" + node + "-0").collect(Collectors.toSet());
        operators = plant.cluster().client().pods().inNamespace(Selvedge.NAMESPACE).list().getItems().stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .map(pod -> pod.getMetadata().getName())
                .collect(Collectors.toSet());
        chart = Selvedge.render(
                plant.shell(),
                "serviceMonitor.enabled=true",
                "podMonitor.enabled=true",
                "prometheusRule.enabled=true",
                "grafanaDashboard.enabled=true");
        prometheus = Prometheus.start(plant.shell(), nodes.getFirst(), configure(plant));
        Site.await(SOON, "everything was scraped", () -> pods("up == 1").equals(all()));
    }

    @AfterAll
    static void stop(Plant plant) {
        if (prometheus != null) {
            prometheus.close();
            plant.broker().restore();
            Selvedge.install(plant.shell(), plant.cluster());
            plant.settle();
        }
    }

    /** A folder with Prometheus' configuration: the jobs of the monitors, and the alerts, which wait for seconds only. */
    private static Path configure(Plant plant) throws IOException {
        var folder = plant.shell().root().resolve("e2e/target/prometheus");
        clear(folder);
        Files.createDirectories(folder);
        var monitors = new Monitors(plant.cluster().client());
        var configuration = new LinkedHashMap<String, Object>();
        configuration.put(
                "global", Map.of("scrape_interval", "2s", "scrape_timeout", "2s", "evaluation_interval", "2s"));
        configuration.put("rule_files", List.of("alerts.yml"));
        configuration.put(
                "scrape_configs",
                Stream.concat(of("ServiceMonitor"), of("PodMonitor"))
                        .flatMap(monitor -> monitors.jobs(monitor).stream())
                        .toList());
        Files.writeString(folder.resolve("prometheus.yml"), Serialization.asYaml(configuration));
        var rules = one("PrometheusRule").path("spec");
        for (var rule : rules.findParents("alert")) {
            if (rule.has("for")) {
                ((ObjectNode) rule).put("for", HELD);
            }
        }
        Files.writeString(folder.resolve("alerts.yml"), Serialization.asYaml(rules));
        return folder;
    }

    @Test
    void operatorAndHubsAreScraped() {
        assertThat(prometheus.query("up"))
                .as("each once, and nothing else")
                .hasSameSizeAs(all())
                .allSatisfy(sample -> assertThat(sample.value()).isOne());
        assertThat(prometheus.query("up{node!=\"\"}"))
                .as("hubs say on which node they are")
                .hasSameSizeAs(hubs)
                .allSatisfy(
                        sample -> assertThat(sample.label("pod")).isEqualTo("edgehub--" + sample.label("node") + "-0"));
    }

    @Test
    void whatIsDocumentedArrives(Plant plant) throws IOException, GeneralSecurityException {
        for (var node : plant.site().nodes()) {
            refuse(plant, node);
        }
        var metrics = documented().stream()
                .filter(metric -> !metric.of().equals("operator's libraries"))
                .toList();
        assertThat(metrics).isNotEmpty();
        for (var metric : metrics) {
            var from = metric.of().equals("hub") ? hubs : operators;
            Site.await(
                    SOON,
                    metric.name() + " of every " + metric.of(),
                    () -> pods(metric.name()).containsAll(from));
            assertThat(prometheus.query(metric.name()))
                    .filteredOn(sample -> from.contains(sample.label("pod")))
                    .as(metric.name())
                    .allSatisfy(sample -> {
                        assertThat(sample.labels().keySet()).containsAll(metric.labels());
                        assertThat(sample.labels().keySet())
                                .filteredOn(label -> !PLACE.contains(label))
                                .isSubsetOf(metric.labels());
                    });
        }
        // what was scraped for the first time just now has a type only since then
        var types = prometheus.get("/api/v1/metadata");
        for (var metric : metrics) {
            assertThat(types.path(metric.name()).findValuesAsText("type"))
                    .as("type of " + metric.name())
                    .containsOnly(metric.type());
        }
        Site.await(
                SOON,
                "every hub sends to its upstream",
                () -> pods("sum by (pod) (rate(edgehub_messages_sent_total{endpoint=~\".*upstream\"}[" + RATE
                                + "])) > 0")
                        .equals(hubs));
    }

    @Test
    void whatArrivesIsDocumented() throws IOException {
        var documented = documented().stream()
                .flatMap(metric -> metric.type().equals("histogram")
                        ? Stream.of("_bucket", "_count", "_sum").map(part -> metric.name() + part)
                        : Stream.of(metric.name()))
                .collect(Collectors.toSet());

        assertThat(prometheus.query("count by (__name__) ({__name__!~\"up|scrape_.+|ALERTS.*\", pod=~\""
                        + String.join("|", all()) + "\"})"))
                .isNotEmpty()
                .extracting(sample -> sample.label("__name__"))
                .isSubsetOf(documented);
    }

    @Test
    void theDashboardHasSomethingToShow(Plant plant) throws IOException, GeneralSecurityException {
        refuse(plant, plant.site().nodes().getFirst());
        var dashboard = JSON.readTree(one("ConfigMap").at("/data/selvedge.json").asText());
        var variables = new TreeMap<String, String>();
        for (var variable : dashboard.at("/templating/list")) {
            var query = VARIABLE.matcher(variable.path("query").asText());
            if (query.matches()) {
                variables.put(
                        "$" + variable.path("name").asText(),
                        values(filled(query.group(1), variables), query.group(2)));
            }
        }
        assertThat(variables).containsOnlyKeys("$namespace", "$hub");
        assertThat(variables.get("$hub").split("\\|")).containsExactlyInAnyOrderElementsOf(hubs);

        var expressions = dashboard.findValuesAsText("expr");
        assertThat(expressions).isNotEmpty();
        for (var expression : expressions) {
            var asked = filled(expression, variables);
            if (expression.endsWith("< 1")) {
                assertThat(prometheus.query(asked))
                        .as("nothing is wrong: " + asked)
                        .isEmpty();
            } else {
                Site.await(
                        SOON,
                        "something to show for " + asked,
                        () -> !prometheus.query(asked).isEmpty());
            }
        }
    }

    @Test
    void upstreamDownComesWithTheCutAndGoesWithIt(Plant plant) {
        Site.await(SOON, "all rules were evaluated", () -> health().equals(Set.of("ok")));
        assertThat(prometheus.query("ALERTS{alertstate=\"firing\", namespace=\"site\"}"))
                .as("nothing is wrong")
                .isEmpty();

        plant.broker().cut();
        Site.await(
                LINK,
                "UpstreamDown of every hub",
                () -> pods(upstreamDown("firing")).equals(hubs));
        assertThat(pods("max_over_time(" + upstreamDown("pending") + "[10m])"))
                .as("it waited first")
                .isEqualTo(hubs);
        assertThat(prometheus
                        .get("/api/v1/alerts")
                        .path("alerts")
                        .valueStream()
                        .filter(alert -> alert.at("/labels/alertname").asText().equals("UpstreamDown"))
                        .map(alert -> alert.at("/annotations/summary").asText()))
                .containsExactlyInAnyOrderElementsOf(hubs.stream()
                        .map(hub -> "Hub " + Site.NAMESPACE + "/" + hub + " has no connection to its upstream.")
                        .toList());

        plant.broker().restore();
        Site.await(
                LINK,
                "UpstreamDown is over",
                () -> prometheus.query("ALERTS{alertname=\"UpstreamDown\"}").isEmpty());
    }

    private static Set<String> all() {
        var all = new TreeSet<>(hubs);
        all.addAll(operators);
        return all;
    }

    private static String upstreamDown(String state) {
        return "ALERTS{alertname=\"UpstreamDown\", alertstate=\"" + state + "\"}";
    }

    private static Set<String> health() {
        return new TreeSet<>(prometheus.get("/api/v1/rules").findValuesAsText("health"));
    }

    /** The pods of which an expression has series. */
    private static Set<String> pods(String expression) {
        return prometheus.query(expression).stream()
                .map(sample -> sample.label("pod"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** What Grafana offers for a variable, all of it chosen. */
    private static String values(String expression, String label) {
        var values = new ArrayList<String>();
        Site.await(SOON, "values of " + label, () -> {
            prometheus.query(expression).stream()
                    .map(sample -> sample.label(label))
                    .distinct()
                    .forEach(values::add);
            return !values.isEmpty();
        });
        return String.join("|", values);
    }

    private static String filled(String expression, Map<String, String> variables) {
        var text = expression.replace("$__rate_interval", RATE);
        for (var variable : variables.entrySet()) {
            text = text.replace(variable.getKey(), variable.getValue());
        }
        return text;
    }

    /** Somebody with the name of the sensor, and no token, is not let in. */
    private static void refuse(Plant plant, String node) throws IOException, GeneralSecurityException {
        try (var door = Door.open(plant.cluster().client(), Site.SENSOR, node)) {
            assertThatThrownBy(() -> door.connect(door.identity(), "no token"))
                    .isInstanceOf(Mqtt3ConnAckException.class);
        }
    }

    private static List<Metric> documented() throws IOException {
        return Files.readAllLines(Shell.projectRoot().resolve("docs/reference/metrics.md")).stream()
                .map(METRIC::matcher)
                .filter(line -> line.matches())
                .map(row -> new Metric(
                        row.group(1),
                        row.group(2),
                        row.group(3),
                        Arrays.stream(row.group(4).split(","))
                                .map(String::strip)
                                .filter(label -> !label.isEmpty())
                                .collect(Collectors.toSet())))
                .toList();
    }

    private static Stream<JsonNode> of(String kind) {
        return chart.stream().filter(object -> object.path("kind").asText().equals(kind));
    }

    private static JsonNode one(String kind) {
        return of(kind).findFirst().orElseThrow();
    }

    private static void clear(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (var files = Files.walk(folder)) {
                for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
