package dev.selvedge.operator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.operator.chart.Chart;
import dev.selvedge.operator.render.Names;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** The chart with {@code namespaced=true}, installed by somebody who has all rights in one namespace and none beyond it. */
@Tag("cluster")
final class RightsClusterTest {
    private static final String OWNER = "selvedge-namespace-owner";
    private static final String NODE = "press";
    /** Unlike the roles that the site has already. */
    private static final String RELEASE = "tenant";

    private ClusterSite site;

    @BeforeEach
    void open() {
        site = ClusterSite.create();
    }

    @AfterEach
    void close() {
        site.close();
    }

    @Test
    void theWholeChartIsAcceptedByTheApiServer() {
        for (var object : Chart.render(inNamespace(Map.of()))) {
            dryRun(site.user(), object);
        }
    }

    @Test
    void whoOwnsOneNamespaceInstallsAndTheOperatorWorksThereAndNowhereElse() {
        ownsTheNamespace();
        var chart = Chart.render(namespaced());
        try (var owner = as(OWNER)) {
            chart.forEach(object -> dryRun(owner, object));
            // the operator runs in this process, not as a pod
            chart.stream()
                    .filter(object -> !object.getKind().equals("Deployment"))
                    .forEach(object -> owner.resource(object).serverSideApply());
        }
        site.apply("""
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeHub
                metadata: {name: hub}
                spec:
                  nodeSelector: {selvedge.dev/edge: "true"}
                  storage: {size: 128Mi}
                ---
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeModule
                metadata: {name: sensor}
                spec: {image: "registry.example/sensor:1"}
                """);

        var operator = site.start(OperatorConfig.from(environment(chart)), account(RELEASE), groups());

        await().untilAsserted(() -> {
            assertThat(set(Names.hub(NODE))).isTrue();
            assertThat(set(Names.instance("sensor", NODE))).isTrue();
            assertThat(site.hub().ready().reason()).isEqualTo("Pending");
            assertThat(site.module("sensor").ready().reason()).isEqualTo("Pending");
        });
        assertThat(get(ModuleTwin.class, "sensor." + NODE).getSpec().deviceId()).isEqualTo(NODE);
        var mayNot = operator.client();
        refused(() -> mayNot.nodes().list());
        refused(() -> mayNot.secrets().inNamespace("default").list());
        refused(() -> mayNot.resources(EdgeHub.class).inAnyNamespace().list());
        hubsReadTheirTwinsAndNothingElse();
        podsTellThatTheirNodeIsCutOff();
    }

    private void podsTellThatTheirNodeIsCutOff() {
        var sensor = Names.instance("sensor", NODE);
        await().untilAsserted(() -> assertThat(site.pod(sensor)).isNotNull());
        site.runs(sensor);
        await().untilAsserted(
                        () -> assertThat(site.module("sensor").ready().reason()).isEqualTo("Ready"));
        site.isCutOff(sensor);
        await().untilAsserted(() -> {
            assertThat(site.module("sensor").ready().reason()).isEqualTo("NodeUnreachable");
            assertThat(site.hub().ready().reason()).isEqualTo("NodeUnreachable");
        });
        site.runs(sensor);
        await().untilAsserted(() -> {
            assertThat(site.module("sensor").ready().reason()).isEqualTo("Ready");
            assertThat(site.hub().ready().reason()).isEqualTo("Pending");
        });
    }

    private void hubsReadTheirTwinsAndNothingElse() {
        try (var hub = as(account("selvedge-hub"), groups())) {
            assertThat(hub.resources(ModuleTwin.class)
                            .inNamespace(site.namespace())
                            .list()
                            .getItems())
                    .extracting(twin -> twin.getMetadata().getName())
                    .containsExactlyInAnyOrder("edgehub." + NODE, "sensor." + NODE);
            refused(() -> hub.resources(ModuleTwin.class).inNamespace("default").list());
            refused(() ->
                    hub.resources(Secret.class).inNamespace(site.namespace()).list());
            refused(() -> hub.resources(Node.class).list());
        }
    }

    private void ownsTheNamespace() {
        var user = site.user();
        user.resource(new RoleBuilder()
                        .withNewMetadata()
                        .withName(OWNER)
                        .withNamespace(site.namespace())
                        .endMetadata()
                        .withRules(new PolicyRuleBuilder()
                                .withApiGroups("*")
                                .withResources("*")
                                .withVerbs("*")
                                .build())
                        .build())
                .create();
        user.resource(new RoleBindingBuilder()
                        .withNewMetadata()
                        .withName(OWNER)
                        .withNamespace(site.namespace())
                        .endMetadata()
                        .withNewRoleRef("rbac.authorization.k8s.io", "Role", OWNER)
                        .addNewSubject("rbac.authorization.k8s.io", "User", OWNER, null)
                        .build())
                .create();
    }

    private String[] namespaced() {
        return inNamespace(Map.of(
                "namespaced",
                "true",
                "nodes",
                "[{\"name\":\"" + NODE + "\",\"labels\":{\"selvedge.dev/edge\":\"true\"}}]"));
    }

    /** Arguments for a release in the site's namespace that watches no other. */
    private String[] inNamespace(Map<String, String> values) {
        var all = new HashMap<>(values);
        all.put("fullnameOverride", "\"" + RELEASE + "\"");
        all.put("watchNamespaces", "[\"" + site.namespace() + "\"]");
        var arguments = new ArrayList<>(List.of("--namespace", site.namespace()));
        all.forEach((name, json) -> arguments.addAll(List.of("--set-json", name + "=" + json)));
        return arguments.toArray(String[]::new);
    }

    /** What the chart tells the operator, the namespace being that of the pod. */
    private Map<String, String> environment(List<GenericKubernetesResource> chart) {
        var environment = new HashMap<String, String>();
        for (var object : chart) {
            if (object.getKind().equals("Deployment")) {
                List<Map<String, Object>> variables = object.get("spec", "template", "spec", "containers", 0, "env");
                variables.forEach(variable -> environment.put(
                        (String) variable.get("name"), (String) variable.getOrDefault("value", site.namespace())));
            }
        }
        return environment;
    }

    private String account(String name) {
        return "system:serviceaccount:" + site.namespace() + ":" + name;
    }

    private String[] groups() {
        return new String[] {
            "system:serviceaccounts", "system:serviceaccounts:" + site.namespace(), "system:authenticated"
        };
    }

    private static KubernetesClient as(String user, String... groups) {
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(TestCluster.config())
                        .withImpersonateUsername(user)
                        .withImpersonateGroups(groups)
                        .build())
                .build();
    }

    private static void dryRun(KubernetesClient as, GenericKubernetesResource object) {
        var answer = as.resource(object).dryRun(true).forceConflicts().serverSideApply();
        assertThat(answer.getMetadata().getName())
                .isEqualTo(object.getMetadata().getName());
    }

    private static void refused(Executable request) {
        assertThat(assertThrows(KubernetesClientException.class, request).getCode())
                .isEqualTo(403);
    }

    private boolean set(String name) {
        return site.user()
                        .apps()
                        .statefulSets()
                        .inNamespace(site.namespace())
                        .withName(name)
                        .get()
                != null;
    }

    private <T extends HasMetadata> T get(Class<T> kind, String name) {
        return site.user()
                .resources(kind)
                .inNamespace(site.namespace())
                .withName(name)
                .get();
    }
}
