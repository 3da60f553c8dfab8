package dev.selvedge.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.selvedge.api.v1alpha1.EdgeModule;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * One image for two architectures in a registry that wants a password: {@code busybox} for this machine's, and under the same tag an image of nothing
 * for the other.
 */
@Tag("cluster")
@ExtendWith(Plant.Extension.class)
class RegistryTest {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> ARCHITECTURES = List.of("amd64", "arm64");
    private static final String MODULE = "valve";

    @TempDir
    private static Path folder;

    private static Map<String, String> environment = Map.of();

    @BeforeAll
    static void pushBoth(Plant plant) throws IOException {
        assumeTrue(plant.cluster().isLocal(), "the registry of cluster/ is beside the cluster of cluster/");
        environment = LocalRegistry.start(plant.shell()).environment();
        var machine = shell().run("dpkg", "--print-architecture");
        for (var architecture : ARCHITECTURES) {
            var archive = Files.createDirectory(folder.resolve(architecture)).resolve("busybox.tar");
            if (architecture.equals(machine)) {
                var built = shell().run("images/build", "busybox").lines().toList();
                Files.copy(Path.of(built.getLast()), archive);
            } else {
                writeNothing(architecture, archive);
            }
        }
        push(String.join(",", ARCHITECTURES), folder);
    }

    /** An image without a file in it. */
    private static void writeNothing(String architecture, Path archive) {
        var image = folder.resolve("nothing") + ":image";
        shell().run("umoci", "init", "--layout", folder.resolve("nothing").toString());
        shell().run("umoci", "new", "--image", image);
        shell().run("umoci", "config", "--image", image, "--architecture", architecture);
        shell().run("skopeo", "copy", "-q", "oci:" + image, "docker-archive:" + archive + ":nothing:1");
    }

    private static void push(String architectures, Path archives) {
        var from = archives.toString();
        shell().run(
                        "images/build",
                        "--arch",
                        architectures,
                        "--images",
                        from,
                        "--push",
                        registry().name(),
                        "busybox");
    }

    @Test
    void eachArchitectureFindsItsOwnUnderTheOneTag() throws IOException {
        assertThat(inspect("--raw").required("manifests"))
                .extracting(manifest -> manifest.required("platform").toString())
                .containsExactly(
                        "{\"os\":\"linux\",\"architecture\":\"amd64\"}",
                        "{\"os\":\"linux\",\"architecture\":\"arm64\"}");
        for (var architecture : ARCHITECTURES) {
            assertThat(inspect("--config", "--override-arch", architecture)
                            .required("architecture")
                            .asText())
                    .isEqualTo(architecture);
        }
    }

    @Test
    void anArchiveOfAnotherArchitectureIsNotPushed() throws IOException {
        var wrong = Files.createDirectories(folder.resolve("wrong/arm64"));
        Files.copy(folder.resolve("amd64/busybox.tar"), wrong.resolve("busybox.tar"));

        assertThatThrownBy(() -> push("arm64", folder.resolve("wrong")))
                .hasMessageContaining("wrong/arm64/busybox.tar is for amd64, not for arm64");
    }

    @Test
    void aModuleSaysThatTheRegistryWantsCredentialsAndRunsWhenItHasThem(Plant plant) throws IOException {
        plant.run();
        var client = plant.cluster().client();
        var secret = registry().pullSecret(Site.NAMESPACE).orElseThrow();
        client.resource(Serialization.unmarshal("""
                        apiVersion: selvedge.dev/v1alpha1
                        kind: EdgeModule
                        metadata: {name: valve, namespace: site}
                        spec:
                          image: %s
                          podTemplate:
                            spec:
                              imagePullSecrets: [{name: registry}]
                              containers:
                                - name: module
                                  command: [sh, -c, "trap exit TERM; sleep 86400 & wait"]
                                  securityContext: {runAsUser: 10001}
                        """.formatted(image()), EdgeModule.class))
                .serverSideApply();
        try {
            Site.await(
                    SOON,
                    "the module says what is missing",
                    () -> plant.site()
                            .trouble(MODULE)
                            .matches(
                                    "(?s)ImagePullBackOff: .*\\Q" + image() + "\\E.*the registry wants credentials.*"));

            client.resource(secret).serverSideApply();

            plant.site().awaitReady(MODULE);
            assertThat(plant.site().modulePods(MODULE))
                    .isNotEmpty()
                    .flatExtracting(pod -> pod.getStatus().getContainerStatuses())
                    .allSatisfy(container -> assertThat(container.getImageID())
                            .startsWith(registry().host() + "/")
                            .contains("/busybox@sha256:"));
        } finally {
            plant.site().module(MODULE).delete();
            client.resource(secret).delete();
        }
        plant.settle();
    }

    private static JsonNode inspect(String... flags) throws IOException {
        var command = new ArrayList<>(List.of("skopeo", "inspect"));
        command.add(environment.getOrDefault("SKOPEO_FLAGS", "").replace("--dest-", "--"));
        command.addAll(List.of(flags));
        command.add("docker://" + image());
        return JSON.readTree(shell().run(command.toArray(String[]::new)));
    }

    private static Registry registry() {
        return Registry.of(environment).orElseThrow();
    }

    private static String image() {
        return registry().name() + "/busybox:1";
    }

    /** Knows the registry. */
    private static Shell shell() {
        var shell = new Shell(Shell.projectRoot());
        environment.forEach(shell::with);
        return shell;
    }
}
