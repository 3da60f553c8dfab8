package dev.selvedge.e2e;

import java.io.IOException;
import java.time.Duration;

import io.fabric8.kubernetes.client.readiness.Readiness;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;

/** A change that brings an image, on its way over real nodes. */
@Tag("cluster")
@ExtendWith(Plant.Extension.class)
class RolloutTest {
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final String FILTER = "filter";

    @Test
    void anImageWithNothingInItToRunIsPulledOnEachNodeBeforeTheInstanceIsReplaced(Plant plant) throws IOException {
        var nodes = plant.run();
        var image = plant.site().module("alarm").require().getSpec().image();

        plant.site().patchModule(FILTER, "{\"spec\":{\"image\":\"" + image + "\"}}");

        Site.await(
                SOON,
                "all instances run the new image",
                () -> plant.site().modulePods(FILTER).stream()
                                .filter(pod -> image.equals(pod.getSpec()
                                                .getContainers()
                                                .getFirst()
                                                .getImage())
                                        && Readiness.isPodReady(pod))
                                .count()
                        == nodes.size());
        var client = plant.cluster().client();
        for (var node : nodes) {
            assertThat(client.v1().events().inNamespace(Site.NAMESPACE).list().getItems())
                    .anyMatch(event -> event.getReason().equals("Pulled")
                            && event.getMessage().contains(image)
                            && event.getInvolvedObject().getName().startsWith(FILTER + "--" + node + "-pull-"));
        }
        Site.await(
                SOON,
                "the Jobs that pulled are gone, and their pods",
                () -> client.batch()
                                .v1()
                                .jobs()
                                .inNamespace(Site.NAMESPACE)
                                .list()
                                .getItems()
                                .isEmpty()
                        && client.pods()
                                .inNamespace(Site.NAMESPACE)
                                .withLabel("app.kubernetes.io/component", "pull")
                                .list()
                                .getItems()
                                .isEmpty());
        plant.site().apply(plant.broker());
        plant.site().awaitReady();
        plant.settle();
    }
}
