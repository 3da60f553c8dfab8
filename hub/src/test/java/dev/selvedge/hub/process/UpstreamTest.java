package dev.selvedge.hub.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import dev.selvedge.hub.tls.TestCertificates;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** An upstream with TLS that wants to see a client certificate. */
@Tag("process")
class UpstreamTest {
    private static final String SITE = """
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeHub
            metadata: {name: hub}
            spec:
              storage: {size: 1Gi}
              routes: {toCloud: {route: FROM /messages/* INTO $upstream}}
              upstream: {mqtt: {url: "mqtts://localhost:PORT", secretRef: {name: broker}}}
            ---
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeModule
            metadata: {name: sensor}
            spec: {image: none}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: broker}
            stringData:
            """;

    @TempDir
    private Path folder;

    private int port;

    @BeforeEach
    void certificates() throws IOException {
        port = Mosquitto.freePort();
        TestCertificates.write(folder.resolve("server"));
        TestCertificates.write(folder.resolve("client"));
    }

    @Test
    void isShownTheCertificateOfTheSecret() throws Exception {
        var secret = entry("ca.crt", "server/tls.crt")
                + entry("tls.crt", "client/tls.crt")
                + entry("tls.key", "client/tls.key");
        try (var broker = broker();
                var receiver = new Receiver(broker.port());
                var hub = new HubProcess(folder, SITE.replace("PORT", "" + port) + secret, List.of());
                var publisher = new Publisher(hub, "sensor").start()) {
            await(() -> publisher.acknowledged() >= 10);
            publisher.stop();
            await(() -> receiver.firstArrivals("sensor").size() >= publisher.acknowledged());
        }
    }

    @Test
    void keepsWhatItMayNotDeliverAndSaysWhy() throws Exception {
        try (var broker = broker();
                var receiver = new Receiver(broker.port());
                var hub = new HubProcess(
                        folder, SITE.replace("PORT", "" + port) + entry("ca.crt", "server/tls.crt"), List.of());
                var publisher = new Publisher(hub, "sensor").start()) {
            await(() -> publisher.acknowledged() >= 10);
            await(() -> hub.log().stream().anyMatch(line -> line.contains("upstream not reached, messages wait")));

            assertThat(receiver.arrived()).isEmpty();
        }
    }

    /** One that MQTT has no way to say, one that Mosquitto ends the connection for, and one that is larger than this broker takes. */
    @Test
    void isHeldUpByNoMessageThatItCannotBeSent() throws Exception {
        var modules = List.of("nul", "newline", "large", "sensor");
        try (var broker = new Mosquitto(folder.resolve("broker"), port, "max_packet_size 5000\n");
                var receiver = new Receiver(port);
                var hub = new HubProcess(
                        folder, new UplinkSite(UplinkSite.broker(broker.url()), modules).manifests(), List.of());
                var nul = new Publisher(hub, "nul", "k=%00", 1, 10).start();
                var newline = new Publisher(hub, "newline", "k=%0A", 1, 10).start();
                var large = new Publisher(hub, "large", "k=1", 6000, 10).start()) {
            var unfit = List.of(nul, newline, large);
            await(() -> unfit.stream().allMatch(publisher -> publisher.acknowledged() >= 3));
            for (var publisher : unfit) {
                publisher.stop();
            }
            try (var sensor = new Publisher(hub, "sensor").start()) {
                await(() -> receiver.firstArrivals("sensor").size() >= 20);
            }
            await(() -> hub.account().quarantined()
                    >= unfit.stream().mapToInt(Publisher::acknowledged).sum());
            assertThat(List.of("nul", "newline", "large"))
                    .allSatisfy(
                            module -> assertThat(receiver.firstArrivals(module)).isEmpty());
            assertThat(hub.log()).noneMatch(line -> line.contains("upstream lost"));
        }
    }

    private Mosquitto broker() throws IOException {
        return new Mosquitto(folder.resolve("broker"), Mosquitto.freePort(), """
                listener %d 127.0.0.1
                allow_anonymous true
                certfile %s
                keyfile %s
                cafile %s
                require_certificate true
                """.formatted(
                        port,
                        folder.resolve("server/tls.crt"),
                        folder.resolve("server/tls.key"),
                        folder.resolve("client/tls.crt")));
    }

    private String entry(String key, String file) throws IOException {
        return "  " + key + ": |\n" + Files.readString(folder.resolve(file)).indent(4);
    }

    private static void await(java.util.concurrent.Callable<Boolean> condition) {
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(condition);
    }
}
