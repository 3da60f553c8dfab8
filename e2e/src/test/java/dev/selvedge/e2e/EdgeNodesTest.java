package dev.selvedge.e2e;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class EdgeNodesTest {
    private static final Path KUBECONFIG = Path.of("/tmp/plant.kubeconfig");

    @Test
    void oneWithTheLabelIsEnough() {
        assertThat(EdgeNodes.missing(
                        List.of(node("a", Map.of()), node("b", Map.of("selvedge.dev/edge", "true"))), KUBECONFIG))
                .isEmpty();
    }

    @Test
    void whereNoneHasItTheCommandNamesNodesThatTakePods() {
        var controlPlane = node("a-control-plane", Map.of())
                .edit()
                .editOrNewSpec()
                .addNewTaint()
                .withKey("node-role.kubernetes.io/control-plane")
                .withEffect("NoSchedule")
                .endTaint()
                .endSpec()
                .build();
        var cordoned = node("b-cordoned", Map.of())
                .edit()
                .editOrNewSpec()
                .withUnschedulable(true)
                .endSpec()
                .build();

        assertThat(EdgeNodes.missing(
                        List.of(node("d", Map.of()), node("c", Map.of()), cordoned, controlPlane), KUBECONFIG))
                .get()
                .asString()
                .endsWith("\n  kubectl --kubeconfig /tmp/plant.kubeconfig label node c d selvedge.dev/edge=true");
    }

    @Test
    void whereNoneTakesPodsTheCommandLeavesTheNameOut() {
        assertThat(EdgeNodes.missing(List.of(), KUBECONFIG)).get().asString().contains(" label node NODE ");
    }

    private static Node node(String name, Map<String, String> labels) {
        return new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(labels)
                .endMetadata()
                .build();
    }
}
