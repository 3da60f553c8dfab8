package dev.selvedge.hub.process;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An upstream to which somebody else connects as the same device. Debian's Mosquitto closes the older connection without a word, so a few bytes here
 * say what the standard wants (MQTT 5, 3.1.4-3): accepted, then DISCONNECT, session taken over.
 */
@Tag("process")
class TakeOverTest {
    private static final byte[] CONNACK = HexFormat.of().parseHex("2003000000");
    private static final byte[] TAKEN_OVER = HexFormat.of().parseHex("e0028e00");
    private static final String SITE = """
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeHub
            metadata: {name: hub}
            spec:
              storage: {size: 1Gi}
              upstream: {mqtt: {url: "mqtt://localhost:PORT"}}
            """;

    @TempDir
    private Path folder;

    @Test
    @Timeout(120)
    void getsItsTurnAndTheHubSaysWhyItWaits() throws Exception {
        try (var broker = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                var hub = new HubProcess(folder, SITE.replace("PORT", "" + broker.getLocalPort()), List.of())) {
            broker.setSoTimeout(60_000);
            var times = new ArrayList<Instant>();
            for (var i = 0; i < 4; i++) {
                takeOver(broker);
                times.add(Instant.now());
            }

            assertThat(Duration.between(times.get(0), times.get(2))).isLessThan(Duration.ofSeconds(20));
            assertThat(Duration.between(times.get(2), times.get(3))).isGreaterThan(Duration.ofSeconds(15));
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(hub.log())
                            .anyMatch(line -> line.contains("most likely another hub of the same device id"))
                            .anyMatch(line -> line.contains("UpstreamConnected=False")
                                    && line.contains("somebody else connects to the broker as this device")));
        }
    }

    private static void takeOver(ServerSocket broker) throws IOException {
        try (var connection = broker.accept()) {
            connection.setSoTimeout(10_000);
            connection.getInputStream().readNBytes(2);
            connection.getOutputStream().write(CONNACK);
            connection.getOutputStream().write(TAKEN_OVER);
            connection.shutdownOutput();
            connection.getInputStream().transferTo(OutputStream.nullOutputStream());
        }
    }
}
