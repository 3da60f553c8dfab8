package dev.selvedge.e2e;

import java.io.IOException;
import java.time.Duration;

import dev.selvedge.api.v1alpha1.ModuleTwin;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/** A desired property on its way from {@code kubectl} to a module in a pod, and back as a reported one. */
@Tag("cluster")
@ExtendWith(Plant.Extension.class)
class TwinTest {
    /** People are promised two seconds of a machine that has nothing else to do. */
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @AfterAll
    static void settle(Plant plant) {
        plant.settle();
    }

    @ParameterizedTest
    @CsvSource({"weather-sensor, interval, 0.3, 0.5", "filter, threshold, 4, 3"})
    void aPatchReachesTheModuleAndWhatItReportsIsShown(
            String module, String key, String value, String before, Plant plant) throws IOException {
        var node = plant.run().getFirst();
        var name = module + "." + node;
        plant.site().awaitConnected(module, node, key);

        for (var wanted : new String[] {value, before}) {
            plant.kubectl("patch", "mt", name, "--type=merge", "-p", desired(key, wanted));
            var start = System.nanoTime();
            Site.await(
                    LIMIT,
                    module + " obeys and has reported it",
                    () -> plant.site().reported(module, node, key).equals(wanted));
            System.out.printf(
                    "%s obeys and has reported %s %s after %.1f s%n",
                    module, key, wanted, (System.nanoTime() - start) / 1e9);

            var shown = Serialization.unmarshal(plant.kubectl("get", "mt", name, "-o", "yaml"), ModuleTwin.class);
            assertThat(shown.getStatus().properties().reported().path(key).asText())
                    .isEqualTo(wanted);
        }
    }

    private static String desired(String key, String value) {
        return "{\"spec\":{\"properties\":{\"desired\":{\"" + key + "\":" + value + "}}}}";
    }
}
