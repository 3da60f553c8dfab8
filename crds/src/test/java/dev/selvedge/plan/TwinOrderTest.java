package dev.selvedge.plan;

import java.util.Map;
import java.util.stream.Stream;

import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.ModuleTwinSpec;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class TwinOrderTest {
    private static final String NODE = "press.plant";

    @Test
    void theOneThatTheOperatorMadeForTheNodeComesBeforeOlderOnes() {
        var ofTheOldNode = made("sensor", "sensor.press-old", "s", 1);
        var misnamed = twin("sensor-twin", "s", Map.of(), 2);
        var ofAnotherName = made("sensor", "mine." + NODE, "s", 3);

        assertThat(first(ofTheOldNode, misnamed, ofAnotherName, made("sensor", "sensor." + NODE, "s", 4)))
                .isEqualTo("sensor." + NODE);
        assertThat(first(ofAnotherName, misnamed, ofTheOldNode)).isEqualTo("sensor.press-old");
    }

    /** When another EdgeModule takes a node over, the twin of the first may stay with what people set on it. */
    @Test
    void ofSeveralThatTheOperatorMadeTheYoungestComesFirst() {
        assertThat(first(made("b", "b." + NODE, "s", 1), made("a", "a." + NODE, "s", 2)))
                .isEqualTo("a." + NODE);
    }

    @Test
    void theHubsOwnIsFoundByItsNameAlone() {
        assertThat(first(
                        twin("edgehub.press-old", "$edgeHub", Map.of(), 1),
                        twin("edgehub." + NODE, "$edgeHub", Map.of(), 2)))
                .isEqualTo("edgehub." + NODE);
    }

    @Test
    void ofTheTwinsOfADownstreamDeviceTheOlderComesFirst() {
        var labels = Map.of("selvedge.dev/node", NODE, "selvedge.dev/module", "camera");

        assertThat(first(twin("camera." + NODE, null, labels, 2), twin("camera", null, Map.of(), 1)))
                .isEqualTo("camera");
        assertThat(first(twin("b", null, labels, 1), twin("a", null, labels, 1)))
                .isEqualTo("a");
    }

    private static String first(ModuleTwin... twins) {
        return Stream.of(twins)
                .min(TwinOrder.on(NODE))
                .orElseThrow()
                .getMetadata()
                .getName();
    }

    private static ModuleTwin made(String module, String name, String moduleId, int day) {
        return twin(name, moduleId, Map.of("selvedge.dev/module", module), day);
    }

    private static ModuleTwin twin(String name, @Nullable String moduleId, Map<String, String> labels, int day) {
        var twin = new ModuleTwin();
        twin.setMetadata(new ObjectMetaBuilder()
                .withName(name)
                .withLabels(labels)
                .withCreationTimestamp("2026-03-0" + day + "T12:00:00Z")
                .build());
        twin.setSpec(new ModuleTwinSpec("press", moduleId, moduleId == null ? "press" : null, null, null, null));
        return twin;
    }
}
