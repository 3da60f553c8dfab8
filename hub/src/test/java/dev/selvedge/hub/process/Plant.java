package dev.selvedge.hub.process;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

/** A hub on a disk that can fail, modules that publish through it, and somebody behind a real broker who writes down what arrives. */
final class Plant implements AutoCloseable {
    private static final List<String> MODULES = List.of("a", "b");
    private static final int LOG_LINES = 60;
    private static final Duration SOON = Duration.ofSeconds(120);

    final FaultDisk disk;
    final HubProcess hub;
    private final Mosquitto broker;
    private final Ledger ledger;
    private Publishers publishers = new Publishers();

    /**
     * Starts all but the modules.
     *
     * @param hubSpec more lines of the EdgeHub's spec, indented by two
     */
    Plant(Path folder, String hubSpec) throws IOException, InterruptedException {
        disk = new FaultDisk(folder);
        broker = new Mosquitto(folder.resolve("broker"));
        ledger = new Ledger(broker.port());
        hub = new HubProcess(
                folder, new UplinkSite(UplinkSite.broker(broker.url()), MODULES, hubSpec).manifests(), disk.prefix());
    }

    /** Starts the modules; each message ends in so many dots. */
    Plant publish(int dots) throws Exception {
        publishers = Publishers.start(hub, MODULES, dots, Integer.MAX_VALUE);
        return this;
    }

    /** Waits until every module has so many more messages acknowledged. */
    void awaitAcknowledged(int more) {
        var marks = publishers.each().stream()
                .collect(toMap(publisher -> publisher, publisher -> publisher.acknowledged() + more));
        marks.forEach((publisher, mark) ->
                await("more acknowledged messages of " + publisher.name(), () -> publisher.acknowledged() >= mark));
    }

    int acknowledged() {
        return publishers.acknowledged();
    }

    /** How often a module was not given what it asked for. */
    int failed() {
        return publishers.failed();
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
        publishers.close();
    }

    /** Waits until all that was acknowledged so far has arrived. */
    void awaitArrived() {
        publishers.each().forEach(publisher -> {
            var acknowledged = publisher.acknowledged();
            await("all messages of " + publisher.name(), () -> ledger.arrived(publisher.name()) >= acknowledged);
        });
    }

    /** Waits until all that was acknowledged has arrived but for so many, at most. The modules have stopped. */
    void awaitMissing(int most) {
        await("all but " + most + " messages", () -> publishers.arrived(ledger) >= acknowledged() - most);
        assertThat(ledger.complaints()).isEmpty();
    }

    /** Stops the modules and waits: all that was acknowledged arrives, in order and without a gap, and the hub's account says so. */
    void assertNothingLost() throws Exception {
        stopModules();
        awaitArrived();
        publishers.assertArrived(ledger, hub);
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
                ledger;
                hub) {
            stopModules();
        }
    }
}
