package dev.selvedge.hub.metrics;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

import dev.selvedge.api.v1alpha1.StoreAndForward.WhenFull;
import dev.selvedge.hub.delivery.Pumps;
import dev.selvedge.hub.delivery.RoutedIntake;
import dev.selvedge.hub.health.Facts;
import dev.selvedge.hub.health.Health;
import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.routing.RouterHolder;
import dev.selvedge.hub.store.Destination;
import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.store.StoreOptions;
import dev.selvedge.hub.twin.StatusSink;
import dev.selvedge.hub.twin.Twins;
import dev.selvedge.hub.upstream.Uplink;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Identity;
import dev.selvedge.plan.HubConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** The table in {@code docs/reference/metrics.md} says what a hub tells. {@code make docs} writes its rows (SELVEDGE_UPDATE=true). */
class MetricsReferenceTest {
    private static final Path PAGE = Path.of("../docs/reference/metrics.md");
    private static final String RULE = "|---|---|---|---|---|";
    private static final String ROW = "| hub | ";
    private static final Pattern HELP = Pattern.compile("(?m)^# HELP (\\S+) (.+)$");
    private static final Pattern TYPE = Pattern.compile("(?m)^# TYPE (\\S+) (\\S+)$");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");

    private static final HubConfiguration CONFIGURATION = new HubConfiguration(
            Map.of("toCloud", new HubConfiguration.Entry("FROM /* INTO $upstream", null, null)),
            0,
            1 << 20,
            WhenFull.RejectNew,
            30,
            null);

    private static final StatusSink NOWHERE = new StatusSink() {
        @Override
        public void changed(Identity identity, State state) {
            // nobody looks
        }

        @Override
        public void close() {
            // nothing to close
        }
    };

    private final Instant now = Instant.parse("2026-01-01T00:00:30Z");

    @TempDir
    private Path folder;

    @Test
    void thePageSaysWhatAHubTells() throws Exception {
        var page = Files.readString(PAGE);
        var wanted = with(rows(scrape()), page);

        if ("true".equals(System.getenv("SELVEDGE_UPDATE"))) {
            Files.writeString(PAGE, wanted);
        } else {
            assertThat(page).as("make docs writes it").isEqualTo(wanted);
        }
    }

    @Test
    void countsWhatHappenedToMessages() throws Exception {
        assertThat(scrape())
                .contains(
                        "selvedge_messages_stored_total{endpoint=\"$upstream\",priority=\"10\"} 3.0",
                        "edgehub_messages_sent_total{endpoint=\"$upstream\",priority=\"10\"} 1.0",
                        "edgehub_messages_dropped_total{endpoint=\"$upstream\",priority=\"10\",reason=\"rejected\"} 1.0",
                        "edgehub_queue_length{endpoint=\"$upstream\",priority=\"10\"} 1.0",
                        "selvedge_queue_oldest_age_seconds{endpoint=\"$upstream\"} 0.0",
                        "edgehub_connected_clients 1.0",
                        "edgehub_messages_dropped_total{endpoint=\"$upstream\",priority=\"10\",reason=\"undecodable\"} 0.0",
                        "selvedge_route_messages_total{route=\"toCloud\"} 1.0",
                        "selvedge_certificate_expiration_timestamp_seconds{certificate=\"server\"} 1.76722569E9",
                        "selvedge_upstream_configured 0.0",
                        "selvedge_upstream_connected 0.0");
    }

    /** A hub that took three messages: one was delivered, one refused by its receiver, one waits. */
    private String scrape() throws Exception {
        var options = new StoreOptions(1 << 20, 64 << 10, 0);
        try (var store = MessageStore.open(folder.resolve("store"), "edge-1", options, () -> now);
                var pumps = new Pumps(store)) {
            var hub = Identity.hub("edge-1");
            var twins = new Twins(store.journal(), NOWHERE, hub);
            var routers = new RouterHolder(twins, hub, store.journal());
            twins.desired(hub, "uid", 1, Credentials.DEFAULT, CONFIGURATION.toDesired());
            await().until(() -> routers.current().isPresent());
            var intake = new RoutedIntake(routers, store, () -> now);
            var meters = new HubMeters(
                    store, intake, routers, new Uplink(folder, "hub", pumps), () -> now.plusSeconds(60), () -> now);
            var upstream = List.of(new Destination("$upstream", Destination.NO_PRIORITY, Long.MAX_VALUE));
            for (var message : List.of("a", "b", "c")) {
                store.append(message.getBytes(UTF_8), upstream).get();
            }
            var handedOut = store.queue("$upstream").poll(2, 1 << 20);
            store.queue("$upstream").acknowledge(handedOut.get(0));
            store.queue("$upstream").reject(handedOut.get(1), "rejected");
            meters.tell(new Health(List.of(), () -> new Facts(1, 0, 1, 1, 0, 0, 0, null), _ -> {}, () -> now));
            var sent = new Message(Identity.module("edge-1", "m"), null, Map.of(), Map.of(), new byte[0]);
            routers.current().orElseThrow().router().route(sent, 0);
            meters.connected(sent.sender());
            meters.refused("protocol");
            // what nobody else holds must not be lost to the meters
            System.gc();
            return meters.scrape();
        }
    }

    private static SortedSet<String> rows(String scrape) {
        var types = new TreeMap<String, String>();
        TYPE.matcher(scrape).results().forEach(match -> types.put(match.group(1), match.group(2)));
        var rows = new TreeSet<String>();
        HELP.matcher(scrape)
                .results()
                .forEach(match -> rows.add(ROW + "`" + match.group(1) + "` | " + types.get(match.group(1)) + " | "
                        + labels(scrape, match.group(1)) + " | " + match.group(2) + " |"));
        return rows;
    }

    /** The page with these rows in place of its own of a hub; the operator's come after them. */
    private static String with(SortedSet<String> rows, String page) {
        var rest = page.lines().filter(line -> !line.startsWith(ROW)).toList();
        var table = rest.indexOf(RULE) + 1;
        var lines = new ArrayList<>(rest.subList(0, table));
        lines.addAll(rows);
        lines.addAll(rest.subList(table, rest.size()));
        return String.join("\n", lines) + "\n";
    }

    private static String labels(String scrape, String name) {
        var labels = new TreeSet<String>();
        scrape.lines()
                .filter(line -> line.startsWith(name + "{"))
                .flatMap(line -> LABEL.matcher(line).results())
                .forEach(match -> labels.add(match.group(1)));
        return String.join(", ", labels);
    }
}
