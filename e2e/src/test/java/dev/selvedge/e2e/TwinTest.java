package dev.selvedge.e2e;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

import dev.selvedge.api.v1alpha1.ModuleTwin;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
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

    /** Longer than any interval at which hub or operator look at something. */
    private static final Duration REST = Duration.ofSeconds(30);

    private static final String KINDS =
            "edgehubs,edgemodules,moduletwins,statefulsets,pods,services,secrets,configmaps,persistentvolumeclaims,jobs";
    private static final String VERSIONS =
            "jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.resourceVersion}{\"\\n\"}{end}";

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

    @Test
    void aSiteAtRestWritesNothing(Plant plant) throws IOException {
        var nodes = plant.run();
        patchSensors(plant, nodes, "3600");
        try {
            nodes.forEach(node -> Site.await(
                    LIMIT,
                    "the sensor of " + node + " rests",
                    () -> plant.site()
                            .reported("weather-sensor", node, "interval")
                            .equals("3600")));

            var before = new AtomicReference<>("");
            Awaitility.await("nothing of the site is written")
                    .pollInterval(Duration.ofSeconds(2))
                    .during(REST)
                    .atMost(REST.multipliedBy(4))
                    .until(() -> {
                        var now = plant.kubectl("get", KINDS, "--output", VERSIONS);
                        return before.getAndSet(now).equals(now);
                    });
            assertThat(before.get()).contains("EdgeHub hub", "ModuleTwin filter.", "StatefulSet");
        } finally {
            patchSensors(plant, nodes, "0.5");
        }
    }

    private static void patchSensors(Plant plant, List<String> nodes, String interval) {
        nodes.forEach(node -> plant.kubectl(
                "patch", "mt", "weather-sensor." + node, "--type=merge", "-p", desired("interval", interval)));
    }

    private static String desired(String key, String value) {
        return "{\"spec\":{\"properties\":{\"desired\":{\"" + key + "\":" + value + "}}}}";
    }
}
