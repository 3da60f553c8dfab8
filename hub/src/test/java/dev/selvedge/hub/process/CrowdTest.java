package dev.selvedge.hub.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;

import com.hivemq.client.mqtt.exceptions.ConnectionClosedException;
import io.vertx.core.Vertx;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two hundred modules on one hub, half over MQTT and half over AMQP, while it is killed and they are taken over: nothing that was acknowledged is
 * missing, and the hub stays within the memory that its pod may have. {@code -Dselvedge.crowd.messages} makes it longer.
 */
@Tag("process")
class CrowdTest {
    private static final int CLIENTS = 200;
    private static final int KILLS = 5;
    private static final int TAKE_OVERS = 10;
    private static final int MESSAGES = Integer.getInteger("selvedge.crowd.messages", 20_000);
    /** The limit of the hub's pod. */
    private static final int LIMIT_KIB = 192 * 1024;

    private static final Duration SOON = Duration.ofMinutes(5);

    @TempDir
    private Path folder;

    @Test
    void nothingThatWasAcknowledgedIsMissing() throws Exception {
        var random = new Random(20261124);
        var vertx = Vertx.vertx();
        try (var broker = new Mosquitto(folder.resolve("broker"));
                var ledger = new Ledger(broker.port());
                var hub = new HubProcess(folder, site(broker.url()), List.of())) {
            var modules = hub.data().resolve("modules");
            await(
                    "the connection strings",
                    () -> IntStream.range(0, CLIENTS).allMatch(i -> Files.exists(modules.resolve("m" + i + ".env"))));
            var sources = sources(vertx, hub);
            var memory = 0L;
            for (int kill = 1; kill <= KILLS; kill++) {
                var mark = MESSAGES / (KILLS + 1) * kill;
                await("messages before a kill", () -> acknowledged(sources) >= mark);
                for (int i = 0; i < TAKE_OVERS; i++) {
                    takeOver(hub, sources.get(random.nextInt(CLIENTS)));
                }
                memory = Math.max(memory, residentKib(hub));
                hub.killAndRestart();
            }
            await("the last messages", () -> acknowledged(sources) >= MESSAGES);
            memory = Math.max(memory, residentKib(hub));
            for (var source : sources) {
                source.close();
            }
            assertArrived(sources, ledger);
            System.out.println(CLIENTS + " clients, " + acknowledged(sources) + " acknowledged, " + KILLS + " kills, "
                    + KILLS * TAKE_OVERS + " take-overs; hub resident at most " + memory / 1024 + " MiB");
            assertThat(memory).isLessThan(LIMIT_KIB);
        } finally {
            vertx.close().await();
        }
    }

    private static List<Source> sources(Vertx vertx, HubProcess hub) throws IOException {
        var sources = new ArrayList<Source>();
        for (int i = 0; i < CLIENTS; i++) {
            sources.add(
                    i % 2 == 0 ? new Publisher(hub, "m" + i).start() : new AmqpPublisher(vertx, hub, "m" + i).start());
        }
        return sources;
    }

    private static int acknowledged(List<Source> sources) {
        return sources.stream().mapToInt(Source::acknowledged).sum();
    }

    /** Another client comes as the same identity, and goes; the source takes it back. */
    private static void takeOver(HubProcess hub, Source source) throws Exception {
        try (var other = new Publisher(hub, source.name())) {
            other.connect();
        } catch (ExecutionException e) {
            // the source may be back before the other was told that it is in
            assertThat(e).hasCauseInstanceOf(ConnectionClosedException.class);
        }
    }

    private static long residentKib(HubProcess hub) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + hub.pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    private static void assertArrived(List<Source> sources, Ledger ledger) {
        await(
                "all that was acknowledged",
                () -> sources.stream().allMatch(source -> ledger.arrived(source.name()) >= source.acknowledged()));
        assertThat(ledger.missing()).isZero();
        assertThat(ledger.complaints()).isEmpty();
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
        for (int i = 0; i < CLIENTS; i++) {
            site.append("""
                    ---
                    apiVersion: selvedge.dev/v1alpha1
                    kind: EdgeModule
                    metadata: {name: m%d}
                    spec: {image: none}
                    """.formatted(i));
        }
        return site.toString();
    }

    private static void await(String what, Callable<Boolean> condition) {
        Awaitility.await(what).atMost(SOON).pollInterval(Duration.ofMillis(50)).until(condition);
    }
}
