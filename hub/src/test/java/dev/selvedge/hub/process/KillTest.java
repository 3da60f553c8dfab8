package dev.selvedge.hub.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

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
                var receiver = new Receiver(broker.port());
                var hub = new HubProcess(folder, site(broker.url()), List.of())) {
            var publishers = publishers(hub);
            for (var kill = 0; kill < KILLS; kill++) {
                // between a few and some hundred messages further on, at no point that the hub could know of
                var mark = publishers.getFirst().acknowledged() + 1 + random.nextInt(300);
                await("more messages", () -> publishers.getFirst().acknowledged() >= mark);
                hub.killAndRestart();
            }
            stop(publishers);
            assertArrived(publishers, receiver);
        }
    }

    @Test
    void aHubWaitsForTheOneBeforeItToLetGoOfTheStore() throws Exception {
        try (var broker = new Mosquitto(folder.resolve("broker"));
                var receiver = new Receiver(broker.port());
                var hub = new HubProcess(folder, site(broker.url()), List.of())) {
            var publishers = publishers(hub);
            await("messages", () -> publishers.getFirst().acknowledged() > 100);
            hub.succeed();
            var mark = publishers.getFirst().acknowledged();
            await("more messages", () -> publishers.getFirst().acknowledged() > mark + 100);
            stop(publishers);
            assertArrived(publishers, receiver);
        }
    }

    @Test
    void whatWasAcknowledgedWhileTheBrokerWasAwayArrivesInOrder() throws Exception {
        try (var broker = new Mosquitto(folder.resolve("broker"));
                var receiver = new Receiver(broker.port());
                var hub = new HubProcess(folder, site(broker.url()), List.of())) {
            var publishers = publishers(hub);
            for (var outage = 0; outage < 3; outage++) {
                var mark = publishers.getFirst().acknowledged() + 200;
                await("messages before the outage", () -> publishers.getFirst().acknowledged() >= mark);
                broker.stop();
                await("messages during the outage", () -> publishers.getFirst().acknowledged() >= mark + 200);
                broker.restart();
            }
            stop(publishers);
            assertArrived(publishers, receiver);
        }
    }

    @Test
    void tellsTheUpstreamWhoSentAMessageAndWhen() throws Exception {
        try (var broker = new Mosquitto(folder.resolve("broker"));
                var receiver = new Receiver(broker.port());
                var hub = new HubProcess(folder, site(broker.url()), List.of())) {
            var publishers = publishers(hub);
            await("a message", () -> !receiver.firstArrivals("a").isEmpty());
            stop(publishers);

            var first = receiver.arrived().stream()
                    .filter(publish -> Receiver.text(publish).equals("a 1 ."))
                    .findFirst()
                    .orElseThrow();
            assertThat(first.getTopic()).hasToString("plant/edge-1/a");
            assertThat(Receiver.properties(first)).containsEntry("n", "1").containsEntry("deviceId", "edge-1");
        }
    }

    private static String site(String url) {
        var site = new StringBuilder("""
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeHub
                metadata: {name: hub}
                spec:
                  storage: {size: 1Gi}
                  routes: {toCloud: {route: FROM /messages/* INTO $upstream}}
                  upstream: {mqtt: {url: "%s", topic: "plant/{deviceId}/{moduleId}"}}
                """.formatted(url));
        for (var module : MODULES) {
            site.append("""
                    ---
                    apiVersion: selvedge.dev/v1alpha1
                    kind: EdgeModule
                    metadata: {name: %s}
                    spec: {image: none}
                    """.formatted(module));
        }
        return site.toString();
    }

    private static List<Publisher> publishers(HubProcess hub) throws Exception {
        var publishers = new ArrayList<Publisher>();
        for (var module : MODULES) {
            publishers.add(new Publisher(hub, module).start());
        }
        return publishers;
    }

    private static void stop(List<Publisher> publishers) throws InterruptedException {
        for (var publisher : publishers) {
            publisher.close();
        }
    }

    /** All that was acknowledged arrived, and the first arrivals are 1, 2, 3, … without a gap or a step back. */
    private static void assertArrived(List<Publisher> publishers, Receiver receiver) {
        for (var publisher : publishers) {
            await(
                    "all messages of " + publisher.name(),
                    () -> receiver.firstArrivals(publisher.name()).size() >= publisher.acknowledged());
            var arrived = receiver.firstArrivals(publisher.name());
            System.out.println(
                    publisher.name() + ": acknowledged " + publisher.acknowledged() + ", arrived " + arrived.size());
            assertThat(arrived)
                    .isEqualTo(IntStream.rangeClosed(1, arrived.size()).boxed().toList());
        }
    }

    private static void await(String what, java.util.function.BooleanSupplier condition) {
        Awaitility.await(what).atMost(SOON).pollInterval(Duration.ofMillis(10)).until(condition::getAsBoolean);
    }
}
