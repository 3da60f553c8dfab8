package dev.selvedge.hub.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

import dev.selvedge.hub.process.Cutter.Cut;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** Pictures, so to speak: as many as the heap of the image has no room for wait for a broker that takes its time. */
@Tag("process")
class LargeMessagesTest {
    private static final List<String> MODULES = List.of("a", "b", "c", "d");
    private static final int BYTES = 250 << 10;
    private static final int MESSAGES = 400;

    @TempDir
    private Path folder;

    @Test
    void allArriveThoughTheBrokerReadsThemAndAnswersNothingForAWhile() throws Exception {
        var nobody = "mqtt://127.0.0.1:" + Mosquitto.freePort();
        try (var broker = new Mosquitto(folder.resolve("broker"));
                var link = new Cutter(broker.port());
                var ledger = new Ledger(broker.port());
                var hub = new HubProcess(folder, manifests(nobody), List.of());
                var sources = Publishers.start(hub, MODULES, BYTES, MESSAGES)) {
            await(() -> sources.acknowledged() >= MESSAGES);
            sources.stop();
            link.cut(Cut.SILENCE, 0);

            hub.manifests(manifests("mqtt://127.0.0.1:" + link.port()));

            await(() -> sources.arrived(ledger) >= sources.acknowledged() || outOfMemory(hub));
            assertThat(outOfMemory(hub)).as("out of memory").isFalse();
            sources.assertArrived(ledger, hub);
            assertThat(link.cuts()).isEqualTo(1);
        }
    }

    /** With the flags of the image it ends then, and says so. */
    private static boolean outOfMemory(HubProcess hub) {
        return hub.log().stream().anyMatch(line -> line.contains("OutOfMemoryError"));
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await().atMost(Duration.ofMinutes(2)).until(condition);
    }

    private static String manifests(String upstream) {
        return new UplinkSite(UplinkSite.broker(upstream), MODULES).manifests();
    }
}
