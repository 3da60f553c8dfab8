package dev.selvedge.hub.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What modules do with their SDKs, done by the real ones over each of their transports against the hub as a process. Writes
 * {@code docs/reference/compatibility-matrix.md}: a cell is green when what should happen was seen to happen.
 */
@Tag("process")
class CompatibilityTest {
    /** Ports are fixed in the SDKs; each conversation has an address of its own, so that several go on at once: they mostly wait. */
    private static final String ADDRESSES = "127.0.53.";

    private static final int AT_ONCE = 4;

    private static final Path PAGE = Path.of("../docs/reference/compatibility-matrix.md");
    private static final Path COMPAT = Path.of("../compat");
    private static final List<String> TRANSPORTS = List.of("MQTT", "MQTT_WS", "AMQPS", "AMQPS_WS");
    private static final List<Sdk> SDKS = sdks();

    private static final ExecutorService STAGE = Executors.newFixedThreadPool(AT_ONCE);
    private static final Map<Conversation, Set<String>> DONE = new LinkedHashMap<>();

    @TempDir
    private Path folder;

    /** An SDK, what runs its puppet, and the transports that it has. */
    private record Sdk(String name, List<String> command, List<String> transports) {}

    /** An SDK on one of its transports. */
    private record Conversation(String sdk, String transport) {}

    @TestFactory
    Stream<DynamicNode> sdksOverTheirTransports() {
        var conversations = new ArrayList<DynamicNode>();
        for (var sdk : SDKS) {
            for (var transport : sdk.transports()) {
                var address = ADDRESSES + (10 + conversations.size());
                conversations.add(operations(new Conversation(sdk.name(), transport), sdk.command(), address));
            }
        }
        return conversations.stream();
    }

    private static List<Sdk> sdks() {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return List.of(
                new Sdk("Node.js", List.of("node", puppet("node/puppet.js")), TRANSPORTS),
                new Sdk("Java", List.of(java, "-jar", puppet("java/target/puppet.jar")), TRANSPORTS),
                new Sdk("Python", List.of("python3", puppet("python/puppet.py")), List.of("MQTT", "MQTT_WS")));
    }

    private static String puppet(String file) {
        return COMPAT.resolve(file).toString();
    }

    /** Begins a conversation; its tests wait for what became of each of its operations. */
    private DynamicNode operations(Conversation conversation, List<String> command, String address) {
        var play = new CompatibilityPlay(
                folder.resolve(conversation.sdk() + "-" + conversation.transport()),
                address,
                with(command, conversation.transport()),
                conversation.sdk().equals("Java") && conversation.transport().startsWith("MQTT"));
        DONE.put(conversation, new LinkedHashSet<>());
        var ends = new LinkedHashMap<String, FutureTask<Boolean>>();
        play.operations().forEach((name, operation) -> ends.put(name, task(operation)));
        ends.put("leaves", task(play::close));
        STAGE.execute(() -> ends.values().forEach(FutureTask::run));
        var tests = new ArrayList<DynamicNode>();
        ends.forEach((name, end) -> tests.add(DynamicTest.dynamicTest(name, () -> {
            try {
                end.get();
            } catch (ExecutionException e) {
                throw e.getCause();
            }
            DONE.get(conversation).add(name);
        })));
        return DynamicContainer.dynamicContainer(conversation.sdk() + " " + conversation.transport(), tests);
    }

    private static FutureTask<Boolean> task(Executable operation) {
        return new FutureTask<>(() -> {
            try {
                operation.execute();
                return true;
            } catch (Exception | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static List<String> with(List<String> command, String argument) {
        return Stream.concat(command.stream(), Stream.of(argument)).toList();
    }

    @AfterAll
    static void thePageSaysWhatWasSeen() throws IOException {
        STAGE.shutdownNow();
        var page = page();
        if ("true".equals(System.getenv("SELVEDGE_UPDATE"))) {
            Files.writeString(PAGE, page);
        }
        assertThat(Files.readString(PAGE))
                .as("make docs-compatibility writes it")
                .isEqualTo(page);
    }

    private static String page() throws IOException {
        var names = CompatibilityPlay.NAMES;
        var rows = SDKS.stream()
                .flatMap(sdk -> TRANSPORTS.stream().map(transport -> row(sdk, transport)))
                .collect(Collectors.joining("\n"));
        return """
                # What the SDKs were seen to do

                Generated by `CompatibilityTest` (`make test-process`): the real SDKs as processes, against the hub as a process. A cell is green when
                its effect was seen at the other end: the message at another module's input with the same bytes and properties, the reported
                property in what the hub shows, the answer of the method that was called.

                %s

                | SDK | transport | %s |
                | --- | --- | %s |
                %s

                MQTT is port 8883, AMQPS port 5671, the `_WS` ones are WebSockets on port 443. –: the SDK has no such transport. *Token renewed*: the SDK's own renewal before
                the token ends (Node.js, Python, and Java over AMQP), or the new token that Java makes for each MQTT connection. *Hub killed*: SIGKILL, and a new process on the same
                data. *Hub stopped*: the same with SIGTERM. *Store full*: a message that the hub refuses at first for want of room. *Taken over*: the same identity connects a second time.
                """.formatted(
                        versions(),
                        String.join(" | ", names),
                        names.stream().map(_ -> "---").collect(Collectors.joining(" | ")),
                        rows);
    }

    private static String row(Sdk sdk, String transport) {
        var done = DONE.getOrDefault(new Conversation(sdk.name(), transport), Set.of());
        return "| " + sdk.name() + " | " + transport + " | "
                + CompatibilityPlay.NAMES.stream()
                        .map(name -> !sdk.transports().contains(transport) ? "–" : done.contains(name) ? "✓" : "**no**")
                        .collect(Collectors.joining(" | "))
                + " |";
    }

    private static String versions() throws IOException {
        var node = Pattern.compile("\"(azure-iot-[a-z-]+)\": \"([0-9.]+)\"")
                .matcher(Files.readString(COMPAT.resolve("node/package.json")))
                .results()
                .map(found -> "`" + found.group(1) + "` " + found.group(2))
                .collect(Collectors.joining(", "));
        var java = Pattern.compile("<artifactId>(iot-device-client)</artifactId>\\s*<version>([0-9.]+)</version>")
                .matcher(Files.readString(COMPAT.resolve("java/pom.xml")))
                .results()
                .map(found -> "`" + found.group(1) + "` " + found.group(2))
                .collect(Collectors.joining(", "));
        var python = Pattern.compile("(azure-iot-device)==([0-9.]+)")
                .matcher(Files.readString(COMPAT.resolve("python/requirements.txt")))
                .results()
                .map(found -> "`" + found.group(1) + "` " + found.group(2))
                .collect(Collectors.joining(", "));
        return "- Node.js: " + node + "\n- Java: " + java + "\n- Python: " + python;
    }
}
