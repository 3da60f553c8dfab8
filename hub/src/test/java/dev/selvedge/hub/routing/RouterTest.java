package dev.selvedge.hub.routing;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import dev.selvedge.api.v1alpha1.StoreAndForward.WhenFull;
import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.store.Destination;
import dev.selvedge.identity.Identity;
import dev.selvedge.plan.HubConfiguration;
import dev.selvedge.plan.HubConfiguration.Entry;
import dev.selvedge.route.RouteParser;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class RouterTest {
    private static final String TO_FILTER = " INTO BrokeredEndpoint(\"/modules/filter/inputs/input1\")";
    private static final Message OUT1 =
            new Message(Identity.module("d", "sensor"), "out1", Map.of(), Map.of(), new byte[0]);

    @Test
    void anEndpointGetsAMessageOnceByItsHighestPriority() {
        var router = router(
                7200,
                Map.of(
                        "a", new Entry("FROM /messages/*" + TO_FILTER, null, null),
                        "b", new Entry("FROM /messages/modules/sensor/outputs/out1" + TO_FILTER, 3, 60L),
                        "c", new Entry("FROM /messages/modules/sensor/*" + TO_FILTER, 5, null),
                        "d", new Entry("FROM /messages/modules/other/*" + TO_FILTER, 0, null),
                        "e", new Entry("FROM /* INTO $upstream", null, null)));

        assertThat(router.route(OUT1, 1000))
                .containsExactlyInAnyOrder(
                        new Destination("modules/filter/inputs/input1", 3, 61_000),
                        new Destination("$upstream", 10, 7_201_000));
        assertThat(router.endpoints()).containsExactly("$upstream", "modules/filter/inputs/input1");
        assertThat(router.inputs("filter")).containsExactly("input1");
        assertThat(router.inputs("sensor")).isEmpty();
    }

    @Test
    void countsWhatEachRouteTakesByItsName() {
        var router = router(
                0,
                Map.of(
                        "all", new Entry("FROM /* INTO $upstream", 5, null),
                        "first", new Entry("FROM /messages/modules/sensor/* INTO $upstream", 1, null),
                        "other", new Entry("FROM /messages/modules/other/* INTO $upstream", 1, null)));

        router.route(OUT1, 0);
        router.route(OUT1, 0);

        assertThat(router.taken()).isEqualTo(Map.of("all", 0L, "first", 2L, "other", 0L));
    }

    @Test
    void withoutATimeToLiveAMessageIsKept() {
        var router = router(0, Map.of("a", new Entry("FROM /* INTO $upstream", 0, 0L)));

        assertThat(router.route(OUT1, 1000)).containsExactly(new Destination("$upstream", 0, Long.MAX_VALUE));
    }

    @Test
    void theLongestPathThatARouteMayNameIsTheNameOfAQueue() {
        var start = "modules/m/inputs/";
        var endpoint = start + "i".repeat(RouteParser.MAX_INPUT_BYTES - start.length());
        var router = router(0, Map.of("a", new Entry("FROM /* INTO BrokeredEndpoint('" + endpoint + "')", 0, 0L)));

        assertThat(router.endpoints()).containsExactly(endpoint);
    }

    @Test
    void aRouteThatCannotBeReadIsNamedAndHarmsNoOther() {
        var router = router(
                7200,
                Map.of(
                        "bad", new Entry("FROM /messages/* WHERE key = 3 INTO $upstream", null, null),
                        "worse", new Entry("", null, null),
                        "high", new Entry("FROM /* INTO $upstream", 11, null),
                        "good", new Entry("FROM /* INTO $upstream", null, null)));

        assertThat(router.problems()).containsOnlyKeys("bad", "worse", "high");
        assertThat(router.route(OUT1, 0)).hasSize(1);
    }

    @Test
    void aConditionDecidesWhichMessagesTravel() {
        var hot = "FROM /messages/* WHERE $body.machine.temperature > 25 AND Level = 'high' INTO $upstream";
        var module = "FROM /messages/* WHERE $connectionModuleId = 'sensor' AND $outputName = 'out1'" + TO_FILTER;
        var router = router(0, Map.of("hot", new Entry(hot, 0, null), "module", new Entry(module, 0, null)));

        assertThat(endpoints(router, message("{\"machine\": {\"temperature\": 30}}")))
                .containsExactlyInAnyOrder("$upstream", "modules/filter/inputs/input1");
        assertThat(endpoints(router, message("{\"machine\": {\"temperature\": 20}}")))
                .containsExactly("modules/filter/inputs/input1");
        assertThat(endpoints(router, message("no JSON"))).containsExactly("modules/filter/inputs/input1");
    }

    @Test
    void changesOfTwinsTravelByTheirOwnSource() {
        var router = router(
                0,
                Map.of(
                        "messages", new Entry("FROM /messages/* INTO $upstream", 0, null),
                        "changes",
                                new Entry(
                                        "FROM /twinChangeNotifications WHERE $messageSchema = 'twinChangeNotification' AND $body.count > 2"
                                                + TO_FILTER,
                                        0,
                                        null)));
        var change = Message.twinChange(
                Identity.module("edge-1", "sensor"), "{\"count\":3}".getBytes(StandardCharsets.UTF_8));

        assertThat(endpoints(router, change)).containsExactly("modules/filter/inputs/input1");
        assertThat(endpoints(router, OUT1)).containsExactly("$upstream");
        assertThat(endpoints(router(0, Map.of("all", new Entry("FROM /* INTO $upstream", 0, null))), change))
                .containsExactly("$upstream");
    }

    @Test
    void aRouteWhoseConditionRefusesLeavesTheEndpointToALowerOne() {
        var router = router(
                0,
                Map.of(
                        "never", new Entry("FROM /* WHERE false INTO $upstream", 0, null),
                        "always", new Entry("FROM /* WHERE NOT is_defined(level) INTO $upstream", 4, null)));

        assertThat(router.route(OUT1, 1000)).containsExactly(new Destination("$upstream", 4, Long.MAX_VALUE));
    }

    @Test
    void systemPropertiesTellWhereAMessageComesFrom() {
        var leaf = new Message(
                Identity.device("leaf"), null, Map.of("connectionDeviceId", "forged"), Map.of(), new byte[0]);

        assertThat(leaf.systemProperty("connectionDeviceId")).isEqualTo("leaf");
        assertThat(leaf.systemProperty("connectionModuleId")).isNull();
        assertThat(leaf.systemProperty("edgeHubOriginInterface")).isEqualTo("downstream");
        assertThat(OUT1.systemProperty("EDGEHUBORIGININTERFACE")).isEqualTo("internal");
    }

    private static Message message(String body) {
        return new Message(
                Identity.module("d", "sensor"),
                "out1",
                Map.of("contentType", "application/json", "contentEncoding", "utf-8"),
                Map.of("level", "high"),
                body.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> endpoints(Router router, Message message) {
        return router.route(message, 0).stream().map(Destination::endpoint).toList();
    }

    @Test
    void noRouteNoDestination() {
        assertThat(router(7200, Map.of()).route(OUT1, 0)).isEmpty();
    }

    private static Router router(long timeToLive, Map<String, Entry> routes) {
        return Router.of(new HubConfiguration(routes, timeToLive, 1 << 20, WhenFull.RejectNew, 30, null));
    }
}
