package dev.selvedge.operator.render;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

final class NamesTest {
    private static final String FORTY = "a".repeat(40);

    @Test
    void plainNamesStayPlain() {
        assertThat(Names.hub("edge-1")).isEqualTo("edgehub--edge-1");
        assertThat(Names.instance("sensor", "edge-1")).isEqualTo("sensor--edge-1");
    }

    @ParameterizedTest
    @CsvSource({"edge-1.plant.example", "n.", "a-very-long-node-name-of-a-very-large-machine-in-a-large-hall"})
    void awkwardNodesGetANameThatFitsAndStaysApart(String node) {
        for (var module : new String[] {"edgehub", "m", FORTY}) {
            var name = Names.instance(module, node);
            assertThat(name).hasSizeLessThanOrEqualTo(52).matches("[a-z0-9]([a-z0-9-]*[a-z0-9])?");
            assertThat(Names.pull(name, "this"))
                    .as("a pod's label holds it")
                    .hasSizeLessThanOrEqualTo(63)
                    .isNotEqualTo(Names.pull(name, "that"));
            assertThat(name).startsWith(module + "--").isNotEqualTo(Names.instance(module, node + "x"));
        }
    }
}
