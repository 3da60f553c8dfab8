package dev.selvedge.hub.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * {@code upstream.maxBitsPerSecond}, measured at the broker. With the system property {@code selvedge.link.strict} (`make link`) the rate has to be
 * reached, too, which a busy machine may not let it.
 */
@Tag("process")
class LimitTest {
    private static final boolean STRICT = Boolean.getBoolean("selvedge.link.strict");
    private static final long BITS_PER_SECOND = 100_000;
    /** Long enough for the quarter of a second that may go at once, and for a stumble of the machine. */
    private static final int SECONDS = STRICT ? 20 : 12;

    private static final List<String> SOURCES = List.of("a", "b", "c", "d");
    /** Some 100 kB a second, where the limit is 12.5. */
    private static final int PER_SECOND = 80;

    private static final String SINK = """
            ---
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeModule
            metadata: {name: sink}
            spec:
              image: none
              routes: {toSink: {route: FROM /messages/* INTO BrokeredEndpoint("/modules/sink/inputs/in")}}
            """;

    @TempDir
    private Path folder;

    @Test
    void holdsBackTheUpstreamAloneAndIsObeyedAtOnceWhenItChanges() throws Exception {
        try (var broker = new Mosquitto(folder.resolve("broker"));
                var link = new Cutter(broker.port());
                var ledger = new Ledger(broker.port());
                var hub = new HubProcess(folder, manifests(link, BITS_PER_SECOND), List.of());
                var sink = new InputListener(hub, "sink");
                var sources = Publishers.start(hub, SOURCES, 1, PER_SECOND)) {
            await("as many bytes", () -> link.passed() >= BITS_PER_SECOND / 8 * SECONDS);
            var bits = 8 * link.passed();
            var seconds = (System.nanoTime() - link.firstMessageAt()) / 1e9;
            var measured = bits / seconds;
            System.out.printf("limit %d bit/s, measured %.0f over %.1f s%n", BITS_PER_SECOND, measured, seconds);
            assertThat(measured).isLessThanOrEqualTo(1.05 * BITS_PER_SECOND);
            if (STRICT) {
                assertThat(measured).isGreaterThanOrEqualTo(0.95 * BITS_PER_SECOND);
            }

            var sent = sources.acknowledged();
            await("messages between modules", () -> sink.arrived() >= sent);
            assertThat(hub.account().queued()).as("queued for the upstream").isPositive();

            sources.stop();
            hub.manifests(manifests(link, 20 * BITS_PER_SECOND));
            sources.assertArrived(ledger, hub);
            assertThat(link.connections()).isEqualTo(1);
        }
    }

    private static String manifests(Cutter link, long bitsPerSecond) {
        var upstream =
                "{mqtt: {url: \"mqtt://127.0.0.1:" + link.port() + "\"}, maxBitsPerSecond: " + bitsPerSecond + "}";
        return new UplinkSite(upstream, SOURCES).manifests() + SINK;
    }

    private static void await(String what, Callable<Boolean> condition) {
        Awaitility.await(what)
                .atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(20))
                .until(condition);
    }
}
