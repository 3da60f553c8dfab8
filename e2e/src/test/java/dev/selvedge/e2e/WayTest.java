package dev.selvedge.e2e;

import java.io.IOException;
import java.util.Map;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * A site on the cluster of this run by each way to it: as it was chosen, and as {@code SELVEDGE_KUBECONFIG} names it. Runs on the local cluster with
 * all other tests, and beside them on k3s in a container ({@code make e2e-k3s}).
 */
@Tag("cluster")
@ExtendWith(Plant.Extension.class)
class WayTest {
    @Test
    void aSiteLosesNothingOnTheClusterThatWasChosenAndByItsKubeconfigAlone(Plant plant) throws IOException {
        assertThat(plant.run()).isNotEmpty();
        plant.settle();

        var kubeconfig = plant.cluster().kubeconfig().toString();
        try (var named = Plant.open(Map.of("SELVEDGE_KUBECONFIG", kubeconfig))) {
            assertThat(named.cluster().description()).contains(kubeconfig);
            assertThat(named.run()).isNotEmpty();
            named.settle();
        }
    }

    @Test
    void aWayThatIsNoneIsAnError(Plant plant) {
        assertThatThrownBy(() -> Cluster.choose(plant.shell(), Map.of("SELVEDGE_CLUSTER", "moon")))
                .hasMessage("SELVEDGE_CLUSTER is k3s or local, not moon");
    }
}
