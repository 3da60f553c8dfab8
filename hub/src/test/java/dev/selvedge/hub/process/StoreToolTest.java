package dev.selvedge.hub.process;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.message.MessageCodec;
import dev.selvedge.hub.store.Destination;
import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.store.StoreOptions;
import dev.selvedge.identity.Identity;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/** {@code selvedge-hub store}, started as the image starts it, beside a running hub that has no upstream at first. */
@Tag("process")
class StoreToolTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String UPSTREAM = "$upstream";
    private static final String INPUT = "modules/filter/inputs/input1";
    private static final String QUEUE_LENGTH = "edgehub_queue_length{endpoint=\"$upstream\",priority=\"10\"}";
    private static final String PURGED =
            "edgehub_messages_dropped_total{endpoint=\"modules/filter/inputs/input1\",priority=\"10\",reason=\"purged\"}";
    private static final StoreOptions OPTIONS = StoreOptions.of(64 << 20);
    private static final int WAITING = 700;

    private static final String SITE = """
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeHub
            metadata: {name: hub}
            spec:
              storage: {size: 1Gi}
              routes: {toCloud: {route: FROM /messages/* INTO $upstream}}
            """;

    @TempDir
    private Path folder;

    private Path launcher;

    @Test
    void looksIntoARunningHubAndTendsIt() throws Exception {
        launcher = launcher();
        var other = folder.resolve("other");
        MessageStore.open(other, "edge-2", OPTIONS, InstantSource.system()).close();
        fill(folder.resolve("hub/data/store"));
        try (var broker = new Mosquitto(folder.resolve("broker"));
                var receiver = new Receiver(broker.port())) {
            try (var hub = new HubProcess(folder.resolve("hub"), SITE, List.of())) {
                var data = hub.data().toString();
                var upstream = queue(tool("ls", "--data", data, "-o", "json"), UPSTREAM);
                assertThat(upstream.path("waiting").asInt()).isEqualTo(WAITING);
                assertThat(upstream.path("quarantined").asInt()).isEqualTo(1);
                assertThat(tool("peek", UPSTREAM, "--quarantine", "--data", data))
                        .contains("reason: too hot", "x 0 .");
                assertThat(tool("verify", "--data", data)).contains("intact");
                nobodyElseIsLetIn(hub);

                // from one store into another, as many as there are
                Files.writeString(folder.resolve("messages.jsonl"), tool("export", UPSTREAM, "--data", data));
                tool("import", folder.resolve("messages.jsonl").toString(), "--folder", other.toString());
                assertThat(ids(other))
                        .isEqualTo(ids(Files.readString(folder.resolve("messages.jsonl"))))
                        .hasSize(WAITING);
                assertThat(failing(1, "ls", "--folder", data)).contains("in use by a running hub");

                // what nobody wants goes, and is counted
                assertThat(tool("purge", INPUT, "--yes", "--data", data)).contains("purged: 3 messages");
                assertThat(hub.metrics()).containsEntry(PURGED, 3.0);

                // what was refused is released, and arrives after what waited
                assertThat(tool("release", UPSTREAM, "--yes", "--data", data))
                        .contains("released: 1 message in quarantine");
                hub.manifests(SITE + "  upstream: {mqtt: {url: \"%s\"}}\n".formatted(broker.url()));
                var expected = new ArrayList<>(
                        IntStream.rangeClosed(1, WAITING).boxed().toList());
                expected.add(0);
                await("all messages", () -> receiver.firstArrivals("x").size() > WAITING);
                assertThat(receiver.firstArrivals("x")).isEqualTo(expected);

                // into the running hub: delivered again, with the ids that they had
                tool("import", folder.resolve("messages.jsonl").toString(), "--data", data);
                await("them again", () -> receiver.arrived().size() > 2 * WAITING);
                await("an empty queue", () -> hub.metrics().get(QUEUE_LENGTH) == 0);
                assertThat(hub.metrics()).containsEntry("selvedge_account_mismatch", 0.0);
                assertThat(hub.data().resolve("management.json")).exists();
            }
            assertThat(folder.resolve("hub/data/management.json")).doesNotExist();
        }
    }

    /** The launcher and its flags as they are in the image, with this machine's Java and these classes. */
    private Path launcher() throws IOException {
        var flags = folder.resolve("tool.args");
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Files.writeString(
                flags,
                Files.readString(Path.of("../images/hub/tool.args"))
                        .replace("/opt/selvedge/selvedge-hub.jar", classes));
        var launcher = Files.createDirectory(folder.resolve("bin")).resolve("selvedge-hub");
        Files.writeString(
                launcher,
                Files.readString(Path.of("../images/hub/selvedge-hub"))
                        .replace("/opt/java/bin/java", java)
                        .replace("/opt/selvedge/tool.args", flags.toString()));
        assertThat(launcher.toFile().setExecutable(true)).isTrue();
        return launcher;
    }

    private static void fill(Path store) throws Exception {
        Files.createDirectories(store.getParent());
        try (var open = MessageStore.open(store, HubProcess.DEVICE, OPTIONS, InstantSource.system())) {
            append(open, UPSTREAM, 0);
            var queue = open.queue(UPSTREAM);
            queue.quarantine(queue.poll(1, 1 << 20).getFirst(), "too hot").get();
            for (var number = 1; number <= WAITING; number++) {
                append(open, UPSTREAM, number);
            }
            for (var number = 0; number < 3; number++) {
                append(open, INPUT, number);
            }
        }
    }

    private static void append(MessageStore store, String endpoint, int number) throws Exception {
        var message = new Message(
                Identity.module(HubProcess.DEVICE, "sensor"),
                null,
                Map.of("messageId", "id-" + number),
                Map.of(),
                ("x " + number + " .").getBytes(UTF_8));
        store.append(
                        MessageCodec.encode(message),
                        List.of(new Destination(endpoint, Destination.NO_PRIORITY, Long.MAX_VALUE)))
                .get();
    }

    private static void nobodyElseIsLetIn(HubProcess hub) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            var url = "http://127.0.0.1:" + hub.managementPort();
            for (var token : List.of("", "Bearer ", "Bearer nonsense", "Basic nonsense")) {
                for (var path : List.of("/store", "/store/messages", "/store/purge", "/store/", "/storekeeper")) {
                    var request =
                            HttpRequest.newBuilder(URI.create(url + path + "?endpoint=%24upstream&section=QUEUE"));
                    if (!token.isEmpty()) {
                        request.header("Authorization", token);
                    }
                    var post = request.POST(HttpRequest.BodyPublishers.ofString("[]"))
                            .build();
                    var get = request.GET().build();
                    assertThat(http.send(post, BodyHandlers.discarding()).statusCode())
                            .isEqualTo(401);
                    assertThat(http.send(get, BodyHandlers.ofString()))
                            .satisfies(answer -> assertThat(answer.statusCode()).isEqualTo(401))
                            .satisfies(answer -> assertThat(answer.body()).doesNotContain("messageId"));
                }
            }
        }
    }

    private String tool(String... args) throws IOException, InterruptedException {
        return run(0, args);
    }

    private String failing(int code, String... args) throws IOException, InterruptedException {
        return run(code, args);
    }

    private String run(int code, String... args) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(launcher.toString(), "store"));
        command.addAll(List.of(args));
        var err = folder.resolve("err");
        var process = new ProcessBuilder(command).redirectError(err.toFile()).start();
        var out = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(out + Files.readString(err)).isEqualTo(code);
        return code == 0 ? out : out + Files.readString(err);
    }

    private static JsonNode queue(String contents, String endpoint) throws IOException {
        for (var queue : JSON.readTree(contents).path("queues")) {
            if (queue.path("endpoint").asText().equals(endpoint)) {
                return queue;
            }
        }
        throw new AssertionError("no " + endpoint + " in " + contents);
    }

    /** Of what was exported. */
    private static List<String> ids(String lines) throws IOException {
        var ids = new ArrayList<String>();
        for (var line : lines.lines().toList()) {
            ids.add(JSON.readTree(line).path("system").path("messageId").asText());
        }
        return ids;
    }

    /** Of what waits in a folder. */
    private static List<String> ids(Path store) throws IOException {
        try (var open = MessageStore.look(store, InstantSource.system())) {
            return open.queue(UPSTREAM).poll(2 * WAITING, 1 << 20).stream()
                    .map(record ->
                            MessageCodec.decode(record.payload()).system().get("messageId"))
                    .toList();
        }
    }

    private static void await(String what, Callable<Boolean> condition) {
        Awaitility.await(what).atMost(Duration.ofSeconds(120)).until(condition);
    }
}
