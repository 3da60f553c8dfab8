package dev.selvedge.operator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

import dev.selvedge.operator.chart.Chart;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable.Validation;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/** Good and bad custom resources, given to a real API server that has the CRDs as they are published. */
@Tag("cluster")
final class FixturesClusterTest {
    private static final Path FIXTURES = Path.of("../crds/src/test/resources/fixtures");
    private static final Path CRDS = Path.of("../helm/crds.yaml");
    private static final String REFUSED = "# refused: ";
    private static final String NAMESPACE =
            "fixtures-" + UUID.randomUUID().toString().substring(0, 8);

    private static KubernetesClient client;

    @BeforeAll
    static void install() throws IOException {
        client = new KubernetesClientBuilder().withConfig(TestCluster.config()).build();
        try (var in = Files.newInputStream(CRDS)) {
            client.load(in)
                    .items()
                    .forEach(crd -> client.resource(crd)
                            .fieldManager("test")
                            .forceConflicts()
                            .serverSideApply());
        }
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(NAMESPACE)
                        .endMetadata()
                        .build())
                .create();
        for (var plural : List.of("edgehubs", "edgemodules", "moduletwins")) {
            await().atMost(Duration.ofSeconds(20)).until(() -> established(plural + ".selvedge.dev"));
        }
    }

    private static boolean established(String crd) {
        List<Map<String, String>> conditions = client.genericKubernetesResources(
                        "apiextensions.k8s.io/v1", "CustomResourceDefinition")
                .withName(crd)
                .require()
                .get("status", "conditions");
        return conditions != null
                && conditions.stream()
                        .anyMatch(condition ->
                                "Established".equals(condition.get("type")) && "True".equals(condition.get("status")));
    }

    @AfterAll
    static void remove() {
        client.namespaces().withName(NAMESPACE).delete();
        client.close();
    }

    @ParameterizedTest
    @MethodSource("valid")
    void isTaken(Path fixture) throws IOException {
        var objects = objects(fixture);

        assertThat(objects).hasSize(1);
        assertThat(send(objects.getFirst(), true).create()).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({"hub,munich", "hub,lyon", "modules,munich", "modules,lyon"})
    void theGitOpsExampleIsTaken(String chart, String site) {
        assertThat(Chart.renderForSite(chart, site)).isNotEmpty().allSatisfy(object -> {
            object.getMetadata().setNamespace(NAMESPACE);
            assertThat(send(object, true).create()).isNotNull();
        });
    }

    /** Of two objects the first is taken and the second would replace it. */
    @ParameterizedTest
    @MethodSource("invalid")
    void isRefusedInWords(Path fixture) throws IOException {
        var expected = Files.readAllLines(fixture).getFirst();
        assertThat(expected).startsWith(REFUSED);
        var objects = objects(fixture);
        var update = objects.size() == 2;
        if (update) {
            send(objects.getFirst(), false).serverSideApply();
        }
        var last = send(objects.getLast(), true);

        assertThatThrownBy(update ? last::serverSideApply : last::create)
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining(expected.substring(REFUSED.length()));

        client.resource(objects.getFirst()).delete();
    }

    private static NonDeletingOperation<GenericKubernetesResource> send(
            GenericKubernetesResource object, boolean dryRun) {
        return client.resource(object).dryRun(dryRun).fieldValidation(Validation.STRICT);
    }

    private static List<GenericKubernetesResource> objects(Path fixture) throws IOException {
        return Arrays.stream(Files.readString(fixture).split("(?m)^---$"))
                .map(yaml -> Serialization.unmarshal(yaml, GenericKubernetesResource.class))
                .peek(object -> object.getMetadata().setNamespace(NAMESPACE))
                .toList();
    }

    private static Stream<Path> valid() throws IOException {
        return fixtures("valid-");
    }

    private static Stream<Path> invalid() throws IOException {
        return fixtures("invalid-");
    }

    private static Stream<Path> fixtures(String prefix) throws IOException {
        try (var files = Files.list(FIXTURES)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix)).sorted().toList().stream();
        }
    }
}
