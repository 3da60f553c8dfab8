package dev.selvedge.hub.process;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** The hub and its broker go away while modules publish; what was acknowledged arrives, in order. Real processes, real disk. */
@Tag("process")
class KillTest {
    private static final List<String> MODULES = List.of("a", "b", "c", "d");
    private static final int KILLS = Integer.getInteger("selvedge.faults.rounds", 12);
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    @Test
    void whatWasAcknowledgedSurvivesSigkillAndArrivesInOrder() throws Exception {
        var random = new Random(20261123);
        try (var broker = new Mosquitto(folder.resolve("broker"));
                var ledger = new Ledger(broker.port());
                var hub = new HubProcess(folder, site(broker), List.of());
                var publishers = Publishers.start(hub, MODULES)) {
            for (var kill = 0; kill < KILLS; kill++) {
                // between a few and some hundred messages further on, at no point that the hub could know of
                var mark = publishers.acknowledged() + 1 + random.nextInt(300);
                await("more messages", () -> publishers.acknowledged() >= mark);
                hub.killAndRestart();
            }
            assertArrived(publishers, ledger, hub);
        }
    }

    @Test
    void aHubWaitsForTheOneBeforeItToLetGoOfTheStore() throws Exception {
        try (var broker = new Mosquitto(folder.resolve("broker"));
                var ledger = new Ledger(broker.port());
                var hub = new HubProcess(folder, site(broker), List.of());
                var publishers = Publishers.start(hub, MODULES)) {
            await("messages", () -> publishers.acknowledged() > 100);
            hub.succeed();
            var mark = publishers.acknowledged();
            await("more messages", () -> publishers.acknowledged() > mark + 100);
            assertArrived(publishers, ledger, hub);
        }
    }

    @Test
    void whatWasAcknowledgedWhileTheBrokerWasAwayArrivesInOrder() throws Exception {
        try (var broker = new Mosquitto(folder.resolve("broker"));
                var ledger = new Ledger(broker.port());
                var hub = new HubProcess(folder, site(broker), List.of());
                var publishers = Publishers.start(hub, MODULES)) {
            for (var outage = 0; outage < 3; outage++) {
                var mark = publishers.acknowledged() + 200;
                await("messages before the outage", () -> publishers.acknowledged() >= mark);
                broker.stop();
                await("messages during the outage", () -> publishers.acknowledged() >= mark + 200);
                broker.restart();
            }
            assertArrived(publishers, ledger, hub);
        }
    }

    @Test
    void tellsTheUpstreamWhoSentAMessageAndWhen() throws Exception {
        // the hub says it in milliseconds
        var before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        try (var broker = new Mosquitto(folder.resolve("broker"));
                var receiver = new Receiver(broker.port());
                var hub = new HubProcess(folder, site(broker), List.of());
                var _ = new Publisher(hub, "a").start()) {
            await("a message", () -> !receiver.firstArrivals("a").isEmpty());

            var first = receiver.arrived().stream()
                    .filter(publish -> Receiver.text(publish).equals("a 1 ."))
                    .findFirst()
                    .orElseThrow();
            assertThat(first.getTopic()).hasToString("plant/edge-1/a");
            var properties = Receiver.properties(first);
            assertThat(properties)
                    .containsEntry("n", "1")
                    .containsEntry("deviceId", "edge-1")
                    .containsEntry("moduleId", "a");
            assertThat(Instant.parse(properties.get("enqueuedTime"))).isBetween(before, Instant.now());
        }
    }

    private static String site(Mosquitto broker) {
        return new UplinkSite(UplinkSite.broker(broker.url()), MODULES).manifests();
    }

    /** All that was acknowledged arrived, and the first arrivals are 1, 2, 3, … without a gap or a step back. */
    private static void assertArrived(Publishers publishers, Ledger ledger, HubProcess hub) throws Exception {
        publishers.close();
        publishers.assertArrived(ledger, hub);
        System.out.printf(
                "acknowledged %d, arrived %d, came again %d, sent again by its module %d%n",
                publishers.acknowledged(), publishers.arrived(ledger), ledger.repeated(), ledger.sentAgain());
    }

    private static void await(String what, Callable<Boolean> condition) {
        Awaitility.await(what).atMost(SOON).pollInterval(Duration.ofMillis(10)).until(condition);
    }
}
