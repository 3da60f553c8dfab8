package dev.selvedge.e2e;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.readiness.Readiness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What docs/how-to/upgrade.md promises: from the {@link PreviousRelease} to this one and back, on a site that is cut off and keeps messages. */
@Tag("cluster")
@Tag("chart")
@ExtendWith(Plant.Extension.class)
class UpgradeTest {
    private static final Duration SOON = Duration.ofMinutes(4);
    /** Messages that come on top in the hub of every node in each part of the story. */
    private static final long MORE = 100;

    @AfterEach
    void mend(Plant plant) throws IOException {
        plant.broker().restore();
        Selvedge.install(plant.shell(), plant.cluster());
        plant.run();
        awaitRelease(plant, Selvedge.version(plant.shell()));
        plant.site().nodes().forEach(node -> obey(plant, node, "0.5"));
    }

    @Test
    void aSiteThatIsCutOffGoesToThisReleaseAndBackAndLosesNothing(Plant plant) throws IOException {
        assumeTrue(
                PreviousRelease.known(plant.shell()),
                "the previous release is in the history: git fetch --unshallow --tags");
        var previous = PreviousRelease.bring(plant.shell(), plant.cluster());
        plant.clear();
        Selvedge.install(plant.shell(), plant.cluster(), previous.chart());
        var site = new Site(plant.shell(), plant.cluster(), previous.quickstart());
        site.apply(plant.broker());
        awaitRelease(plant, previous.version());
        site.nodes().forEach(node -> obey(plant, node, "0.1"));
        plant.awaitReadings(site.sources());

        plant.broker().cut();
        var waiting = awaitMore(plant, Map.of());
        var arrived = plant.ledger().arrived();
        var kept = kept(plant);

        Selvedge.install(plant.shell(), plant.cluster());
        awaitRelease(plant, Selvedge.version(plant.shell()));
        assertThat(kept(plant)).isEqualTo(kept);
        waiting = awaitMore(plant, waiting);
        site.nodes().forEach(node -> obey(plant, node, "0.2"));
        kept = kept(plant);

        Selvedge.rollback(plant.shell(), plant.cluster());
        awaitRelease(plant, previous.version());
        assertThat(kept(plant)).isEqualTo(kept);
        awaitMore(plant, waiting);
        assertThat(plant.ledger().arrived()).as("arrived while it was cut off").isEqualTo(arrived);

        plant.broker().restore();
        plant.awaitReadings(site.sources());
        plant.settle();
    }

    /** Waits until definitions, operator and all hubs are of a release, and the site is Ready. */
    private static void awaitRelease(Plant plant, String version) {
        var definitions = plant.cluster().client().apiextensions().v1().customResourceDefinitions();
        assertThat(List.of(EdgeHub.class, EdgeModule.class, ModuleTwin.class))
                .allSatisfy(kind -> assertThat(definitions
                                .withName(HasMetadata.getFullResourceName(kind))
                                .require()
                                .getMetadata()
                                .getLabels())
                        .containsEntry("app.kubernetes.io/version", version));
        Site.await(SOON, "all hubs are of " + version, () -> {
            var nodes = plant.site().nodes();
            return !nodes.isEmpty()
                    && nodes.stream().allMatch(node -> runs(plant.site().hubPod(node), version));
        });
        plant.site().awaitReady();
    }

    private static boolean runs(Pod hub, String version) {
        return Readiness.isPodReady(hub)
                && hub.getSpec().getContainers().getFirst().getImage().endsWith("/hub:" + version);
    }

    /** Waits until more messages than before wait on every node, all of them accounted for. */
    private static Map<String, Long> awaitMore(Plant plant, Map<String, Long> before) {
        var now = new TreeMap<String, Long>();
        for (var node : plant.site().nodes()) {
            var enough = before.getOrDefault(node, 0L) + MORE;
            Site.await(
                    SOON,
                    enough + " messages wait on " + node,
                    () -> plant.site().stored(node) >= enough);
            now.put(node, plant.site().stored(node));
            assertThat(HubMetrics.read(
                                    plant.cluster().client(),
                                    Site.NAMESPACE,
                                    plant.site().hubPod(node).getMetadata().getName())
                            .sum("selvedge_account_mismatch"))
                    .as("messages on " + node + " that are not accounted for")
                    .isZero();
        }
        System.out.println("waiting on the nodes: " + now);
        return now;
    }

    /** Asks the sensor of a node for another interval and waits until it obeys. */
    private static void obey(Plant plant, String node, String interval) {
        plant.site().patchDesired(Site.SENSOR, node, "{\"interval\":" + interval + "}");
        Site.await(
                SOON,
                "the sensor of " + node + " obeys",
                () -> plant.site().reported(Site.SENSOR, node, "interval").equals(interval));
    }

    /**
     * What a change of the release must leave as it is: the modules' twins and what the sensors reported; all Secrets, with keys, certificates and
     * connection strings; the volumes; and the pods of modules.
     */
    private static Map<String, String> kept(Plant plant) {
        var client = plant.cluster().client();
        var kept = new TreeMap<String, String>();
        for (var twin : client.resources(ModuleTwin.class)
                .inNamespace(Site.NAMESPACE)
                .list()
                .getItems()) {
            if (!twin.getSpec().moduleId().startsWith("$")) {
                kept.put(
                        name(twin),
                        twin.getMetadata().getUid() + ", desired "
                                + twin.getSpec().properties().desired());
            }
        }
        for (var node : plant.site().nodes()) {
            kept.put(
                    "reported on " + node,
                    plant.site().reported(Site.SENSOR, node, "interval") + " by run "
                            + plant.site().reported(Site.SENSOR, node, "run"));
        }
        client.secrets()
                .inNamespace(Site.NAMESPACE)
                .list()
                .getItems()
                .forEach(secret -> kept.put(name(secret), secret.getData().toString()));
        client.persistentVolumeClaims()
                .inNamespace(Site.NAMESPACE)
                .list()
                .getItems()
                .forEach(claim -> kept.put(name(claim), claim.getSpec().getVolumeName()));
        plant.site().pods().stream()
                .filter(pod -> pod.getMetadata().getLabels().containsKey("selvedge.dev/module"))
                .forEach(pod -> kept.put(name(pod), pod.getMetadata().getUid()));
        return kept;
    }

    private static String name(HasMetadata object) {
        return object.getKind() + " " + object.getMetadata().getName();
    }
}
