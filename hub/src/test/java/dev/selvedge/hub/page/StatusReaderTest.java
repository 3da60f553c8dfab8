package dev.selvedge.hub.page;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.selvedge.api.v1alpha1.MqttUpstream;
import dev.selvedge.api.v1alpha1.SecretRef;
import dev.selvedge.api.v1alpha1.StoreAndForward.WhenFull;
import dev.selvedge.api.v1alpha1.Upstream;
import dev.selvedge.hub.delivery.Pumps;
import dev.selvedge.hub.log.Problems;
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
import dev.selvedge.plan.HubConfiguration.Entry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** {@code /status.json} is what programs may read, too: its names are fixed here. */
class StatusReaderTest {
    private static final Identity HUB = Identity.hub("edge-1");
    private static final Identity SENSOR = Identity.module("edge-1", "sensor");
    private static final HubConfiguration CONFIGURATION = new HubConfiguration(
            Map.of(
                    "broken", new Entry("FROM nowhere", 2, null),
                    "toCloud", new Entry("FROM /messages/* INTO $upstream", 1, null)),
            0,
            1 << 20,
            WhenFull.RejectNew,
            30,
            new Upstream(new MqttUpstream("mqtt://broker.example:1883", null, new SecretRef("broker")), null));
    private static final StatusSink NOWHERE = new StatusSink() {
        @Override
        public void changed(Identity identity, State state) {}

        @Override
        public void close() {}
    };

    private final ObjectMapper json = new ObjectMapper();
    private final Problems problems = new Problems();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    private Path folder;

    @Test
    void aHubThatHasBeenToldNothingSaysSo() throws Exception {
        try (var store = store();
                var pumps = new Pumps(store)) {
            var twins = new Twins(store.journal(), NOWHERE, HUB);
            var routers = new RouterHolder(twins, HUB, store.journal());

            var status = read(store, pumps, routers, twins);

            assertThat(json.writeValueAsString(status)).isEqualTo(oneLine("""
                    {"device":"edge-1","time":"2026-01-01T00:00:00Z","ready":false,
                     "store":{"bytes":0,"maxBytes":1048576,"volumeLow":false,"lostRecords":0},
                     "upstream":null,"queues":[],"routes":[],"twins":[],"problems":[]}"""));
        }
    }

    @Test
    void queuesRoutesTwinsAndProblemsAreTold() throws Exception {
        try (var store = store();
                var pumps = new Pumps(store)) {
            var twins = new Twins(store.journal(), NOWHERE, HUB);
            var routers = new RouterHolder(twins, HUB, store.journal());
            twins.desired(HUB, "uid-1", 3, Credentials.DEFAULT, CONFIGURATION.toDesired());
            twins.desired(
                    SENSOR,
                    "uid-2",
                    7,
                    Credentials.DEFAULT,
                    json.createObjectNode().put("secret", "hidden"));
            twins.connection(SENSOR, () -> true);
            await().until(() -> routers.current().isPresent());
            routers.current()
                    .orElseThrow()
                    .router()
                    .route(new Message(SENSOR, null, Map.of(), Map.of(), new byte[0]), 0);
            for (var message : List.of("a", "b", "c", "d", "e")) {
                var to = new Destination("$upstream", message.equals("e") ? 10 : 1, Long.MAX_VALUE);
                store.append(message.getBytes(UTF_8), List.of(to)).get();
            }
            var handedOut = store.queue("$upstream").poll(3, 1 << 20);
            store.queue("$upstream").acknowledge(handedOut.get(0));
            store.queue("$upstream").reject(handedOut.get(1), "rejected");
            store.queue("$upstream").quarantine(handedOut.get(2), "no").get();
            problems.add(now, "WARN", "MqttUpstreamLink", "upstream <lost>");
            now = now.plusSeconds(90);

            var status = read(store, pumps, routers, twins);

            assertThat(json.writeValueAsString(status))
                    .doesNotContain("hidden", "secret")
                    .isEqualTo(oneLine("""
                    {"device":"edge-1","time":"2026-01-01T00:01:30Z","ready":true,
                     "store":{"bytes":%d,"maxBytes":1048576,"volumeLow":false,"lostRecords":0},
                     "upstream":{"kind":"mqtt","address":"mqtt://broker.example:1883","connected":false},
                     "queues":[{"endpoint":"$upstream","waiting":2,"oldestSeconds":90,"stored":5,"sent":1,"expired":0,"quarantined":1,"dropped":{"rejected":1}}],
                     "routes":[{"name":"broken","text":"FROM nowhere","priority":2,"taken":0,"problem":"%s"},
                      {"name":"toCloud","text":"FROM /messages/* INTO $upstream","priority":1,"taken":1,"problem":null}],
                     "twins":[{"identity":"edge-1/$edgeHub","connected":true,"desiredVersion":3,"reportedVersion":%d},
                      {"identity":"edge-1/sensor","connected":true,"desiredVersion":7,"reportedVersion":1}],
                     "problems":[{"time":"2026-01-01T00:00:00Z","level":"WARN","logger":"MqttUpstreamLink","message":"upstream <lost>"}]}""".formatted(
                                    store.stats().bytes(),
                                    routers.current()
                                            .orElseThrow()
                                            .router()
                                            .problems()
                                            .get("broken")
                                            .replace("\"", "\\\""),
                                    twins.find(HUB).orElseThrow().reportedVersion())));
        }
    }

    private MessageStore store() throws Exception {
        return MessageStore.open(folder.resolve("store"), "edge-1", new StoreOptions(1 << 20, 64 << 10, 0), () -> now);
    }

    private Status read(MessageStore store, Pumps pumps, RouterHolder routers, Twins twins) throws Exception {
        var uplink = new Uplink(folder, "hub", pumps);
        return new StatusReader("edge-1", store, routers, twins, uplink, problems, () -> now).read();
    }

    private static String oneLine(String text) {
        return text.replaceAll("\n *", "");
    }
}
