package dev.selvedge.hub.process;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

import static org.assertj.core.api.Assertions.assertThat;

/** A hub on a disk that can fail, modules that publish through it, and somebody behind a real broker who writes down what arrives. */
final class Plant implements AutoCloseable {
    private static final List<String> MODULES = List.of("a", "b");
    private static final int LOG_LINES = 60;
    private static final Duration SOON = Duration.ofSeconds(120);

    final FaultDisk disk;
    final HubProcess hub;
    private final Mosquitto broker;
    private final Receiver receiver;
    private final List<Publisher> publishers = new ArrayList<>();

    /**
     * Starts all but the modules.
     *
     * @param hubSpec more lines of the EdgeHub's spec, indented by two
     */
    Plant(Path folder, String hubSpec) throws IOException, InterruptedException {
        disk = new FaultDisk(folder);
        broker = new Mosquitto(folder.resolve("broker"));
        receiver = new Receiver(broker.port());
        hub = new HubProcess(folder, site(broker.url(), hubSpec), disk.prefix());
    }

    private static String site(String url, String hubSpec) {
        var site = new StringBuilder("""
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeHub
                metadata: {name: hub}
                spec:
                  storage: {size: 1Gi}
                  routes: {toCloud: {route: FROM /messages/* INTO $upstream}}
                  upstream: {mqtt: {url: "%s", topic: "plant/{deviceId}/{moduleId}"}}
                """.formatted(url) + hubSpec);
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

    /** Starts the modules; each message ends in so many dots. */
    Plant publish(int dots) throws IOException {
        for (var module : MODULES) {
            publishers.add(new Publisher(hub, module, dots).start());
        }
        return this;
    }

    /** Waits until every module has so many more messages acknowledged. */
    void awaitAcknowledged(int more) {
        var marks = publishers.stream().map(p -> p.acknowledged() + more).toList();
        for (var i = 0; i < marks.size(); i++) {
            var publisher = publishers.get(i);
            var mark = marks.get(i);
            await("more acknowledged messages of " + publisher.name(), () -> publisher.acknowledged() >= mark);
        }
    }

    int acknowledged() {
        return publishers.stream().mapToInt(Publisher::acknowledged).sum();
    }

    /** How often a module was not given what it asked for. */
    int failed() {
        return publishers.stream().mapToInt(Publisher::failed).sum();
    }

    /** Waits until the hub has said something that contains this. */
    void awaitLog(String part) {
        await("the log to say: " + part, () -> hub.log().stream().anyMatch(line -> line.contains(part)));
    }

    void loseUplink() throws InterruptedException {
        broker.stop();
    }

    void restoreUplink() throws IOException {
        broker.restart();
    }

    void stopModules() throws InterruptedException {
        for (var publisher : publishers) {
            publisher.close();
        }
    }

    /** Waits until all that was acknowledged so far has arrived. */
    void awaitArrived() {
        for (var publisher : publishers) {
            var acknowledged = publisher.acknowledged();
            await(
                    "all messages of " + publisher.name(),
                    () -> receiver.firstArrivals(publisher.name()).size() >= acknowledged);
        }
    }

    /** Waits until all that was acknowledged has arrived but for so many, at most. The modules have stopped. */
    void awaitMissing(int most) {
        await("all but " + most + " messages", () -> arrived() >= acknowledged() - most);
        for (var publisher : publishers) {
            assertThat(receiver.firstArrivals(publisher.name())).isSorted();
        }
    }

    private int arrived() {
        return publishers.stream()
                .mapToInt(publisher -> receiver.firstArrivals(publisher.name()).size())
                .sum();
    }

    /** Stops the modules and waits: all that was acknowledged arrives, in order and without a gap, and the hub's account says so. */
    void assertNothingLost() throws Exception {
        stopModules();
        awaitArrived();
        for (var publisher : publishers) {
            var arrived = receiver.firstArrivals(publisher.name());
            assertThat(arrived)
                    .as("first arrivals of " + publisher.name())
                    .isEqualTo(IntStream.rangeClosed(1, arrived.size()).boxed().toList());
        }
        await("an empty queue", () -> upstream("edgehub_queue_length") == 0);
        assertThat(upstream("edgehub_messages_sent_total"))
                .isGreaterThanOrEqualTo(acknowledged())
                .isEqualTo(upstream("selvedge_messages_stored_total"));
    }

    /** A metric of the upstream's queue. */
    double upstream(String name) throws IOException {
        return hub.metrics().getOrDefault(name + "{endpoint=\"$upstream\",priority=\"10\"}", 0.0);
    }

    double lostRecords() throws IOException {
        return hub.metrics().getOrDefault("selvedge_store_lost_records", Double.NaN);
    }

    void await(String what, Callable<Boolean> condition) {
        try {
            Awaitility.await(what)
                    .atMost(SOON)
                    .pollInterval(Duration.ofMillis(20))
                    .until(condition);
        } catch (ConditionTimeoutException e) {
            var log = hub.log();
            var end = String.join("\n", log.subList(Math.max(0, log.size() - LOG_LINES), log.size()));
            throw new AssertionError("no " + what + "; the hub said at last:\n" + end, e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        try (broker;
                receiver;
                hub) {
            stopModules();
        }
    }
}
