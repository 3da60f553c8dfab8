package dev.selvedge.e2e;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import dev.selvedge.api.v1alpha1.ModuleTwin;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;

/** What goes and what stays when a user deletes things, and what comes back with them. */
@Tag("cluster")
@Tag("chart")
@ExtendWith(Plant.Extension.class)
class LifecycleTest {
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final long BACKLOG = 20;

    @AfterEach
    void mend(Plant plant) {
        plant.broker().restore();
    }

    /** Whatever was done here, nothing is lost. */
    @AfterAll
    static void settle(Plant plant) {
        plant.settle();
    }

    @Test
    void aDeletedModuleLeavesNothingButTheHubsVolume(Plant plant) throws IOException {
        plant.run();
        var volumes = volumes(plant);

        plant.site().module("filter").delete();

        Site.await(
                SOON,
                "all that was made for the module is gone",
                () -> made(plant, "filter").isEmpty());
        assertThat(volumes(plant)).isEqualTo(volumes).isNotEmpty();
        plant.awaitReadings(plant.site().sources());
        plant.site().apply(plant.broker());
        plant.site().awaitReady();
        Site.await(
                SOON,
                "the module is new, with the twin of the manifest",
                () -> plant.site()
                        .reported("filter", plant.site().nodes().getFirst(), "threshold")
                        .equals("3"));
    }

    @Test
    void aHubThatIsMadeAgainDeliversTheBacklogOfTheDeletedOne(Plant plant) throws IOException {
        var nodes = plant.run();
        var sources = plant.site().sources();
        plant.broker().cut();
        plant.site().awaitBacklog(sources, BACKLOG, plant.ledger());
        var volumes = volumes(plant);

        plant.site().endSensors(plant.site().modulePods(Site.SENSOR), plant.ledger(), () -> {
            plant.site().hub("hub").delete();
            Site.await(SOON, "the hubs are gone", () -> plant.site().nodes().isEmpty());
        });
        assertThat(volumes(plant)).isEqualTo(volumes).hasSameSizeAs(nodes);
        plant.broker().restore();
        plant.site().apply(plant.broker());
        plant.site().awaitReady();

        plant.awaitReadings(sources);
        plant.site().awaitDelivery(sources, plant.ledger());
    }

    private static List<String> volumes(Plant plant) {
        return plant.cluster().client().persistentVolumeClaims().inNamespace(Site.NAMESPACE).list().getItems().stream()
                .map(PersistentVolumeClaim::getSpec)
                .map(spec -> spec.getVolumeName())
                .sorted()
                .toList();
    }

    private static List<HasMetadata> made(Plant plant, String module) {
        var client = plant.cluster().client();
        return Stream.of(
                        labelled(client.pods(), module),
                        labelled(client.secrets(), module),
                        labelled(client.services(), module),
                        labelled(client.apps().statefulSets(), module),
                        labelled(client.resources(ModuleTwin.class), module))
                .<HasMetadata>flatMap(List::stream)
                .toList();
    }

    private static <T extends HasMetadata, L extends KubernetesResourceList<T>> List<T> labelled(
            MixedOperation<T, L, ?> kind, String module) {
        return kind.inNamespace(Site.NAMESPACE)
                .withLabel("selvedge.dev/module", module)
                .list()
                .getItems();
    }
}
