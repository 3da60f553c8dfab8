package dev.selvedge.hub.process;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** The commands of {@code docs/how-to/plain-mqtt-client.md}, run as they stand there. */
@Tag("process")
class PlainClientTest {
    private static final Path PAGE = Path.of("../docs/how-to/plain-mqtt-client.md");
    private static final Pattern COMMANDS = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);

    @TempDir
    private Path folder;

    @Test
    void theCommandsOfThePageWork() throws Exception {
        var script = COMMANDS.matcher(Files.readString(PAGE))
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.joining("\n", "set -euo pipefail\n", "\n"));
        try (var hub = new HubProcess(folder, SITE, List.of())) {
            Awaitility.await("the connection string")
                    .until(() -> Files.exists(hub.data().resolve("modules/probe.env")));
            var shell = new ProcessBuilder("bash", "-c", script).redirectErrorStream(true);
            shell.environment().put("DATA", hub.data().toString());
            shell.environment().put("PORT", String.valueOf(hub.port()));
            // Debian's Paho is for Debian's Python, whatever other one is there
            shell.environment().merge("PATH", "/usr/bin:", (path, first) -> first + path);
            var process = shell.start();
            var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            // what was published before came in on the input that the route leads to
            assertThat(said.strip().lines())
                    .containsExactly(
                            "{\"temperature\": 21}",
                            "{\"temperature\": 22}",
                            "devices/edge-1/modules/probe/inputs/in1 from probe {\"temperature\": 23}");
            assertThat(process.exitValue()).as(said).isZero();
        }
    }

    private static final String SITE = """
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeHub
            metadata: {name: hub}
            spec:
              storage: {size: 64Mi}
              routes: {loop: {route: 'FROM /messages/modules/probe/outputs/readings WHERE line = "4" AND $body.temperature > 20 INTO BrokeredEndpoint("/modules/probe/inputs/in1")'}}
            ---
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeModule
            metadata: {name: probe}
            spec: {image: none}
            """;
}
