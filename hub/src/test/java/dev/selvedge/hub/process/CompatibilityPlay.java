package dev.selvedge.hub.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.function.Executable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** Two modules of one SDK over one transport, and the hub between them. The operations are meant to be run in their order. */
final class CompatibilityPlay {
    /** The operations, in their order. */
    static final List<String> NAMES = List.of(
            "connected",
            "telemetry",
            "output to input",
            "twin read",
            "desired followed",
            "reported",
            "method served",
            "method called",
            "token renewed",
            "hub killed",
            "hub stopped",
            "store full",
            "taken over");

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int TOKEN_SECONDS = 10;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern TOKEN =
            Pattern.compile("(?:client connected|token renewed): client=edge-1/a .*tokenUntil=(\\S+)");

    private final Path folder;
    private final String address;
    private final List<String> command;
    private final boolean renewsOnlyWhenItConnects;
    private HubProcess hub;
    private Puppet a;
    private Puppet b;
    private int mark;

    CompatibilityPlay(Path folder, String address, List<String> command, boolean renewsOnlyWhenItConnects) {
        this.folder = folder;
        this.address = address;
        this.command = command;
        this.renewsOnlyWhenItConnects = renewsOnlyWhenItConnects;
    }

    Map<String, Executable> operations() {
        var operations = List.<Executable>of(
                this::connects,
                this::sendsTelemetry,
                this::sendsFromAnOutputToAnInput,
                this::readsItsTwin,
                this::followsItsDesiredProperties,
                this::reports,
                this::servesAMethod,
                this::callsAMethod,
                this::renewsItsToken,
                this::survivesTheHub,
                this::survivesAHubThatStops,
                this::survivesAFullStore,
                this::isTakenOver);
        var named = new LinkedHashMap<String, Executable>();
        for (int i = 0; i < NAMES.size(); i++) {
            named.put(NAMES.get(i), operations.get(i));
        }
        return named;
    }

    private void connects() throws Exception {
        Files.createDirectories(folder);
        hub = HubProcess.forSdks(folder, site(1), address);
        a = puppet();
        b = puppet();
        connect(a, "a", 0);
        connect(b, "b", 0);
        b.tell("listen");
        assertThat(hub.log()).anyMatch(line -> line.contains("client connected: client=edge-1/a"));
        assertThat(hub.log()).anyMatch(line -> line.contains("client connected: client=edge-1/b"));
    }

    private void sendsTelemetry() throws Exception {
        a.tell("send", Map.of("body", "{\"n\":1}"));

        var arrived = b.next("input");
        assertThat(arrived.path("name").asText()).isEqualTo("all");
        assertThat(arrived.path("body").asText()).isEqualTo("{\"n\":1}");
    }

    private void sendsFromAnOutputToAnInput() throws Exception {
        a.tell(
                "send",
                Map.of(
                        "output", "out1",
                        "body", "grün",
                        "id", "message-1",
                        "contentType", "text/plain",
                        "properties", Map.of("line", "4", "ümlaut & co", "a=b/c %20")));

        var arrived = b.next("input");
        assertThat(arrived.path("name").asText()).isEqualTo("in1");
        assertThat(arrived.path("body").asText()).isEqualTo("grün");
        assertThat(arrived.path("id").asText()).isEqualTo("message-1");
        assertThat(arrived.path("contentType").asText()).isEqualTo("text/plain");
        assertThat(arrived.path("properties").path("line").asText()).isEqualTo("4");
        assertThat(arrived.path("properties").path("ümlaut & co").asText()).isEqualTo("a=b/c %20");
    }

    private void readsItsTwin() throws Exception {
        var desired = a.tell("twin").path("desired");

        assertThat(desired.path("interval").asInt()).isEqualTo(1);
        assertThat(desired.path("$version").asInt()).isEqualTo(1);
    }

    private void followsItsDesiredProperties() throws Exception {
        a.tell("follow");

        hub.manifests(site(2));

        JsonNode patch;
        do {
            patch = a.next("desired").path("patch");
        } while (patch.path("interval").asInt() != 2);
        assertThat(patch.path("$version").asInt()).isEqualTo(2);
    }

    private void reports() throws Exception {
        a.tell("report", Map.of("patch", Map.of("fan", Map.of("speed", 1200))));

        var shown = hub.data().resolve("twins/a.json");
        await().atMost(SOON)
                .until(() -> Files.exists(shown) && Files.readString(shown).contains("1200"));
    }

    private void servesAMethod() throws Exception {
        b.tell("serve", Map.of("method", "reset"));

        var answer = call("{\"methodName\":\"reset\",\"payload\":{\"z\":[1,null]},\"connectTimeoutInSeconds\":30}");

        assertThat(b.next("called").path("payload")).isEqualTo(JSON.readTree("{\"z\":[1,null]}"));
        assertThat(answer).isEqualTo(JSON.readTree("{\"status\":207,\"payload\":{\"z\":[1,null]}}"));
    }

