package dev.selvedge.operator;

import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.json.Nesting;
import io.fabric8.kubernetes.client.Config;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

final class OperatorMainTest {
    /** What cannot be read ends a watch, and with it the process. */
    @Test
    void readsTwinsHoweverDeepTheyAreNested() {
        var deep = "{\"a\":".repeat(9_900) + "{}" + "}".repeat(9_900);
        var twin = "{\"spec\": {\"deviceId\": \"d\", \"properties\": {\"desired\": " + deep + "}}}";
        try (var client = OperatorMain.client(Config.empty())) {
            var read = client.getKubernetesSerialization()
                    .unmarshal(twin, ModuleTwin.class)
                    .getSpec();
            assertThat(read.deviceId()).isEqualTo("d");
            assertThat(Nesting.tooDeep(read.properties().desired())).isTrue();
        }
    }
}
