package dev.selvedge.hub.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;

import dev.selvedge.hub.process.Cutter.Cut;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The uplink is cut at every point of the conversation while modules publish. How often between a message and its acknowledgement is the system
 * property {@code selvedge.link.cuts} (`make link`: a thousand); half as often as that elsewhere.
 */
@Tag("process")
class CutTest {
    private static final int CUTS = Integer.getInteger("selvedge.link.cuts", 24);
    /** One in so many is silent: the hub has to find out by itself, which takes seconds. */
    private static final int SILENT = 12;

    private static final int PER_SECOND = 100;
    private static final List<String> MODULES = List.of("a", "b", "c", "d");

    @TempDir
    private Path folder;

    @Test
    void losesNothingAndRepeatsMessagesAsTheyWere() throws Exception {
        var random = new Random(20261125);
        try (var broker = new Mosquitto(folder.resolve("broker"));
                var link = new Cutter(broker.port());
                var ledger = new Ledger(broker.port());
                var hub = new HubProcess(
                        folder,
                        new UplinkSite(UplinkSite.broker("mqtt://127.0.0.1:" + link.port()), MODULES).manifests(),
                        List.of());
                var sources = Publishers.start(hub, MODULES, 1, PER_SECOND)) {
            for (var cut = 0; cut < CUTS; cut++) {
                cut(link, cut % SILENT == SILENT - 1 ? Cut.SILENCE : Cut.BEFORE_PUBACK, random);
                if (cut % 2 == 1) {
                    cut(link, cut % 4 == 1 ? Cut.BEFORE_PUBLISH : Cut.HALF_PUBLISH, random);
                }
            }
            sources.stop();
            sources.assertArrived(ledger, hub);

            System.out.printf(
                    "cut %d times: acknowledged %d, arrived %d, came again %d%n",
                    link.cuts(), sources.acknowledged(), hub.account().delivered(), ledger.repeated());
            assertThat(ledger.repeated()).isGreaterThanOrEqualTo(CUTS);
        }
    }

    private static void cut(Cutter link, Cut where, Random random) {
        var done = link.cuts() + 1;
        link.cut(where, random.nextInt(20));
        await("cut " + done + ", " + where, () -> link.cuts() == done);
    }

    private static void await(String what, Callable<Boolean> condition) {
        Awaitility.await(what)
                .atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(10))
                .until(condition);
    }
}