    private void callsAMethod() throws Exception {
        var answer = a.tell(
                "call", Map.of("device", "edge-1", "module", "b", "method", "reset", "payload", Map.of("from", "a")));

        assertThat(answer.path("status").asInt()).isEqualTo(207);
        assertThat(answer.path("payload").path("from").asText()).isEqualTo("a");
    }

    private void renewsItsToken() throws Exception {
        a.tell("close");
        a.close();
        a = puppet();
        var tokens = tokens().size();
        connect(a, "a", TOKEN_SECONDS);
        await().atMost(SOON).until(() -> tokens().size() > tokens);
        var first = tokens().getLast();
        if (renewsOnlyWhenItConnects) {
            // the token counts in seconds, and the hub takes longer than one to come back
            hub.killAndRestart();
        }
        await().atMost(SOON).until(() -> tokens().getLast().isAfter(first));

        assertPasses();
        a.tell("close");
        a.close();
        a = puppet();
        connect(a, "a", 0);
    }

    private void survivesTheHub() throws Exception {
        hub.killAndRestart();

        assertPasses();
    }

    private void survivesAHubThatStops() throws Exception {
        hub.stopAndRestart();

        assertPasses();
    }

    private void survivesAFullStore() throws Exception {
        obey(site(2, "1Ki"));
        var before = hub.log().size();
        var sent = a.begin("send", Map.of("output", "out1", "body", "x".repeat(2000)));
        awaitLog(before, "message not stored and not acknowledged: client=edge-1/a");

        obey(site(2, "32Mi"));

        sent.get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertPasses();
    }

    private void obey(String site) throws IOException {
        var before = hub.log().size();
        hub.manifests(site);
        awaitLog(before, "configuration in force");
    }

    private void awaitLog(int before, String what) {
        await().atMost(SOON).until(() -> hub.log().stream().skip(before).anyMatch(line -> line.contains(what)));
    }

    private void isTakenOver() throws Exception {
        var before = hub.log().size();
        var other = puppet();
        connect(other, "a", 0);
        awaitLog(before, "why=the same identity connected again");
        a.close();
        a = other;

        assertPasses();
    }

    /** A message goes from a to b, whatever they must do for it first. */
    private void assertPasses() throws Exception {
        var body = "mark " + ++mark;
        a.tell("send", Map.of("output", "out1", "body", body));
        while (!b.next("input").path("body").asText().equals(body)) {
            // what was sent again after the hub was killed
        }
    }

    private List<Instant> tokens() {
        return hub.log().stream()
                .map(TOKEN::matcher)
                .filter(found -> found.find())
                .map(found -> Instant.parse(found.group(1)))
                .toList();
    }

    private JsonNode call(String body) throws Exception {
        var answer = new HttpsDoor(hub, address).post("/twins/edge-1/modules/b/methods", "a", body);
        return JSON.readTree(answer.body());
    }

    private Puppet puppet() throws IOException {
        return new Puppet(command, folder.resolve("puppets.log"));
    }

    private void connect(Puppet puppet, String module, int tokenSeconds) throws Exception {
        var parameters = new LinkedHashMap<String, Object>();
        parameters.put("connectionString", hub.connection(module).text());
        parameters.put("ca", hub.authority().toString());
        if (tokenSeconds > 0) {
            parameters.put("tokenSeconds", tokenSeconds);
        }
        puppet.tell("connect", parameters);
    }

    void close() throws Exception {
        for (var puppet : new Puppet[] {a, b}) {
            if (puppet != null) {
                puppet.close();
            }
        }
        if (hub != null) {
            hub.close();
        }
    }

    private static String site(int interval) {
        return site(interval, "32Mi");
    }

    private static String site(int interval, String maxBytes) {
        return """
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeHub
                metadata: {name: hub}
                spec:
                  storage: {size: 64Mi, maxBytes: %s}
                  storeAndForward: {whenFull: RejectNew}
                  routes:
                    outputs: {route: 'FROM /messages/modules/a/outputs/out1 INTO BrokeredEndpoint("/modules/b/inputs/in1")'}
                    rest: {route: 'FROM /messages/modules/a/* WHERE NOT is_defined($outputName) INTO BrokeredEndpoint("/modules/b/inputs/all")'}
                ---
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeModule
                metadata: {name: a}
                spec: {image: none, twin: {desired: {interval: %d}}}
                ---
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeModule
                metadata: {name: b}
                spec: {image: none}
                """.formatted(maxBytes, interval);
    }
}
