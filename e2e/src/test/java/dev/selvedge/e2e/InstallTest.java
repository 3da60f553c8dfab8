package dev.selvedge.e2e;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.selvedge.api.v1alpha1.ModuleTwin;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.ResourceRule;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectRulesReviewBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The chart on a cluster where a site runs: upgrade, uninstall, install again; and what the rights that it ships allow. */
@Tag("cluster")
@Tag("chart")
@ExtendWith(Plant.Extension.class)
class InstallTest {
    private static final Duration SOON = Duration.ofMinutes(1);

    /** Whatever was done here, nothing is lost. */
    @AfterAll
    static void settle(Plant plant) {
        plant.settle();
    }

    @Test
    void anUpgradeRestartsTheOperatorAlone(Plant plant) throws IOException {
        plant.run();
        var before = pods(plant);

        Selvedge.install(plant.shell(), plant.cluster(), "podAnnotations.upgraded=yes");

        plant.site().awaitReady();
        plant.awaitReadings(plant.site().sources());
        assertThat(pods(plant)).isEqualTo(before);
    }

    @Test
    void theSiteGoesOnWithTheChartUninstalledAndIsTakenOverByTheNextInstall(Plant plant) throws IOException {
        var node = plant.run().getFirst();
        var before = pods(plant);
        var volumes = volumes(plant);
        assertThat(volumes).hasSameSizeAs(plant.site().nodes());

        try {
            assertThat(Selvedge.uninstall(plant.shell(), plant.cluster()))
                    .as("what stays is told")
                    .contains("kept", "edgehubs.selvedge.dev", "edgemodules.selvedge.dev", "moduletwins.selvedge.dev");
            Site.await(SOON, "the operator is gone", () -> operators(plant) == 0);
            assertThat(plant.site().hub("hub").get())
                    .as("the definitions and the site are kept")
                    .isNotNull();
            plant.awaitReadings(plant.site().sources());
            assertThat(pods(plant)).isEqualTo(before);
            assertThat(volumes(plant)).as("the volumes are kept").isEqualTo(volumes);
        } finally {
            Selvedge.install(plant.shell(), plant.cluster());
        }
        plant.site().awaitReady();
        plant.site().patchDesired(Site.SENSOR, node, "{\"interval\":0.4}");
        Site.await(
                SOON,
                "the module obeys again",
                () -> plant.site().reported(Site.SENSOR, node, "interval").equals("0.4"));
        assertThat(pods(plant)).isEqualTo(before);
    }

    @Test
    void aHubWritesOnlyTheStatusOfItsOwnNodesTwins(Plant plant) throws IOException {
        var nodes = plant.run();
        var own = nodes.getFirst();
        try (var hub = as(plant, token(plant, plant.site().hubPod(own)))) {
            assertThatCode(() -> patchStatus(hub, Site.SENSOR + "." + own)).doesNotThrowAnyException();
            assertThatThrownBy(() -> patchStatus(hub, Site.SENSOR + "." + nodes.getLast()))
                    .isInstanceOf(KubernetesClientException.class)
                    .hasMessageContaining("a hub may write only the status of the twins of its own node");
            assertThatThrownBy(() -> hub.resources(ModuleTwin.class)
                            .inNamespace(Site.NAMESPACE)
                            .withName(Site.SENSOR + "." + own)
                            .patch(dryRun(), "{\"spec\":{\"tags\":{\"a\":\"b\"}}}"))
                    .isInstanceOf(KubernetesClientException.class)
                    .hasMessageContaining("forbidden");
            assertThatThrownBy(() -> hub.secrets().inNamespace(Site.NAMESPACE).list())
                    .isInstanceOf(KubernetesClientException.class)
                    .hasMessageContaining("forbidden");
        }
    }

    @Test
    void aModuleHasNoTokenAndReadsNothingFromTheApiServer(Plant plant) throws IOException {
        var pod = plant.site().modulePod("filter", plant.run().getFirst());
        var name = pod.getMetadata().getName();
        var resources = List.of(
                "/api/v1/namespaces/site/secrets",
                "/api/v1/namespaces/site/secrets/" + name.substring(0, name.lastIndexOf('-')),
                "/api/v1/namespaces/site/pods",
                "/apis/selvedge.dev/v1alpha1/namespaces/site/moduletwins",
                "/apis/selvedge.dev/v1alpha1/namespaces/site/edgemodules");

        assertThat(node(plant, pod, "console.log(fs.existsSync('/var/run/secrets/kubernetes.io'))"))
                .as("a token is mounted")
                .isEqualTo("false");
        assertThat(asked(plant, pod, "", resources))
                .hasSameSizeAs(resources)
                .allMatch(status -> status.equals("401") || status.equals("403"));
        var token = token(plant, pod);
        assertThat(asked(plant, pod, token, List.of("/api")))
                .as("a token that somebody made for it is good")
                .containsExactly("200");
        assertThat(asked(plant, pod, token, resources))
                .as("and gives no rights")
                .hasSameSizeAs(resources)
                .containsOnly("403");
        try (var module = as(plant, token)) {
            assertThat(rules(module))
                    .as("it may ask who it is and what it may do")
                    .isNotEmpty()
                    .allSatisfy(rule -> assertThat(rule.getApiGroups())
                            .isSubsetOf("authentication.k8s.io", "authorization.k8s.io"));
        }
    }

