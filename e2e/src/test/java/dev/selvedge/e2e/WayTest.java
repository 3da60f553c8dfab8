package dev.selvedge.e2e;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.readiness.Readiness;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * A site on the cluster of this run by each way to it: as it was chosen, and as {@code SELVEDGE_KUBECONFIG} names it. Runs on the local cluster with
 * all other tests, there by the second way with images from a registry that wants a password, and beside them on k3s in a container
 * ({@code make e2e-k3s}).
 */
@Tag("cluster")
@ExtendWith(Plant.Extension.class)
class WayTest {
    private static final Duration SOON = Duration.ofMinutes(5);

    @Test
    void aSiteLosesNothingOnTheClusterThatWasChosenAndByItsKubeconfigAlone(Plant plant) throws IOException {
        assertThat(plant.run()).isNotEmpty();
        plant.settle();

        var environment = new HashMap<>(System.getenv());
        var kubeconfig = plant.cluster().kubeconfig().toString();
        environment.put("SELVEDGE_KUBECONFIG", kubeconfig);
        if (plant.cluster().isLocal()) {
            environment.putAll(LocalRegistry.start(plant.shell()).environment());
        }
        try (var named = Plant.open(environment)) {
            assertThat(named.cluster().description()).contains(kubeconfig);
            assertThat(named.run()).isNotEmpty();
            named.cluster().registry().ifPresent(registry -> awaitPodsFrom(registry, named));
            named.settle();
        }
        if (plant.cluster().isLocal()) {
            goBack(plant);
        }
    }

    private static void awaitPodsFrom(Registry registry, Plant plant) {
        awaitImages(registry.name(), plant);
        assertThat(pods(plant))
                .as("what the nodes say that they have pulled")
                .flatExtracting(pod -> pod.getStatus().getContainerStatuses())
                .allSatisfy(container -> assertThat(container.getImageID())
                        .startsWith(registry.host() + "/")
                        .contains("@sha256:"));
    }

    /** To the images that were loaded onto the nodes, which the other tests are about. */
    private static void goBack(Plant plant) throws IOException {
        Selvedge.install(plant.shell(), plant.cluster());
        plant.run();
        awaitImages("selvedge.dev", plant);
        plant.settle();
    }

    private static void awaitImages(String registry, Plant plant) {
        Site.await(
                SOON,
                "all pods are of images from " + registry,
                () -> pods(plant).stream().allMatch(pod -> Readiness.isPodReady(pod) && isFrom(registry, pod)));
        plant.site().awaitReady();
    }

    private static boolean isFrom(String registry, Pod pod) {
        return pod.getSpec().getContainers().stream()
                .allMatch(container -> container.getImage().startsWith(registry + "/"));
    }

    /** The operator, hubs and modules. */
    private static List<Pod> pods(Plant plant) {
        var pods = new ArrayList<>(plant.site().pods());
        pods.addAll(plant.cluster()
                .client()
                .pods()
                .inNamespace(Selvedge.NAMESPACE)
                .list()
                .getItems());
        return pods;
    }

    @Test
    void aWayThatIsNoneIsAnError(Plant plant) {
        assertThatThrownBy(() -> Cluster.choose(plant.shell(), Map.of("SELVEDGE_CLUSTER", "moon")))
                .hasMessage("SELVEDGE_CLUSTER is k3s or local, not moon");
    }
}
