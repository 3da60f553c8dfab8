package dev.selvedge.e2e;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.readiness.Readiness;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Parts of the site go away for a while: a node's link, the hub again and again. */
@Tag("cluster")
@ExtendWith(Plant.Extension.class)
class OutageTest {
    private static final Duration CUT = Duration.ofMinutes(3);
    private static final Duration SILENCE = Duration.ofSeconds(30);
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final int KILLS = 10;

    @AfterEach
    void mend(Plant plant) {
        if (plant.cluster().isLocal()) {
            plant.site().nodes().forEach(plant.cluster()::restore);
        }
    }

    /** Whatever was done here, nothing is lost. */
    @AfterAll
    static void settle(Plant plant) {
        plant.settle();
    }

    @Test
    void aNodeThatIsCutOffForThreeMinutesGoesOnAndRestartsNothing(Plant plant) throws IOException {
        assumeTrue(plant.cluster().isLocal(), "nodes can be cut off in the local cluster only");
        plant.run();
        var watched = plant.operatorNode();
        var cut = plant.nodeWithoutOperator();
        var source = cut + "/" + Site.SENSOR;
        var before = plant.site().running(cut);

        plant.cluster().cut(cut);
        var since = System.nanoTime();
        var atCut = plant.ledger().arrivedFrom(source);
        Site.await(
                SOON,
                "the site says that the node is unreachable",
                () -> plant.site().reasons().contains("NodeUnreachable"));
        plant.site().patchDesired(Site.SENSOR, cut, "{\"interval\":0.35}");
        awaitFlow(plant, watched + "/" + Site.SENSOR, CUT.minusNanos(System.nanoTime() - since));
        assertThat(plant.site().reported(Site.SENSOR, cut, "interval")).isNotEqualTo("0.35");
        plant.cluster().restore(cut);

        // two readings a second were kept on the node meanwhile
        var kept = CUT.toSeconds() * 3 / 2;
        Site.await(SOON, "what was kept arrives", () -> plant.ledger().arrivedFrom(source) > atCut + kept);
        plant.site().awaitReady();
        Site.await(
                SOON,
                "the module obeys what was wanted meanwhile",
                () -> plant.site().reported(Site.SENSOR, cut, "interval").equals("0.35"));
        assertThat(plant.site().running(cut)).isEqualTo(before);
        plant.site().patchDesired(Site.SENSOR, cut, "{\"interval\":0.5}");
    }

    @Test
    void tenKillsOfTheHubUnderLoadLoseNothing(Plant plant) throws IOException {
        var node = plant.run().getFirst();
        var source = node + "/" + Site.SENSOR;
        plant.site().patchDesired(Site.SENSOR, node, "{\"interval\":0.02}");

        for (var kill = 0; kill < KILLS; kill++) {
            plant.awaitReadings(source);
            Site.await(
                    SOON,
                    "the hub is ready",
                    () -> Readiness.isPodReady(plant.site().hubPod(node)));
            var hub = plant.site().hubPod(node);
            plant.cluster().kill(hub);
            Site.await(
                    SOON, "the hub is dead", () -> !plant.site().running(node).containsAll(Site.running(hub)));
            // a new pod at once, instead of the container again after kubelet's growing pause
            plant.cluster().client().resource(hub).withGracePeriod(0).delete();
            Site.await(
                    SOON,
                    "a new pod of the hub",
                    () -> !uid(plant.site().hubPod(node)).equals(uid(hub)));
        }

        plant.awaitReadings(source);
        plant.site().patchDesired(Site.SENSOR, node, "{\"interval\":0.5}");
    }

    /** Readings of a source arrive during all of this time, never with a longer silence than {@link #SILENCE}. */
    private static void awaitFlow(Plant plant, String source, Duration time) {
        var arrived = new AtomicLong(plant.ledger().arrivedFrom(source));
        var last = new AtomicLong(System.nanoTime());
        Awaitility.await("readings of " + source + " all the time")
                .pollInterval(Duration.ofSeconds(1))
                .during(time)
                .atMost(time.plusSeconds(30))
                .until(() -> {
                    var now = plant.ledger().arrivedFrom(source);
                    if (arrived.getAndSet(now) != now) {
                        last.set(System.nanoTime());
                    }
                    return System.nanoTime() - last.get() < SILENCE.toNanos();
                });
    }

    private static String uid(Pod pod) {
        return pod.getMetadata().getUid();
    }
}