    @Test
    void whoViewsANamespaceSeesItsSiteAndWhoEditsItMayChangeIt(Plant plant) throws IOException {
        plant.run();
        bind(plant, "guest", "view");
        bind(plant, "engineer", "edit");
        for (var kind : List.of("edgehubs", "edgemodules", "moduletwins")) {
            Site.await(SOON, "guests see " + kind, () -> may(plant, "guest", "list", kind));
            Site.await(SOON, "engineers change " + kind, () -> may(plant, "engineer", "patch", kind));
            assertThat(may(plant, "guest", "patch", kind))
                    .as("guests change " + kind)
                    .isFalse();
            assertThat(may(plant, "engineer", "delete", kind)).isTrue();
        }
        assertThat(may(plant, "engineer", "create", "moduletwins/methods"))
                .as("methods are granted apart")
                .isFalse();
        assertThat(may(plant, "engineer", "update", "moduletwins/status")).isFalse();
        for (var user : List.of("guest", "engineer")) {
            plant.cluster()
                    .client()
                    .rbac()
                    .roleBindings()
                    .inNamespace(Site.NAMESPACE)
                    .withName(user)
                    .delete();
        }
    }

    private static void bind(Plant plant, String user, String role) {
        plant.cluster()
                .client()
                .resource(new RoleBindingBuilder()
                        .withNewMetadata()
                        .withName(user)
                        .withNamespace(Site.NAMESPACE)
                        .endMetadata()
                        .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", role)
                        .addNewSubject("rbac.authorization.k8s.io", "User", user, null)
                        .build())
                .serverSideApply();
    }

    private static boolean may(Plant plant, String user, String verb, String resource) {
        var parts = resource.split("/");
        var review = new SubjectAccessReviewBuilder()
                .withNewSpec()
                .withUser(user)
                .withNewResourceAttributes()
                .withNamespace(Site.NAMESPACE)
                .withGroup("selvedge.dev")
                .withVerb(verb)
                .withResource(parts[0])
                .withSubresource(parts.length > 1 ? parts[1] : null)
                .endResourceAttributes()
                .endSpec()
                .build();
        return plant.cluster()
                .client()
                .authorization()
                .v1()
                .subjectAccessReview()
                .create(review)
                .getStatus()
                .getAllowed();
    }

    private static void patchStatus(KubernetesClient hub, String twin) {
        hub.resources(ModuleTwin.class)
                .inNamespace(Site.NAMESPACE)
                .withName(twin)
                .subresource("status")
                .patch(dryRun(), "{\"status\":{}}");
    }

    private static PatchContext dryRun() {
        return new PatchContext.Builder()
                .withPatchType(PatchType.JSON_MERGE)
                .withDryRun(List.of("All"))
                .build();
    }

    /** The statuses of the API server's answers to GETs from inside a pod of Node.js; without a token where it is empty. */
    private static List<String> asked(Plant plant, Pod pod, String token, List<String> paths) {
        return node(
                        plant,
                        pod,
                        """
                        const [token, ...paths] = process.argv.slice(1)
                        const headers = token ? {authorization: `Bearer ${token}`} : {}
                        for (const path of paths)
                          https.get({host: process.env.KUBERNETES_SERVICE_HOST, path, headers, rejectUnauthorized: false}, answer => console.log(answer.resume().statusCode))
                        """,
                        Stream.concat(Stream.of(token), paths.stream()).toArray(String[]::new))
                .lines()
                .toList();
    }

    private static String node(Plant plant, Pod pod, String script, String... arguments) {
        var command = Stream.of("exec", pod.getMetadata().getName(), "--", "/usr/bin/node", "--eval", script, "--");
        return plant.kubectl(Stream.concat(command, Stream.of(arguments)).toArray(String[]::new));
    }

    private static List<ResourceRule> rules(KubernetesClient client) {
        return client.authorization()
                .v1()
                .selfSubjectRulesReview()
                .create(new SelfSubjectRulesReviewBuilder()
                        .withNewSpec(Site.NAMESPACE)
                        .build())
                .getStatus()
                .getResourceRules();
    }

    /** A token as the pod has it, or would have it: of its ServiceAccount, and bound to it. */
    private static String token(Plant plant, Pod pod) {
        var request = new TokenRequestBuilder()
                .withNewSpec()
                .withExpirationSeconds(600L)
                .withNewBoundObjectRef()
                .withApiVersion("v1")
                .withKind("Pod")
                .withName(pod.getMetadata().getName())
                .withUid(pod.getMetadata().getUid())
                .endBoundObjectRef()
                .endSpec()
                .build();
        return plant.cluster()
                .client()
                .serviceAccounts()
                .inNamespace(Site.NAMESPACE)
                .withName(pod.getSpec().getServiceAccountName())
                .tokenRequest(request)
                .getStatus()
                .getToken();
    }

    private static KubernetesClient as(Plant plant, String token) {
        var client = plant.cluster().client();
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(Config.empty())
                        .withMasterUrl(client.getMasterUrl().toString())
                        .withCaCertData(client.getConfiguration().getCaCertData())
                        .withOauthToken(token)
                        .build())
                .build();
    }

    private static Set<String> pods(Plant plant) {
        return plant.site().pods().stream()
                .map(Pod::getMetadata)
                .map(meta -> meta.getName() + " " + meta.getUid())
                .collect(Collectors.toSet());
    }

    private static Set<String> volumes(Plant plant) {
        return plant.cluster().client().persistentVolumeClaims().inNamespace(Site.NAMESPACE).list().getItems().stream()
                .map(claim ->
                        claim.getMetadata().getUid() + " " + claim.getSpec().getVolumeName() + " "
                                + claim.getStatus().getPhase())
                .collect(Collectors.toSet());
    }

    private static int operators(Plant plant) {
        return plant.cluster()
                .client()
                .pods()
                .inNamespace(Selvedge.NAMESPACE)
                .list()
                .getItems()
                .size();
    }
}
