package dev.selvedge.operator.chart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class ChartTest {
    private static final Pattern VALUE = Pattern.compile("(?m)^ *## @param (\\S+) \\S");

    @Test
    void lintsStrictly() {
        var answer = Chart.helm("lint", "--strict");

        assertThat(answer.code()).as(answer.text()).isZero();
        assertThat(answer.text()).contains("0 chart(s) failed");
    }

    @Test
    void makesARestrictedPod() {
        var pod = one(Chart.render(), "Deployment");

        assertThat(pod.<Object>get("spec", "template", "spec", "securityContext"))
                .isEqualTo(Map.of(
                        "runAsNonRoot",
                        true,
                        "runAsUser",
                        10001,
                        "runAsGroup",
                        10001,
                        "seccompProfile",
                        Map.of("type", "RuntimeDefault")));
        assertThat(pod.<Object>get("spec", "template", "spec", "containers", 0, "securityContext"))
                .isEqualTo(Map.of(
                        "allowPrivilegeEscalation",
                        false,
                        "readOnlyRootFilesystem",
                        true,
                        "capabilities",
                        Map.of("drop", List.of("ALL"))));
        assertThat(pod.<Object>get("spec", "template", "spec", "containers", 0, "resources", "limits"))
                .isEqualTo(Map.of("memory", "160Mi"));
    }

    @Test
    void givesTheOperatorAnotherHeap() {
        assertThat(options(Chart.render())).isEmpty();
        assertThat(options(Chart.render("--set", "heap=150m"))).containsExactly("-Xmx150m");
    }

    private static List<String> options(List<GenericKubernetesResource> chart) {
        List<Map<String, Object>> env =
                one(chart, "Deployment").get("spec", "template", "spec", "containers", 0, "env");
        return env.stream()
                .filter(variable -> "JDK_JAVA_OPTIONS".equals(variable.get("name")))
                .map(variable -> String.valueOf(variable.get("value")))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"selvedge, selvedge-operator", "edge, edge-selvedge-operator", "selvedge-north, selvedge-north-operator"
    })
    void aReleaseHasALeaseOfItsOwn(String release, String lease) {
        var objects = Chart.renderRelease(release);

        assertThat(variable(one(objects, "Deployment"), "SELVEDGE_LEASE")).isEqualTo(lease);
        assertThat(rules(all(objects, "Role")))
                .contains(Map.of(
                        "apiGroups", List.of("coordination.k8s.io"),
                        "resources", List.of("leases"),
                        "resourceNames", List.of(lease),
                        "verbs", List.of("get", "update", "patch")));
    }

    @Test
    void leavesANodeThatIsCutOffSoon() {
        List<Map<String, Object>> tolerations =
                one(Chart.render(), "Deployment").get("spec", "template", "spec", "tolerations");

        assertThat(tolerations)
                .hasSize(2)
                .allSatisfy(toleration -> assertThat(toleration)
                        .containsEntry("effect", "NoExecute")
                        .containsEntry("tolerationSeconds", 30));
    }

    @Test
    void asksForNoRightByWildcard() {
        assertThat(rules(Chart.render()))
                .isNotEmpty()
                .noneSatisfy(rule -> assertThat(rule.toString()).contains("*"));
    }

    @Test
    void takesEveryImageFromTheRegistryThatIsAskedFor() {
        var pod = one(Chart.render("--set", "global.imageRegistry=mirror.example:5000"), "Deployment");

        assertThat(pod.<String>get("spec", "template", "spec", "containers", 0, "image"))
                .startsWith("mirror.example:5000/operator:");
        assertThat(variable(pod, "SELVEDGE_HUB_IMAGE")).startsWith("mirror.example:5000/hub:");
    }

    @Test
    void takesAnImageByItsDigest() {
        var digest = "sha256:4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865";
        var pod = one(Chart.render("--set", "hub.image.digest=" + digest), "Deployment");

        assertThat(variable(pod, "SELVEDGE_HUB_IMAGE")).isEqualTo("selvedge.dev/hub@" + digest);
    }

    @Test
    void handsPullSecretsOn() {
        var pod = one(
                Chart.render("--set", "global.imagePullSecrets={a}", "--set", "imagePullSecrets={b}"), "Deployment");

        assertThat(pod.<Object>get("spec", "template", "spec", "imagePullSecrets"))
                .isEqualTo(List.of(Map.of("name", "a"), Map.of("name", "b")));
        assertThat(variable(pod, "SELVEDGE_IMAGE_PULL_SECRETS")).isEqualTo("a,b");
    }

    @Test
    void takesPullSecretsAsPodsHaveThem() {
        var pod = one(
                Chart.render(
                        "--set-json",
                        "global.imagePullSecrets=[{\"name\":\"a\"},\"b\"]",
                        "--set-json",
                        "imagePullSecrets=[{\"name\":\"a\"},{\"name\":\"c\"}]"),
                "Deployment");

        assertThat(pod.<Object>get("spec", "template", "spec", "imagePullSecrets"))
                .isEqualTo(List.of(Map.of("name", "a"), Map.of("name", "b"), Map.of("name", "c")));
        assertThat(variable(pod, "SELVEDGE_IMAGE_PULL_SECRETS")).isEqualTo("a,b,c");
    }

    @Test
    void installsTheDefinitionsAndKeepsThem() {
        assertThat(all(Chart.render(), "CustomResourceDefinition"))
                .hasSize(3)
                .allSatisfy(crd -> assertThat(crd.getMetadata().getAnnotations())
                        .containsEntry("helm.sh/resource-policy", "keep"));
        assertThat(all(Chart.render("--set", "crds.keep=false"), "CustomResourceDefinition"))
                .hasSize(3)
                .allSatisfy(crd ->
                        assertThat(crd.getMetadata().getAnnotations()).doesNotContainKey("helm.sh/resource-policy"));
        assertThat(all(Chart.render("--set", "crds.install=false"), "CustomResourceDefinition"))
                .isEmpty();
    }

    @Test
    void hasRightsOnSitesOnlyWhereSitesMayBe() {
        var objects = Chart.render("--set", "watchNamespaces={north,south}");

        assertThat(variable(one(objects, "Deployment"), "SELVEDGE_WATCH_NAMESPACES"))
                .isEqualTo("north,south");
        var clusterWide = all(objects, "ClusterRole").stream()
                .filter(role -> role.getMetadata().getName().equals("selvedge"))
                .toList();
        assertThat(rules(clusterWide)).singleElement().asString().contains("nodes");
        assertThat(all(objects, "Role").stream()
                        .filter(role -> role.getMetadata().getName().equals("selvedge"))
                        .map(role -> role.getMetadata().getNamespace()))
                .containsExactlyInAnyOrder("north", "south");
    }

    @Test
    void makesNothingOfTheWholeClusterForNamedNamespacesAndNodes() {
        var objects = Chart.render(
                "--set",
                "namespaced=true",
                "--set",
                "watchNamespaces={north,south}",
                "--set-json",
                "nodes=[{\"name\":\"edge-1\",\"labels\":{\"selvedge.dev/edge\":\"true\"}}]");

        assertThat(objects)
                .isNotEmpty()
                .allSatisfy(object -> assertThat(object.getMetadata().getNamespace())
                        .as(object.getKind() + " " + object.getMetadata().getName())
                        .isIn("selvedge-system", "north", "south"));
        assertThat(variable(one(objects, "Deployment"), "SELVEDGE_HUB_ROLE")).isEqualTo("Role/selvedge-hub");
        assertThat(variable(one(objects, "Deployment"), "SELVEDGE_NODES"))
                .isEqualTo("[{\"labels\":{\"selvedge.dev/edge\":\"true\"},\"name\":\"edge-1\"}]");
        assertThat(rules(all(objects, "Role")))
                .noneSatisfy(rule -> assertThat(rule.toString()).contains("nodes"));
        assertThat(all(objects, "Role").stream()
                        .filter(role -> role.getMetadata().getName().equals("selvedge-hub"))
                        .map(role -> role.getMetadata().getNamespace()))
                .containsExactlyInAnyOrder("north", "south");
    }

    @Test
    void seesNodesByOneClusterRoleWhereTheyAreNotNamed() {
        var objects = Chart.render("--set", "namespaced=true", "--set", "watchNamespaces={north}");

        assertThat(objects.stream()
                        .filter(object -> object.getMetadata().getNamespace() == null)
                        .map(GenericKubernetesResource::getKind))
                .containsExactlyInAnyOrder("ClusterRole", "ClusterRoleBinding");
        assertThat(rules(all(objects, "ClusterRole")))
                .containsExactly(Map.of(
                        "apiGroups", List.of(""), "resources", List.of("nodes"), "verbs", List.of("list", "watch")));
    }

    /** The command of the page for a cluster admin; Helm takes away by name what an upgrade makes no more. */
    @Test
    void whatAClusterAdminMakesForAllNamespacesIsNotTakenAwayWithARelease() throws IOException {
        var page = Files.readString(Path.of("../docs/how-to/named-namespaces.md"));
        var command = Pattern.compile("helm template (\\S+) helm/selvedge((?:[^|]*))\\|")
                .matcher(page);
        assertThat(command.find()).isTrue();
        var shared = Chart.renderAs(
                command.group(1), command.group(2).replace("\\", "").trim().split("\\s+"));
        var released = Chart.render().stream().map(ChartTest::id).toList();

        assertThat(shared)
                .extracting(GenericKubernetesResource::getKind)
                .contains("CustomResourceDefinition", "ValidatingAdmissionPolicy", "ClusterRole")
                .doesNotContain("Deployment");
        assertThat(shared)
                .filteredOn(object -> released.contains(id(object)))
                .allSatisfy(object -> assertThat(object.getMetadata().getAnnotations())
                        .as(id(object))
                        .containsEntry("helm.sh/resource-policy", "keep"));
    }

    private static String id(GenericKubernetesResource object) {
        return object.getKind() + " " + object.getMetadata().getName();
    }

    @Test
    void wantsTheNamespacesNamedWhereItMayHaveRightsInNamedOnesAlone() {
        var answer = Chart.helm("template", "--set", "namespaced=true");

        assertThat(answer.code()).isNotZero();
        assertThat(answer.text()).contains("name them in watchNamespaces");
    }

    @Test
    void leavesOutWhatIsSwitchedOff() {
        var objects = Chart.render(
                "--set",
                "rbac.create=false",
                "--set",
                "serviceAccount.create=false",
                "--set",
                "admissionPolicy.enabled=false");

        assertThat(objects.stream().map(GenericKubernetesResource::getKind).distinct())
                .containsExactlyInAnyOrder("CustomResourceDefinition", "Deployment");
    }

    @Test
    void makesMonitorsWhenAsked() {
        var objects = Chart.render("--set", "serviceMonitor.enabled=true", "--set", "podMonitor.enabled=true");

        assertThat(one(objects, "ServiceMonitor").<Object>get("spec", "endpoints", 0))
                .as("the namespace of a metric is that of the site")
                .isEqualTo(Map.of("port", "management", "path", "/metrics", "honorLabels", true));
        assertThat(one(objects, "PodMonitor").<String>get("spec", "podMetricsEndpoints", 0, "port"))
                .isEqualTo("management");
        assertThat(one(objects, "PodMonitor").<Boolean>get("spec", "podMetricsEndpoints", 0, "honorLabels"))
                .as("Prometheus Operator would put the port's name over the label endpoint of a hub's metrics")
                .isTrue();
        assertThat(one(objects, "Service").<Object>get("spec", "selector"))
                .isEqualTo(one(objects, "Deployment").get("spec", "selector", "matchLabels"));
    }

    @ParameterizedTest
    @CsvSource({"serviceMonitor, ServiceMonitor", "podMonitor, PodMonitor", "prometheusRule, PrometheusRule"})
    void makesAKindOfPrometheusOperatorAsItsRenderModeSays(String value, String kind) {
        var enabled = value + ".enabled=true";
        var api = "monitoring.coreos.com/v1/" + kind;

        assertThat(all(Chart.render(), kind)).isEmpty();
        assertThat(one(Chart.render("--set", enabled, "--set", value + ".additionalLabels.release=kps"), kind)
                        .getMetadata()
                        .getLabels())
                .containsEntry("release", "kps");
        var skip = value + ".renderMode=skipIfMissing";
        assertThat(all(Chart.render("--set", enabled, "--set", skip), kind)).isEmpty();
        assertThat(all(Chart.render("--set", enabled, "--set", skip, "--api-versions", api), kind))
                .hasSize(1);
        var fail = value + ".renderMode=failIfMissing";
        var answer = Chart.helm("template", "--set", enabled, "--set", fail);
        assertThat(answer.code()).isNotZero();
        assertThat(answer.text()).contains("this cluster knows no " + kind);
        assertThat(all(Chart.render("--set", enabled, "--set", fail, "--api-versions", api), kind))
                .hasSize(1);
    }

    @Test
    void limitsWhoReachesHubsWhenAsked() {
        assertThat(all(Chart.render(), "NetworkPolicy")).isEmpty();

        var policies = all(
                Chart.render("--set", "networkPolicy.enabled=true", "--set", "watchNamespaces={north,south}"),
                "NetworkPolicy");
        assertThat(policies.stream().map(policy -> policy.getMetadata().getNamespace()))
                .containsExactlyInAnyOrder("selvedge-system", "north", "south");
        var hubs = policies.stream()
                .filter(policy -> policy.getMetadata().getNamespace().equals("north"))
                .findFirst()
                .orElseThrow();
        assertThat(hubs.<Object>get("spec", "podSelector", "matchLabels"))
                .isEqualTo(Map.of("app.kubernetes.io/managed-by", "selvedge", "app.kubernetes.io/component", "hub"));
        assertThat(hubs.<Object>get("spec", "ingress", 0))
                .as("clients come from anywhere")
                .isEqualTo(Map.of("ports", List.of(tcp(8883), tcp(5671), tcp(8443))));
        assertThat(hubs.<Object>get("spec", "ingress", 1, "ports")).isEqualTo(List.of(tcp(9600)));
        assertThat(hubs.<List<?>>get("spec", "ingress", 1, "from")).hasSize(1);
    }

    @Test
    void nobodyReachesAManagementPortWhenNobodyIsNamed() {
        var policies = all(
                Chart.render(
                        "--set",
                        "networkPolicy.enabled=true",
                        "--set",
                        "networkPolicy.siteNamespaces={site}",
                        "--set-json",
                        "networkPolicy.metricsFrom=[]"),
                "NetworkPolicy");

        assertThat(policies).hasSize(2);
        assertThat(policies.toString()).doesNotContain("9600", "8080");
    }

    private static Map<String, Object> tcp(int port) {
        return Map.of("port", port, "protocol", "TCP");
    }

    @ParameterizedTest
    @CsvSource({
        "replicaCount=two, replicaCount",
        "watchNamespace={a}, watchNamespace",
        "image.tags=1, tags",
        "nodes[0].name=Edge_1, name",
        "imagePullSecrets[0].secret=registry, imagePullSecrets",
        "hub.image.pullPolicy=Sometimes, pullPolicy"
    })
    void refusesAValueThatItDoesNotKnowAndNamesIt(String value, String named) {
        var answer = Chart.helm("template", "--set", value);

        assertThat(answer.code()).isNotZero();
        assertThat(answer.text()).contains(named);
    }

    @ParameterizedTest
    @CsvSource({
        "certificates.lifetime=43800h, three times",
        "certificates.lifetime=2m, 3m or more",
        "certificates.authorityLifetime=999999h, 438000h"
    })
    void refusesALifeOfCertificatesThatTheOperatorWouldNotStartWith(String value, String said) {
        var answer = Chart.helm("template", "--set", value);

        assertThat(answer.code()).isNotZero();
        assertThat(answer.text()).contains(said);
    }

    @Test
    void takesANamespaceThatLooksLikeANumber() {
        var objects = Chart.render("--set-json", "watchNamespaces=[\"4711\"]", "--set", "networkPolicy.enabled=true");

        assertThat(objects.stream().map(object -> object.getMetadata().getNamespace()))
                .contains("4711");
    }

    @Test
    void tellsWhoInstalledItHowToGoOn() {
        var notes = notes();

        assertThat(notes)
                .contains(
                        "watches all namespaces",
                        "kubectl -n selvedge-system rollout status deployment/selvedge",
                        "kubectl apply -f examples/quickstart/",
                        "kubectl get iotedge -A",
                        "Uninstalling leaves the custom resource definitions, the sites and their volumes in place",
                        "Metrics: port 8080")
                .doesNotContain("namespaced=true", "crds.install=false", "Not made", "NetworkPolicy", "<no value>");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "watchNamespaces={north,south}                                  | watches the namespaces north, south",
                "namespaced=true,watchNamespaces={north}                        | docs/how-to/named-namespaces.md",
                "namespaced=true,watchNamespaces={north}                        | but the ClusterRole that lets the operator see nodes",
                "crds.install=false                                             | apply helm/crds.yaml of this release first",
                "crds.keep=false                                                | Uninstalling deletes the custom resource definitions",
                "podMonitor.enabled=true,podMonitor.renderMode=skipIfMissing    | Not made: PodMonitor",
                "networkPolicy.enabled=true                                     | networkPolicy.siteNamespaces"
            })
    void tellsWhatIsDifferentWithThisValue(String values, String told) {
        assertThat(notes("--set", values)).contains(told);
    }

    private static String notes(String... arguments) {
        var all = new ArrayList<>(List.of("--dry-run=client"));
        all.addAll(List.of(arguments));
        var answer = Chart.helm("install", all.toArray(String[]::new));
        assertThat(answer.code()).as(answer.text()).isZero();
        return answer.text().substring(answer.text().indexOf("\nNOTES:\n"));
    }

    @Test
    void describesEveryValue() throws IOException {
        var values = Files.readString(Path.of("../helm/selvedge/values.yaml"));
        var described =
                VALUE.matcher(values).results().map(match -> match.group(1)).toList();

        assertThat(values.lines()
                        .filter(line -> line.matches(" *[A-Za-z]+:( .*)?")
                                && !line.trim().startsWith("#")
                                && !line.contains("tolerationSeconds"))
                        .map(line -> line.trim().replaceAll(":.*", ""))
                        .filter(key -> !List.of("requests", "limits").contains(key)))
                .allSatisfy(key -> assertThat(described)
                        .anyMatch(param -> Stream.of(param.split("\\.")).anyMatch(key::equals)));
    }

    private static String variable(GenericKubernetesResource deployment, String name) {
        List<Map<String, String>> env = deployment.get("spec", "template", "spec", "containers", 0, "env");
        return env.stream()
                .filter(variable -> name.equals(variable.get("name")))
                .map(variable -> variable.get("value"))
                .findFirst()
                .orElse("");
    }

    private static List<Object> rules(List<GenericKubernetesResource> objects) {
        return objects.stream()
                .filter(object -> object.getKind().endsWith("Role"))
                .<Object>flatMap(role -> role.<List<?>>get("rules").stream())
                .toList();
    }

    private static List<GenericKubernetesResource> all(List<GenericKubernetesResource> objects, String kind) {
        return objects.stream().filter(object -> object.getKind().equals(kind)).toList();
    }

    private static GenericKubernetesResource one(List<GenericKubernetesResource> objects, String kind) {
        var found = all(objects, kind);
        assertThat(found).hasSize(1);
        return found.getFirst();
    }
}
