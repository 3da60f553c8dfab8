package dev.selvedge.hub.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** A downstream device that uses a real SDK for devices, over each of its transports. */
@Tag("process")
class DownstreamSdkTest {
    /** Ports are fixed in the SDKs; the address need not be one that others use. */
    private static final String ADDRESS = "127.0.53.2";

    private static final String DEVICE = "thermometer";
    private static final Map<String, List<String>> PUPPETS = Map.of(
            "Node.js", List.of("node", "../compat/node/puppet.js"),
            "Python", List.of("python3", "../compat/python/puppet.py"));

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"Node.js,MQTT", "Node.js,MQTT_WS", "Node.js,AMQPS", "Node.js,AMQPS_WS", "Python,MQTT", "Python,MQTT_WS"
    })
    void doesWhatADeviceOfIotHubDoes(String sdk, String transport) throws Exception {
        var command =
                Stream.concat(PUPPETS.get(sdk).stream(), Stream.of(transport)).toList();
        try (var hub = HubProcess.forSdks(folder, SITE, ADDRESS);
                var device = puppet(command);
                var module = puppet(command)) {
            await("the connection string").until(() -> Files.exists(hub.data().resolve("devices/" + DEVICE + ".env")));
            connect(hub, module, "a");
            module.tell("listen");
            connect(hub, device, DEVICE);

            sendsTelemetry(device, module);
            hasATwin(hub, device);
            var door = new HttpsDoor(hub, ADDRESS);
            servesAMethod(door, device);
            getsAMessage(door, device);
        }
    }

    private static void sendsTelemetry(Puppet device, Puppet module) throws Exception {
        device.tell("send", Map.of("body", "21", "properties", Map.of("line", "4")));

        var arrived = module.next("input");
        assertThat(arrived.path("body").asText()).isEqualTo("21");
        assertThat(arrived.path("properties").path("line").asText()).isEqualTo("4");
    }

    private static void hasATwin(HubProcess hub, Puppet device) throws Exception {
        assertThat(device.tell("twin").path("desired").path("unit").asText()).isEqualTo("K");
        device.tell("report", Map.of("patch", Map.of("battery", 77)));
        var shown = hub.data().resolve("twins/devices/" + DEVICE + ".json");
        await().until(() -> Files.exists(shown) && Files.readString(shown).contains("77"));
    }

    private static void servesAMethod(HttpsDoor door, Puppet device) throws Exception {
        device.tell("serve", Map.of("method", "reset"));

        var answer = door.post(
                "/twins/" + DEVICE + "/methods",
                "a",
                "{\"methodName\":\"reset\",\"payload\":1,\"connectTimeoutInSeconds\":30}");
        assertThat(answer.body()).isEqualTo("{\"status\":207,\"payload\":1}");
    }

    private static void getsAMessage(HttpsDoor door, Puppet device) throws Exception {
        device.tell("listen");

        assertThat(door.post("/devices/" + DEVICE + "/messages/devicebound", "a", "open the valve")
                        .statusCode())
                .isEqualTo(204);
        assertThat(device.next("input").path("body").asText()).isEqualTo("open the valve");
    }

    private Puppet puppet(List<String> command) throws Exception {
        return new Puppet(command, folder.resolve("puppets.log"));
    }

    private static void connect(HubProcess hub, Puppet puppet, String identity) throws Exception {
        puppet.tell(
                "connect",
                Map.of(
                        "connectionString", hub.connection(identity).text(),
                        "ca", hub.authority().toString()));
    }

    private static final String SITE = """
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeHub
            metadata: {name: hub}
            spec:
              storage: {size: 64Mi}
              routes: {telemetry: {route: 'FROM /messages/* WHERE $connectionDeviceId = "thermometer" INTO BrokeredEndpoint("/modules/a/inputs/all")'}}
            ---
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeModule
            metadata: {name: a}
            spec: {image: none}
            ---
            apiVersion: selvedge.dev/v1alpha1
            kind: ModuleTwin
            metadata: {name: thermometer}
            spec:
              deviceId: thermometer
              parentDeviceId: edge-1
              properties: {desired: {unit: K}}
            """;
}
