package dev.selvedge.operator.cache;

import java.util.List;
import java.util.Map;

import dev.selvedge.plan.SiteNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

final class NodesTest {
    private static final SiteNode NAMED = SiteNode.of("edge-1", Map.of(), true);
    private static final Pod CUT_OFF = pod("False", "True");
    private static final Pod READY = pod("True", "True");
    private static final Pod DOWN = pod("False", "False");

    @Test
    void podsTellWhetherANamedNodeAnswers() {
        assertThat(Nodes.of(NAMED, List.of()).reachable()).isTrue();
        assertThat(Nodes.of(NAMED, List.of(DOWN)).reachable())
                .as("nobody tells")
                .isTrue();
        assertThat(Nodes.of(NAMED, List.of(READY, DOWN)).reachable()).isTrue();
        assertThat(Nodes.of(NAMED, List.of(DOWN, CUT_OFF)).reachable()).isFalse();
        assertThat(Nodes.of(NAMED, List.of(CUT_OFF, READY)).reachable())
                .as("it is back, and has not told of all of them yet")
                .isTrue();
    }

    private static Pod pod(String ready, String containers) {
        return Serialization.unmarshal("""
                apiVersion: v1
                kind: Pod
                metadata: {name: m--edge-1-0}
                status:
                  conditions: [{type: Ready, status: "%s"}, {type: ContainersReady, status: "%s"}]
                """.formatted(ready, containers), Pod.class);
    }
}
