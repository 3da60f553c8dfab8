package dev.selvedge.e2e;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** A node is drained, becomes another device, and is replaced by another with its volume: what {@code docs/operations/nodes.md} tells people to do. */
@Tag("cluster")
@ExtendWith(Plant.Extension.class)
class NodesTest {
    private static final Duration SOON = Duration.ofMinutes(3);
    private static final long BACKLOG = 20;
    private static final String DEVICE_ID = "selvedge.dev/device-id";
    private static final String MOVED = "moved-disk";

    @AfterEach
    void mend(Plant plant) {
        plant.broker().restore();
        for (var node : plant.cluster().client().nodes().list().getItems()) {
            var name = node.getMetadata().getName();
            plant.kubectl("uncordon", name);
            plant.cluster().label(name, DEVICE_ID, null);
            if (!plant.site().device(name).equals(name)) {
                letGo(plant, name);
            }
            plant.cluster().label(name, Cluster.EDGE, "true");
        }
    }

    /** Whatever was done here, nothing is lost. */
    @AfterAll
    static void settle(Plant plant) throws IOException {
        plant.run();
        plant.settle();
    }

    @Test
    void whatTheHubOfADrainedNodeAcknowledgedIsDeliveredWhenItIsUncordoned(Plant plant) throws IOException {
        var nodes = plant.run();
        assumeTrue(nodes.size() > 1, "the operator needs another node");
        var node = nodes.getFirst();
        backlog(plant, node);

        endSensor(
                plant,
                node,
                () -> plant.kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=90s"));
        Site.await(
                SOON,
                "the module says why it does not run there",
                () -> plant.site().trouble(Site.SENSOR).startsWith("NodeCordoned: " + node + ": the node is cordoned"));
        plant.broker().restore();
        plant.awaitReadings(source(nodes.getLast()));
        plant.kubectl("uncordon", node);

        plant.site().awaitReady();
        plant.awaitReadings(source(node));
        plant.site().awaitDelivery(List.of(source(node)), plant.ledger());
        plant.settle();
    }

    @Test
    void aNodeBecomesAnotherDeviceWhenItIsLetGoOfAndNotBefore(Plant plant) throws IOException {
        var node = plant.run().getLast();
        plant.cluster().label(node, DEVICE_ID, "press-2");
        Site.await(SOON, "the hub says so", () -> plant.site().reasons().contains("DeviceIdChanged"));
        plant.awaitReadings(source(node));

        plant.settle();
        letGo(plant, node);
        plant.run();
        plant.awaitReadings(source("press-2"));
        plant.settle();

        plant.cluster().label(node, DEVICE_ID, null);
        Site.await(SOON, "the hub says so", () -> plant.site().reasons().contains("DeviceIdChanged"));
        letGo(plant, node);
        plant.run();
        plant.awaitReadings(source(node));
    }

    @Test
    void aNewNodeWithTheOldVolumeDeliversWhatTheOldNodeTook(Plant plant) throws IOException {
        assumeTrue(plant.cluster().isLocal(), "disks are moved from node to node");
        var nodes = plant.run();
        assumeTrue(nodes.size() > 1, "there is another node");
        var old = nodes.getFirst();
        var box = nodes.getLast();
        plant.site().patchDesired(Site.SENSOR, box, "{\"interval\":0.5}");
        plant.settle();
        leave(plant, box);
        plant.run();
        backlog(plant, old);

        endSensor(plant, old, () -> {
            plant.cluster().label(old, Cluster.EDGE, null);
            Site.await(SOON, "the old node is gone", () -> plant.site().nodes().isEmpty());
        });
        moveDisk(plant, old, box);
        plant.cluster().label(box, DEVICE_ID, old);
        plant.cluster().label(box, Cluster.EDGE, "true");
        plant.broker().restore();

        plant.site().awaitReady();
        plant.awaitReadings(source(old));
        plant.site().awaitDelivery(List.of(source(old)), plant.ledger());
        plant.settle();

        leave(plant, box);
        plant.cluster().client().persistentVolumes().withName(MOVED).delete();
        deleteClaim(plant, old);
    }

    /** The uplink is cut, and what the hub of a node has acknowledged since waits there. */
    private static void backlog(Plant plant, String node) {
        plant.broker().cut();
        plant.site().awaitBacklog(List.of(source(node)), BACKLOG, plant.ledger());
    }

    private static void endSensor(Plant plant, String node, Runnable end) {
        plant.site().endSensors(List.of(plant.site().modulePod(Site.SENSOR, node)), plant.ledger(), end);
    }

    private static String source(String device) {
        return device + "/" + Site.SENSOR;
    }

    /** As the docs say. */
    private static void letGo(Plant plant, String node) {
        plant.kubectl("delete", "moduletwin", "edgehub." + node);
        plant.kubectl("delete", "moduletwin", "--selector", modulesOf(node), "--wait=false");
        plant.kubectl("delete", "pvc", "edgehub--" + node, "--wait=false", "--ignore-not-found");
        plant.kubectl("delete", "pod", "edgehub--" + node + "-0", "--ignore-not-found");
    }

    /** A node leaves for good: its volume goes, too, and twins on which somebody set properties. */
    private static void leave(Plant plant, String node) {
        plant.cluster().label(node, Cluster.EDGE, null);
        Site.await(SOON, node + " has no hub", () -> !plant.site().nodes().contains(node));
        deleteClaim(plant, node);
        plant.kubectl("delete", "moduletwin", "--selector", modulesOf(node));
    }

    private static String modulesOf(String node) {
        return "selvedge.dev/module,selvedge.dev/node=" + node;
    }

    private static void deleteClaim(Plant plant, String node) {
        plant.kubectl("delete", "pvc", "edgehub--" + node);
    }

    /** The folder of the old node's volume, on the disk of the new one, with a volume and a claim that lead to it. */
    private static void moveDisk(Plant plant, String from, String to) {
        var client = plant.cluster().client();
        var claim = client.persistentVolumeClaims()
                .inNamespace(Site.NAMESPACE)
                .withName("edgehub--" + from)
                .require();
        var volume = client.persistentVolumes()
                .withName(claim.getSpec().getVolumeName())
                .require()
                .getSpec();
        var path = volume.getHostPath() == null
                ? volume.getLocal().getPath()
                : volume.getHostPath().getPath();
        var state = plant.cluster().kubeconfig().toAbsolutePath().getParent();
        var folder = state.resolve("volumes").relativize(Path.of(path));
        plant.shell()
                .run(
                        "cp",
                        "-a",
                        state.resolve(from).resolve("volumes").resolve(folder).toString(),
                        state.resolve(to).resolve("volumes").resolve(MOVED).toString());
        var size = Map.of("storage", new Quantity("1Gi"));
        client.resource(new PersistentVolumeBuilder()
                        .withNewMetadata()
                        .withName(MOVED)
                        .endMetadata()
                        .withNewSpec()
                        .withCapacity(size)
                        .withAccessModes("ReadWriteOnce")
                        .withPersistentVolumeReclaimPolicy("Retain")
                        .withStorageClassName("local-path")
                        .withNewLocal(
                                null, state.resolve("volumes").resolve(MOVED).toString())
                        .withNewNodeAffinity()
                        .withNewRequired()
                        .addNewNodeSelectorTerm()
                        .addNewMatchExpression()
                        .withKey("kubernetes.io/hostname")
                        .withOperator("In")
                        .withValues(to)
                        .endMatchExpression()
                        .endNodeSelectorTerm()
                        .endRequired()
                        .endNodeAffinity()
                        .endSpec()
                        .build())
                .create();
        client.resource(new PersistentVolumeClaimBuilder()
                        .withNewMetadata()
                        .withName("edgehub--" + to)
                        .withNamespace(Site.NAMESPACE)
                        .endMetadata()
                        .withNewSpec()
                        .withAccessModes("ReadWriteOnce")
                        .withStorageClassName("local-path")
                        .withVolumeName(MOVED)
                        .withNewResources()
                        .withRequests(size)
                        .endResources()
                        .endSpec()
                        .build())
                .create();
    }
}
