package dev.selvedge.hub.metrics;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

import dev.selvedge.hub.delivery.Pumps;
import dev.selvedge.hub.delivery.RoutedIntake;
import dev.selvedge.hub.health.Facts;
import dev.selvedge.hub.health.Health;
import dev.selvedge.hub.routing.RouterHolder;
import dev.selvedge.hub.store.Destination;
import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.store.StoreOptions;
import dev.selvedge.hub.twin.StatusSink;
import dev.selvedge.hub.twin.Twins;
import dev.selvedge.hub.upstream.Uplink;
import dev.selvedge.identity.Identity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/** {@code docs/reference/metrics.md} says what a hub tells. {@code make docs} writes it (SELVEDGE_UPDATE=true). */
class MetricsReferenceTest {
    private static final Path PAGE = Path.of("../docs/reference/metrics.md");
    private static final Pattern HELP = Pattern.compile("(?m)^# HELP (\\S+) (.+)$");
    private static final Pattern TYPE = Pattern.compile("(?m)^# TYPE (\\S+) (\\S+)$");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");

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
        var page = page(scrape());

        if ("true".equals(System.getenv("SELVEDGE_UPDATE"))) {
            Files.writeString(PAGE, page);
        }
        assertThat(PAGE).as("make docs writes it").exists();
        assertThat(Files.readString(PAGE)).as("make docs writes it").isEqualTo(page);
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
                        "selvedge_upstream_connected 0.0");
    }

    /** A hub that took three messages: one was delivered, one refused by its receiver, one waits. */
    private String scrape() throws Exception {
        var options = new StoreOptions(1 << 20, 64 << 10, 0);
        try (var store = MessageStore.open(folder.resolve("store"), "edge-1", options, () -> now);
                var pumps = new Pumps(store)) {
            var hub = Identity.hub("edge-1");
            var routers = new RouterHolder(new Twins(store.journal(), NOWHERE, hub), hub, store.journal());
            var intake = new RoutedIntake(routers, store, () -> now);
            var meters = new HubMeters(store, intake, new Uplink(folder, "hub", pumps), () -> now);
            var upstream = List.of(new Destination("$upstream", Destination.NO_PRIORITY, Long.MAX_VALUE));
            for (var message : List.of("a", "b", "c")) {
                store.append(message.getBytes(UTF_8), upstream).get();
            }
            var handedOut = store.queue("$upstream").poll(2, 1 << 20);
            store.queue("$upstream").acknowledge(handedOut.get(0));
            store.queue("$upstream").reject(handedOut.get(1), "rejected");
            meters.tell(new Health(List.of(), () -> new Facts(1, 0, 1, 0, 0, null), _ -> {}, () -> now));
            meters.connected(Identity.module("edge-1", "m"));
            meters.refused("protocol");
            return meters.scrape();
        }
    }

    private static String page(String scrape) {
        var types = new TreeMap<String, String>();
        TYPE.matcher(scrape).results().forEach(match -> types.put(match.group(1), match.group(2)));
        var rows = new TreeSet<String>();
        HELP.matcher(scrape)
                .results()
                .forEach(match -> rows.add("| `" + match.group(1) + "` | " + types.get(match.group(1)) + " | "
                        + labels(scrape, match.group(1)) + " | " + match.group(2) + " |"));
        return """
                # Metrics of a hub

                Written by `make docs`. Each hub tells them on port 9600, path `/metrics`, in Prometheus' text format; names that begin with
                `edgehub_` are those of IoT Edge. Counters of messages are kept on disk and go on across restarts: for each endpoint and priority
                `stored = sent + expired + dropped + quarantined + queue length`. Priority 10 stands for routes without one.

                | name | type | labels | meaning |
                |---|---|---|---|
                """ + String.join("\n", rows) + "\n";
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
