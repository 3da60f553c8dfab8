package dev.selvedge.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

import dev.selvedge.bench.load.Access;
import dev.selvedge.bench.load.Crowd;
import dev.selvedge.bench.load.Publisher;
import dev.selvedge.bench.server.Artemis;
import dev.selvedge.bench.server.Certificate;
import dev.selvedge.bench.server.Cgroup;
import dev.selvedge.bench.server.Hub;
import dev.selvedge.bench.server.HubProgram;
import dev.selvedge.bench.server.Mosquitto;
import dev.selvedge.bench.server.RabbitMq;
import dev.selvedge.bench.server.Server;
import dev.selvedge.bench.server.Site;

/**
 * Where measurements are made: a folder on the disk under test, the hub's program, and how much time there is.
 *
 * @param hub the program with the image's flags and an AOT cache
 * @param plainHub the same without the cache
 * @param rounds rounds for each figure
 * @param seconds length of a round
 * @param backlogs messages to queue
 * @param drainSeconds when to stop waiting for a backlog to drain
 */
public record Lab(
        Path folder,
        Certificate certificate,
        HubProgram hub,
        HubProgram plainHub,
        int rounds,
        double seconds,
        List<Integer> backlogs,
        int drainSeconds) {
    /** Artemis' own default for its memory-mapped and NIO journals is 3.3 ms; on this disk less is faster. */
    private static final int ARTEMIS_BUFFER_NANOS = 500_000;

    private static final int WARM_UP_PUBLISHERS = 16;
    private static final int WARM_UP_IN_FLIGHT = 32;
    private static final int WARM_UP_BYTES = 256;
    private static final double WARM_UP_SECONDS = 15;
    private static final double FLOWS_WITHIN_SECONDS = 30;

    private static final AtomicInteger FOLDERS = new AtomicInteger();

    /** The same on another disk. */
    Lab on(Path otherFolder) {
        return new Lab(otherFolder, certificate, hub, plainHub, rounds, seconds, backlogs, drainSeconds);
    }

    /** A folder that nobody has used. */
    public Path fresh(String name) throws IOException {
        return Files.createDirectories(folder.resolve(FOLDERS.incrementAndGet() + "-" + name));
    }

    /** A hub with a site, anywhere. */
    public Hub hub(Site site) throws IOException {
        return hub(hub, site, Optional.empty(), Map.of());
    }

    /** A hub in particular circumstances. */
    public Hub hub(HubProgram program, Site site, Optional<Cgroup> group, Map<String, String> environment)
            throws IOException {
        return new Hub(program, fresh("hub"), site, group, environment);
    }

    /** Artemis as it is fastest here. */
    public Artemis artemis(Map<String, String> environment) throws IOException {
        return new Artemis(fresh("artemis"), certificate, "NIO", ARTEMIS_BUFFER_NANOS, environment);
    }

    /** All peers that this machine has, running. */
    public List<Server> peers() throws IOException {
        var peers = new ArrayList<Server>();
        try {
            peers.add(Mosquitto.inMemory(fresh("mosquitto"), certificate));
            peers.add(Mosquitto.savedEachSecond(fresh("mosquitto"), certificate));
            peers.add(artemis(Map.of()));
            if (RabbitMq.installed()) {
                peers.add(new RabbitMq(fresh("rabbitmq"), certificate));
            }
            return peers;
        } catch (IOException e) {
            closeAll(peers);
            throw e;
        }
    }

    /** Lets a server run hot, so that no compiler or cache is in the way of the figures. */
    static void warmUp(Server server) throws IOException {
        try (var crowd = new Crowd(WARM_UP_PUBLISHERS, WARM_UP_BYTES, server::publisher)) {
            crowd.publish(WARM_UP_IN_FLIGHT, WARM_UP_SECONDS);
        }
        server.forget();
    }

    /** Writes out what others have left in the page cache, so that the next server does not pay for it. */
    static void settle() throws IOException {
        try {
            new ProcessBuilder("sync").start().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Ends servers. */
    static void closeAll(List<? extends Server> servers) throws IOException {
        for (var server : servers) {
            server.close();
        }
    }

    /** Lets time pass. */
    static void rest(double seconds) throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(Math.round(seconds * 1e3));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Waits until something is so; false when it is not within some seconds. */
    static boolean await(double seconds, BooleanSupplier condition) throws IOException {
        var end = System.nanoTime() + Math.round(seconds * 1e9);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return false;
            }
            rest(0.01);
        }
        return true;
    }

    /**
     * Waits until a receiver gets messages: for the first seconds of its connection a hub holds back what waits for it.
     *
     * @param source number of a source that nothing else is counted for
     */
    static void flows(Access publishing, int source, int payloadBytes, BooleanSupplier arrived) throws IOException {
        try (var first = new Publisher(publishing, source, 1, payloadBytes)) {
            first.publish(System.nanoTime());
            first.readAcknowledgement();
            if (!await(FLOWS_WITHIN_SECONDS, arrived)) {
                throw new IOException("the receiver got nothing within " + FLOWS_WITHIN_SECONDS + " s");
            }
        }
    }
}
