package dev.selvedge.hub.tool;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.selvedge.hub.desk.Access;
import dev.selvedge.hub.desk.Contents;
import dev.selvedge.hub.desk.StoreDesk;
import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.message.MessageCodec;
import dev.selvedge.hub.store.Destination;
import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.store.StoreOptions;
import dev.selvedge.identity.Identity;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The commands on folders that no hub has. */
class StoreCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String UPSTREAM = "$upstream";
    private static final StoreOptions OPTIONS = new StoreOptions(64 << 20, 64 << 10, 0);
    private static final int WAITING = 1200;
    private static final byte[] NO_TEXT = {(byte) 0xff, 0};

    @TempDir
    private Path folder;

    private Path full;
    private Path empty;

    private record Ran(int code, String out, String err) {
        JsonNode json() throws IOException {
            return JSON.readTree(out);
        }

        List<JsonNode> lines() throws IOException {
            var lines = new ArrayList<JsonNode>();
            for (var line : out.lines().toList()) {
                lines.add(JSON.readTree(line));
            }
            return lines;
        }
    }

    @BeforeEach
    void fill() throws Exception {
        full = folder.resolve("full");
        empty = folder.resolve("empty");
        MessageStore.open(empty.resolve("store"), "edge-2", OPTIONS, InstantSource.system())
                .close();
        try (var store = MessageStore.open(full.resolve("store"), "edge-1", OPTIONS, InstantSource.system())) {
            var to = List.of(new Destination(UPSTREAM, Destination.NO_PRIORITY, Long.MAX_VALUE));
            store.append(encoded("refused", new byte[0]), to).get();
            var queue = store.queue(UPSTREAM);
            queue.quarantine(queue.poll(1, 1 << 20).getFirst(), "too hot").get();
            var soon = InstantSource.system().millis() + 3_600_000;
            for (var number = 1; number < WAITING - 1; number++) {
                store.append(encoded("m" + number, ("body " + number).getBytes(UTF_8)), to);
            }
            store.append(encoded("binary", NO_TEXT), List.of(new Destination(UPSTREAM, 2, soon)));
            store.append(new byte[] {42}, to).get();
        }
    }

    private static byte[] encoded(String id, byte[] body) {
        var sender = Identity.module("edge-1", "sensor");
        return MessageCodec.encode(new Message(sender, "out", Map.of("messageId", id), Map.of("a b", "ü"), body));
    }

    private static Ran run(Path data, String... args) {
        var all = new ArrayList<>(List.of("store"));
        all.addAll(List.of(args));
        all.addAll(List.of("--folder", data.toString()));
        return tool(all.toArray(String[]::new));
    }

    private static Ran tool(String... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        var code = Tool.commandLine(new PrintWriter(out), new PrintWriter(err)).execute(args);
        return new Ran(code, out.toString(), err.toString());
    }

    @Test
    void listsQueuesAndQuarantine() throws Exception {
        var table = run(full, "ls");
        var json = run(full, "ls", "-o", "json").json();

        assertThat(table.out())
                .containsPattern("\\$upstream +2 +1 +\\d+ B ")
                .containsPattern("\\$upstream +- +" + (WAITING - 1) + " .* 1\n")
                .containsPattern("\\$upstream +1 +\\d+ B .*too hot\n");
        for (var queue : json.path("queues")) {
            assertThat(queue.path("received").asLong())
                    .isEqualTo(queue.path("waiting").asLong()
                            + queue.path("quarantined").asLong());
        }
    }

    @Test
    void peeksAtHeadersAndBodiesByPriorityAndInQuarantine() throws Exception {
        assertThat(run(full, "peek", UPSTREAM, "-n", "2").out())
                .containsSubsequence(
                        "priority 2", "body, no text", "/wA=", "priority none", "$messageId: m1", "a b: ü", "body 1");
        assertThat(run(full, "peek", UPSTREAM, "-n", "2000", "-o", "json").lines())
                .hasSize(WAITING);
        assertThat(run(full, "peek", UPSTREAM, "-n", "9", "--quarantine").out())
                .containsSubsequence("reason: too hot", "$messageId: refused")
                .doesNotContain("m1");
        assertThat(run(full, "peek", "nobody").out()).isEmpty();
    }

    @Test
    void whatIsExportedFromOneStoreAndImportedIntoAnotherIsTheSame() throws Exception {
        var file = folder.resolve("messages.jsonl");
        Files.writeString(file, run(full, "export", UPSTREAM).out());

        var imported = run(empty, "import", file.toString(), "-o", "json");

        assertThat(imported.json().path("stored").asInt()).isEqualTo(WAITING);
        assertThat(imported.code()).isZero();
        assertThat(essence(run(empty, "export", UPSTREAM))).isEqualTo(essence(run(full, "export", UPSTREAM)));

        // and once more: there twice, with the same ids
        assertThat(run(empty, "import", file.toString()).code()).isZero();
        var ids = run(empty, "export", UPSTREAM).lines().stream()
                .map(line -> line.path("system").path("messageId").asText())
                .toList();
        assertThat(ids).hasSize(2 * WAITING);
        assertThat(ids.stream().distinct()).hasSize(WAITING);
    }

    /** All but where and since when a message is. */
    private static List<JsonNode> essence(Ran exported) throws IOException {
        var lines = exported.lines();
        lines.forEach(line -> ((ObjectNode) line).remove(List.of("sequence", "storedAt")));
        return lines;
    }

    @Test
    void saysWhichLinesWereNotImported() throws Exception {
        var file = folder.resolve("wrong.jsonl");
        Files.writeString(file, """
                {"endpoint":"e","sender":"edge-1/m","body":"good"}
                {"endpoint":"e","sender":"nobody at all","body":"bad"}
                {"endpoint":"e","sender":"edge-1/m","priority":11}
                {"endpoint":"e","sender":"edge-1/m","body":"good"}
                no message
                {"endpoint":"e","sender":"edge-1/m","body":"not tried"}
                """);

        var imported = run(empty, "import", file.toString());

        assertThat(imported.code()).isEqualTo(1);
        assertThat(imported.out()).isEqualTo("2 messages stored\n");
        assertThat(imported.err())
                .contains("line 2 of " + file + " was not stored: 'sender' must be a device")
                .contains("line 3 of " + file + " was not stored: priority 11")
                .contains("line 5 of " + file + " was not stored: it is no message")
                .contains("line 6 of " + file + " was not stored: it and what follows was not tried");
        assertThat(run(empty, "ls", "-o", "json")
                        .json()
                        .path("queues")
                        .path(0)
                        .path("waiting")
                        .asInt())
                .isEqualTo(2);
    }

    @Test
    void refusesLinesWithNothingWhereThereMustBeSomething() throws Exception {
        var file = folder.resolve("null.jsonl");
        Files.writeString(file, """
                {"endpoint":"e","sender":"edge-1/m","body":"good"}
                {"endpoint":"e","sender":"edge-1/m","properties":{"unit":null}}
                {"endpoint":"e","sender":"edge-1/m","system":{"messageId":null}}
                null
                """);

        var imported = run(empty, "import", file.toString());

        assertThat(imported.code()).isEqualTo(1);
        assertThat(imported.out()).isEqualTo("1 message stored\n");
        assertThat(imported.err())
                .contains("line 2 of " + file + " was not stored: 'properties' has no value for 'unit'")
                .contains("line 3 of " + file + " was not stored: 'system' has no value for 'messageId'")
                .contains("line 4 of " + file + " was not stored: it is no message: null");
        assertThat(run(empty, "ls", "-o", "json").json().path("queues")).hasSize(1);
    }

    @Test
    void verifiesAndSaysWhatIsDamaged() throws Exception {
        assertThat(run(full, "verify").code()).isZero();
        assertThat(run(full, "verify").out()).contains("intact: all " + (WAITING + 2) + " records are whole");

        var segment = full.resolve("store/log-02/00000000000000000001.log");
        var bytes = Files.readAllBytes(segment);
        bytes[bytes.length - 1] ^= 1;
        Files.write(segment, bytes);

        var found = run(full, "verify");
        assertThat(found.code()).isEqualTo(1);
        assertThat(found.out())
                .containsPattern("log-02/0+1.log +\\d+ +0 +1 +\\d+ bytes at 0")
                .contains("DAMAGED");
        assertThat(run(full, "verify", "-o", "json").json().path("intact").asBoolean())
                .isFalse();
    }

    @Test
    void changesNothingUntilToldYesAndCountsWhatGoes() throws Exception {
        var asked = run(full, "purge", UPSTREAM);

        assertThat(asked.code()).isEqualTo(2);
        assertThat(asked.out()).contains("would be purged: " + WAITING + " messages waiting for $upstream");
        assertThat(asked.err()).contains("nothing was changed: give --yes");
        assertThat(waiting()).isEqualTo(WAITING);
        assertThat(run(full, "release", UPSTREAM).code()).isEqualTo(2);
        assertThat(run(full, "purge", "nobody", "--yes").err()).contains("there is no endpoint 'nobody'");

        assertThat(run(full, "release", UPSTREAM, "--yes").out()).contains("released: 1 message in quarantine");
        assertThat(waiting()).isEqualTo(WAITING + 1);
        assertThat(run(full, "purge", UPSTREAM, "--yes").out()).contains("purged: " + (WAITING + 1) + " messages");
        assertThat(waiting()).isZero();
        assertThat(run(full, "ls").out()).contains(WAITING + " purged");
    }

    @Test
    void saysWhatARunningHubHadNoRoomToRelease() throws Exception {
        var quarantined = new AtomicInteger(3);
        var hub = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hub.createContext("/store/release", exchange -> answer(exchange, quarantined.getAndSet(2) - 2));
        hub.createContext("/store", exchange -> answer(exchange, contents(quarantined.get())));
        Access.issue("127.0.0.1", hub.getAddress().getPort()).write(folder);
        hub.start();
        try {
            var released = tool("store", "release", UPSTREAM, "--yes", "--data", folder.toString());

            assertThat(released.code()).isEqualTo(1);
            assertThat(released.out()).contains("released: 1 message in quarantine for $upstream, 100 B");
            assertThat(released.err()).contains("not released: 2 messages; 2 stay in quarantine");
        } finally {
            hub.stop(0);
        }
    }

    @Test
    void saysFromWhichLineOnToImportWhenTheHubGoesAwayMeanwhile() throws Exception {
        var file = folder.resolve("messages.jsonl");
        Files.writeString(file, run(full, "export", UPSTREAM).out());
        var asked = new AtomicInteger();
        var hub = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hub.createContext("/store/messages", exchange -> {
            if (asked.incrementAndGet() == 1) {
                answer(exchange, new StoreDesk.Imported(500, List.of()));
            } else {
                exchange.close();
            }
        });
        Access.issue("127.0.0.1", hub.getAddress().getPort()).write(folder);
        hub.start();
        try {
            var imported = tool("store", "import", file.toString(), "--data", folder.toString());

            assertThat(imported.code()).isEqualTo(1);
            assertThat(imported.out()).isEqualTo("500 messages stored\n");
            assertThat(imported.err())
                    .contains("lines 501 to 1000 of " + file + " may be stored or not: ")
                    .contains("line 1001 of " + file + " was not stored: it and what follows was not tried")
                    .contains(
                            "import the file again from line 501 on; what is stored of lines 501 to 1000 is there twice then");
        } finally {
            hub.stop(0);
        }
    }

    private static Contents contents(int quarantined) {
        var queue = new Contents.Queue(UPSTREAM, 1, 0, 0, null, 9, 6, 0, Map.of(), quarantined);
        var held = new Contents.Quarantine(UPSTREAM, quarantined, 100L * quarantined, "2026-01-01T00:00:00Z", "no");
        return new Contents(1000, null, 0, List.of(queue), List.of(held));
    }

    private static void answer(HttpExchange exchange, Object value) throws IOException {
        var json = JSON.writeValueAsBytes(value);
        exchange.sendResponseHeaders(200, json.length);
        try (var body = exchange.getResponseBody()) {
            body.write(json);
        }
    }

    private long waiting() throws IOException {
        var waiting = 0L;
        for (var queue : run(full, "ls", "-o", "json").json().path("queues")) {
            waiting += queue.path("waiting").asLong();
        }
        return waiting;
    }

    @Test
    void saysWhatIsWrongInWords() {
        assertThat(run(folder.resolve("nowhere"), "ls").err()).contains("there is no store in");
        assertThat(run(folder.resolve("nowhere"), "ls").code()).isEqualTo(1);
        assertThat(run(full, "peek").code()).isEqualTo(2);
        assertThat(run(full, "ls", "-o", "yaml").code()).isEqualTo(2);
    }

    @Test
    void theTokenOfARunningHubIsForItsUserOnlyAndNewEachTime() throws Exception {
        var first = Access.issue("0.0.0.0", 9600);
        var second = Access.issue("127.0.0.1", 9601);
        first.write(folder);
        second.write(folder);

        var read = Access.read(folder);
        assertThat(read).isEqualTo(second);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("management.json"))))
                .isEqualTo("rw-------");
        assertThat(read.admits(second.token())).isTrue();
        assertThat(read.admits(first.token())).isFalse();
        assertThat(read.admits("")).isFalse();
        assertThat(first.url()).isEqualTo("http://127.0.0.1:9600");
        assertThat(first.toString()).doesNotContain(first.token());

        Access.remove(folder);
        assertThatThrownBy(() -> Access.read(folder)).hasMessageContaining("no hub runs on " + folder);
    }
}
