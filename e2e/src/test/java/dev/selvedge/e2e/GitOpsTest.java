package dev.selvedge.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.Resource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * {@code examples/gitops} with one of its sites, synced by Argo CD from bare repositories in a folder. The operator's Application takes over the
 * release that Helm installed, and in the end makes everything itself. How long nothing may move is {@code selvedge.gitops.soak}, a minute unless said otherwise.
 */
@Tag("cluster")
@Tag("chart")
@ExtendWith(Plant.Extension.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class GitOpsTest {
    private static final String SITE = "munich";
    private static final String FILE = "sites/" + SITE + ".yaml";
    private static final String[] APPLICATIONS = {
        SITE, SITE + "-hub", SITE + "-modules", SITE + "-namespace", SITE + "-operator"
    };
    private static final String NODE = "edge-1";
    private static final String TWIN = Site.SENSOR + "." + NODE;
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final Duration SOAK = Duration.parse(System.getProperty("selvedge.gitops.soak", "PT1M"));

    @TempDir
    private static Path folder;

    private static ArgoCd argo;
    private static Repository fleet;
    private static String siteFile;

    @BeforeAll
    static void sync(Plant plant) throws IOException {
        assumeTrue(plant.cluster().isLocal(), "Argo CD runs beside the local cluster only");
        // the example's hub is the device edge-1 at the broker, as the quickstart's is: one would throw out the other
        plant.clear();
        Selvedge.install(plant.shell(), plant.cluster());
        argo = ArgoCd.start(plant.shell(), plant.cluster());
        var root = plant.shell().root();
        var product = new Repository(plant.shell(), folder, "selvedge");
        product.copy(root.resolve("helm"), "helm", Map.of());
        product.push("The chart");
        product.tag("v0.1.0");
        fleet = new Repository(plant.shell(), folder, "fleet");
        fill(plant, product.url());

        kubectl(
                plant,
                "apply",
                "--server-side",
                "--force-conflicts",
                "-f",
                fleet.file("argocd/argocd-cm.yaml").toString());
        comeUp(plant);
    }

    /** The example with one site, which follows a tag that knows nothing of it, and whose namespace the chart of Selvedge has an object for. */
    private static void fill(Plant plant, String product) throws IOException {
        fleet.copy(
                plant.shell().root().resolve("examples/gitops"),
                "",
                Map.of(
                        "https://git.example/selvedge.git",
                        product,
                        "https://git.example/fleet.git",
                        fleet.url(),
                        "mqtts://broker.example:8883",
                        plant.broker().url(),
                        "cluster: munich",
                        "cluster: in-cluster\n\nfleet:\n  revision: stable",
                        "  values: {}",
                        "  values: {networkPolicy: {enabled: true, siteNamespaces: [" + SITE + "]}}",
                        // one node is enough
                        "selvedge.dev/edge: \"true\"",
                        "kubernetes.io/hostname: " + NODE));
        Files.delete(fleet.file("sites/lyon.yaml"));
        siteFile = Files.readString(fleet.file(FILE));
        Files.delete(fleet.file(FILE));
        fleet.push("What all sites share");
        fleet.tag("stable");
        Files.writeString(fleet.file(FILE), siteFile);
        fleet.push("A site");
    }

    private static void comeUp(Plant plant) {
        var namespace = plant.cluster().client().namespaces().withName(SITE);
        kubectl(plant, "apply", "-f", fleet.file("sites.yaml").toString());
        Site.await(SOON, "Argo CD has made the namespace", () -> namespace.get() != null);
        secret(plant);
        argo.awaitSynced(APPLICATIONS);
    }

    /** What External Secrets or a person does. */
    private static void secret(Plant plant) {
        var client = plant.cluster().client();
        client.resource(new SecretBuilder()
                        .withNewMetadata()
                        .withName("broker")
                        .withNamespace(SITE)
                        .endMetadata()
                        .addToStringData("username", plant.broker().user())
                        .addToStringData("password", plant.broker().password())
                        .addToStringData("ca.crt", plant.broker().ca())
                        .build())
                .serverSideApply();
    }

    @AfterEach
    void restore(Plant plant) {
        plant.cluster().restore(NODE);
        kubectl(plant, "uncordon", NODE);
    }

    @AfterAll
    static void mend(Plant plant) {
        if (argo != null) {
            takeAway(plant);
            argo.close();
        }
        Selvedge.install(plant.shell(), plant.cluster());
    }

    /** All that Argo CD made; Helm would not take for its own what it did not make. */
    private static void takeAway(Plant plant) {
        argo.kind("ApplicationSet").inNamespace("argocd").delete();
        Stream.of(SITE, SITE + "-modules", SITE + "-hub", SITE + "-namespace")
                .filter(name -> argo.application(name).get() != null)
                .forEach(name -> argo.delete(name, false));
        if (argo.application(SITE + "-operator").get() != null) {
            argo.delete(SITE + "-operator", true);
        }
        kubectl(plant, "delete", "namespace", SITE, "--ignore-not-found");
        kubectl(plant, "delete", "-f", "helm/crds.yaml", "--ignore-not-found");
        plant.ledger().clear();
    }

    @Test
    @Order(1)
    void whatSomebodyChangesByHandIsAsInGitAgain(Plant plant) {
        var client = plant.cluster().client();

        kubectl(
                plant,
                "-n",
                SITE,
                "patch",
                "edgemodule",
                "filter",
                "--type=merge",
                "-p",
                "{\"spec\":{\"twin\":{\"desired\":{\"threshold\":99}}}}");
        kubectl(plant, "-n", SITE, "patch", "moduletwin", TWIN, "--type=merge", "-p", desired("{\"interval\":9}"));

        Site.await(SOON, "Git wins", () -> desired(client).path("interval").asInt() == 1 && threshold(client) == 3);
        argo.awaitSynced(APPLICATIONS);
    }

    /** What Helm and Argo CD render is what the API server stores, so neither finds that the other changed anything. */
    @Test
    @Order(2)
    void helmMayUpgradeWhatArgoCdTookOver(Plant plant) {
        argo.awaitSynced(APPLICATIONS);
        var before = installed(plant);

        var changes = argo.changesWhile(() -> {
            Selvedge.install(plant.shell(), plant.cluster());
            argo.refresh(SITE + "-operator");
        });

        assertThat(changes).as("Argo CD finds nothing to heal").isEmpty();
        assertThat(installed(plant)).as("Helm wrote nothing").isEqualTo(before);
    }

    /** The version of each object of the chart; of the Deployment, whose status lives, the generation. */
    private static Map<String, String> installed(Plant plant) {
        var installed = new TreeMap<String, String>();
        for (var object : Selvedge.render(plant.shell())) {
            var kind = object.path("kind").asText();
            var name = object.at("/metadata/name").asText();
            var namespace = object.at("/metadata/namespace").asText("");
            var all = plant.cluster()
                    .client()
                    .genericKubernetesResources(object.path("apiVersion").asText(), kind);
            var live = (namespace.isEmpty() ? all : all.inNamespace(namespace))
                    .withName(name)
                    .require()
                    .getMetadata();
            installed.put(
                    kind + " " + name,
                    kind.equals("Deployment") ? String.valueOf(live.getGeneration()) : live.getResourceVersion());
        }
        return installed;
    }

    @Test
    @Order(3)
    void gitKubectlAndTheOperatorShareATwinAndNothingMoves(Plant plant) {
        var client = plant.cluster().client();
        kubectl(plant, "-n", SITE, "patch", "moduletwin", TWIN, "--type=merge", "-p", desired("{\"hall\":\"north\"}"));
        Site.await(
                SOON,
                "the module obeys Git",
                () -> twin(client)
                                .getStatus()
                                .properties()
                                .reported()
                                .path("interval")
                                .asInt()
                        == 1);
        argo.awaitSynced(APPLICATIONS);
        var before = versions(client);
        var compared = argo.compared(SITE + "-modules");

        var changes = argo.changesDuring(SOAK);

        assertThat(changes).isEmpty();
        assertThat(versions(client)).isEqualTo(before);
        assertThat(argo.compared(SITE + "-modules")).as("it has looked").isNotEqualTo(compared);
        assertThat(desired(client).toString()).isEqualTo("{\"hall\":\"north\",\"interval\":1}");
        assertThat(twin(client).getSpec().tags()).containsEntry("measures", "weather");
    }

    /** All that Git asks for is on the node; what runs there goes on, so a fleet on bad uplinks is not red. */
    @Test
    @Order(4)
    void aNodeThatIsCutOffLeavesEveryApplicationSyncedAndHealthy(Plant plant) {
        operatorLeaves(plant, NODE);
        argo.awaitSynced(APPLICATIONS);

        var changes = argo.changesWhile(() -> {
            plant.cluster().cut(NODE);
            Site.await(
                    SOON,
                    "hub and modules say that the node is unreachable",
                    () -> ready(plant).allMatch(condition -> condition.reason().equals("NodeUnreachable")));
            argo.awaitCompared(SITE + "-hub", SITE + "-modules");
        });
        var back = argo.changesWhile(() -> {
            plant.cluster().restore(NODE);
            Site.await(
                    SOON,
                    "all are Ready again",
                    () -> ready(plant).allMatch(condition -> condition.status().equals(Condition.TRUE)));
            argo.awaitSynced(APPLICATIONS);
        });

        assertThat(changes).isEmpty();
        assertThat(back).noneMatch(state -> state.contains("Degraded") || state.contains("OutOfSync"));
    }

    /** The condition Ready of all that a node can be out of reach for. */
    private static Stream<Condition> ready(Plant plant) {
        var client = plant.cluster().client();
        return Stream.concat(
                        client.resources(EdgeHub.class).inNamespace(SITE).list().getItems().stream()
                                .map(hub -> hub.getStatus().conditions()),
                        client.resources(EdgeModule.class).inNamespace(SITE).list().getItems().stream()
                                .map(module -> module.getStatus().conditions()))
                .flatMap(List::stream)
                .filter(condition -> condition.type().equals(Condition.READY));
    }

    /** The operator's own Application is about a Deployment, whose pod is to stay within reach. */
    private static void operatorLeaves(Plant plant, String node) {
        kubectl(plant, "cordon", node);
        kubectl(
                plant,
                "--namespace",
                Selvedge.NAMESPACE,
                "delete",
                "pods",
                "--field-selector",
                "spec.nodeName=" + node);
        kubectl(plant, "--namespace", Selvedge.NAMESPACE, "rollout", "status", "deployment/selvedge", "--timeout=90s");
        kubectl(plant, "uncordon", node);
    }

    @Test
    @Order(5)
    void whatLeavesGitIsPruned(Plant plant) throws IOException {
        var client = plant.cluster().client();

        Files.writeString(fleet.file(FILE), Files.readString(fleet.file(FILE)) + "\nmodules: {filter: null}\n");
        fleet.push("No filter");
        argo.refresh(APPLICATIONS);

        Site.await(
                SOON,
                "the module is gone with all that was made for it",
                () -> module(client, "filter") == null
                        && client.apps()
                                        .statefulSets()
                                        .inNamespace(SITE)
                                        .withName("filter--" + NODE)
                                        .get()
                                == null
                        && client.resources(ModuleTwin.class)
                                        .inNamespace(SITE)
                                        .withName("filter." + NODE)
                                        .get()
                                == null);
        argo.awaitSynced(APPLICATIONS);
        assertThat(module(client, Site.SENSOR)).isNotNull();
    }

    @Test
    @Order(6)
    void definitionsThatTheChartMakesNoMoreStayWithTheirSites(Plant plant) throws IOException {
        var client = plant.cluster().client();
        var definitions = ids(definitions(client).list());
        assertThat(definitions).hasSize(3);
        var site = site(client);

        Files.writeString(
                fleet.file(FILE),
                Files.readString(fleet.file(FILE))
                        + "\noperator: {values: {crds: {install: false}, podAnnotations: {definitions: elsewhere}}}\n");
        fleet.push("No definitions");
        argo.refresh(APPLICATIONS);

        Site.await(
                SOON,
                "a sync without them",
                () -> "elsewhere".equals(operator(client).getAnnotations().get("definitions")));
        argo.awaitSynced(APPLICATIONS);
        assertThat(ids(definitions(client).list())).isEqualTo(definitions);
        assertThat(site(client)).isEqualTo(site);
    }

    private static ObjectMeta operator(KubernetesClient client) {
        return client.apps()
                .deployments()
                .inNamespace(Selvedge.NAMESPACE)
                .withName("selvedge")
                .require()
                .getSpec()
                .getTemplate()
                .getMetadata();
    }

    /** In an order that is hard on the site: the operator goes first. */
    @Test
    @Order(7)
    void applicationsThatAreDeletedTakeTheirOwnWithThemButNeitherDefinitionsNorVolumes(Plant plant) {
        var client = plant.cluster().client();
        var definitions = ids(definitions(client).list());
        assertThat(definitions).hasSize(3);
        var site = site(client);
        var volumes = volumes(client);
        assertThat(volumes).isNotEmpty();

        argo.kind("ApplicationSet").inNamespace("argocd").delete();
        argo.delete(SITE, false);
        argo.delete(SITE + "-operator", true);
        Site.await(
                SOON,
                "the operator is gone",
                () -> client.pods()
                        .inNamespace(Selvedge.NAMESPACE)
                        .list()
                        .getItems()
                        .isEmpty());
        assertThat(site(client)).as("the site goes on").isEqualTo(site);

        argo.delete(SITE + "-modules", true);
        argo.delete(SITE + "-hub", true);
        argo.delete(SITE + "-namespace", true);

        assertThat(client.namespaces().withName(SITE).require().isMarkedForDeletion())
                .as("the namespace goes")
                .isFalse();
        assertThat(client.resources(EdgeHub.class).inNamespace(SITE).list().getItems())
                .isEmpty();
        Site.await(
                SOON,
                "the pods are gone",
                () -> client.pods().inNamespace(SITE).list().getItems().isEmpty());
        assertThat(volumes(client)).isEqualTo(volumes);
        assertThat(ids(definitions(client).list())).isEqualTo(definitions);
    }

    @Test
    @Order(8)
    void aSiteComesUpOnABareCluster(Plant plant) throws IOException {
        Files.writeString(fleet.file(FILE), siteFile);
        fleet.push("The site as it was at first");
        kubectl(plant, "delete", "namespace", SITE, Selvedge.NAMESPACE);
        kubectl(plant, "delete", "-f", "helm/crds.yaml");

        comeUp(plant);

        assertThat(ready(plant))
                .isNotEmpty()
                .allMatch(condition -> condition.status().equals(Condition.TRUE));
    }

    private static FilterWatchListDeletable<
                    CustomResourceDefinition, CustomResourceDefinitionList, Resource<CustomResourceDefinition>>
            definitions(KubernetesClient client) {
        return client.apiextensions()
                .v1()
                .customResourceDefinitions()
                .withLabel("app.kubernetes.io/part-of", "selvedge");
    }

    /** The hub and the modules with their pods. */
    private static Map<String, String> site(KubernetesClient client) {
        var site = new TreeMap<String, String>();
        site.putAll(ids(client.resources(EdgeHub.class).inNamespace(SITE).list()));
        site.putAll(ids(client.resources(EdgeModule.class).inNamespace(SITE).list()));
        site.putAll(ids(client.pods().inNamespace(SITE).list()));
        return site;
    }

    private static Map<String, String> ids(KubernetesResourceList<? extends HasMetadata> objects) {
        var ids = new TreeMap<String, String>();
        objects.getItems()
                .forEach(object -> ids.put(
                        object.getKind() + " " + object.getMetadata().getName(),
                        object.getMetadata().getUid()));
        return ids;
    }

    /** Of everything that people and Git write: its version; of twins, whose status lives: the generation, and when Argo CD wrote last. */
    private static Map<String, String> versions(KubernetesClient client) {
        var versions = new TreeMap<String, String>();
        Stream.of(EdgeHub.class, EdgeModule.class)
                .flatMap(kind -> client.resources(kind).inNamespace(SITE).list().getItems().stream())
                .map(HasMetadata.class::cast)
                .forEach(object -> versions.put(
                        object.getKind() + " " + object.getMetadata().getName(),
                        object.getMetadata().getResourceVersion()));
        client.resources(ModuleTwin.class)
                .inNamespace(SITE)
                .list()
                .getItems()
                .forEach(twin -> versions.put(
                        "ModuleTwin " + twin.getMetadata().getName(),
                        twin.getMetadata().getGeneration() + " " + written(twin)));
        return versions;
    }

    private static String written(ModuleTwin twin) {
        return twin.getMetadata().getManagedFields().stream()
                .filter(entry -> ArgoCd.FIELD_MANAGER.equals(entry.getManager()))
                .map(entry -> String.valueOf(entry.getTime()))
                .toList()
                .toString();
    }

    private static Map<String, String> volumes(KubernetesClient client) {
        var volumes = new TreeMap<String, String>();
        client.persistentVolumeClaims()
                .inNamespace(SITE)
                .list()
                .getItems()
                .forEach(claim -> volumes.put(
                        claim.getMetadata().getName(), claim.getSpec().getVolumeName()));
        return volumes;
    }

    private static EdgeModule module(KubernetesClient client, String name) {
        return client.resources(EdgeModule.class)
                .inNamespace(SITE)
                .withName(name)
                .get();
    }

    private static ModuleTwin twin(KubernetesClient client) {
        return client.resources(ModuleTwin.class)
                .inNamespace(SITE)
                .withName(TWIN)
                .require();
    }

    private static JsonNode desired(KubernetesClient client) {
        return twin(client).getSpec().properties().desired();
    }

    private static int threshold(KubernetesClient client) {
        return module(client, "filter")
                .getSpec()
                .twin()
                .desired()
                .path("threshold")
                .asInt();
    }

    private static String desired(String properties) {
        return "{\"spec\":{\"properties\":{\"desired\":" + properties + "}}}";
    }

    private static void kubectl(Plant plant, String... arguments) {
        var command = Stream.concat(
                        Stream.of(
                                plant.cluster().kubectl(),
                                "--kubeconfig",
                                plant.cluster().kubeconfig().toString()),
                        Stream.of(arguments))
                .toArray(String[]::new);
        plant.shell().run(command);
    }
}
