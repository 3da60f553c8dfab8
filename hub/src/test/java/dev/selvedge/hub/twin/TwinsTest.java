package dev.selvedge.hub.twin;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.StoreAndForward.WhenFull;
import dev.selvedge.hub.routing.RouterHolder;
import dev.selvedge.hub.store.HeldDisk;
import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.store.StoreOptions;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Identity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TwinsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Identity HUB = Identity.hub("edge-1");
    private static final Identity FILTER = Identity.module("edge-1", "filter");
    private static final String ROUTES =
            "{\"schemaVersion\":\"1.1\",\"routes\":{\"r\":\"%s\"},\"storeAndForwardConfiguration\":{\"timeToLiveSecs\":60}}";

    @TempDir
    Path folder;

    private final Map<Identity, StatusSink.State> shown = new ConcurrentHashMap<>();
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final HeldDisk disk = new HeldDisk();
    private MessageStore store;
    private Twins twins;

    @BeforeEach
    void open() throws Exception {
        store = disk.open(folder, "edge-1", StoreOptions.of(64 << 20), InstantSource.system());
        twins = new Twins(
                store.journal(),
                new StatusSink() {
                    @Override
                    public void changed(Identity identity, State state) {
                        shown.put(identity, state);
                    }

                    @Override
                    public void close() {}
                },
                HUB);
        twins.listen(new TwinListener() {
            @Override
            public void desiredChanged(Identity identity, ObjectNode patch, long version) {
                heard.add(identity + " " + version + " " + patch);
            }

            @Override
            public void credentialsChanged(Identity identity) {
                heard.add(identity + " credentials");
            }

            @Override
            public void revoked(Identity identity, String why) {
                heard.add(identity + " revoked");
            }
        });
    }

    @AfterEach
    void close() throws Exception {
        disk.full(false);
        store.close();
    }

    private void reopen() throws Exception {
        close();
        shown.clear();
        open();
    }

    @Test
    void credentialsChangeThoughTheRestOfATwinCannotBeObeyed() throws Exception {
        desired("u1", 3, "1", "{\"a\":1}");
        next();

        twins.credentials(FILTER, "u1", new Credentials(Credentials.Kind.KEY, List.of("1"), false));

        assertThat(next()).isEqualTo("edge-1/filter credentials");
        assertThat(twins.credentials(FILTER).orElseThrow().enabled()).isFalse();
        assertThat(twins.find(FILTER).orElseThrow().desired()).hasToString("{\"a\":1}");
        assertThat(twins.find(FILTER).orElseThrow().desiredVersion()).isEqualTo(3);
    }

    @Test
    void ofATwinThatWasMadeAnewAndCannotBeObeyedNothingOldStays() throws Exception {
        desired("u1", 3, "1", "{\"a\":1}");
        next();

        twins.credentials(FILTER, "u2", Credentials.DEFAULT);

        assertThat(next()).isEqualTo("edge-1/filter revoked");
        assertThat(twins.find(FILTER)).isEmpty();
        twins.credentials(FILTER, "u2", Credentials.DEFAULT);
        assertThat(twins.find(FILTER)).isEmpty();
    }

    @Test
    void tellsTheDifferenceOnceItIsOnDisk() throws Exception {
        desired("u1", 1, "1", "{\"a\":1,\"b\":{\"c\":2}}");
        desired("u1", 2, "1", "{\"a\":1,\"b\":{\"d\":3}}");
        desired("u1", 2, "1", "{\"a\":1,\"b\":{\"d\":3}}");

        assertThat(next()).isEqualTo("edge-1/filter 1 {\"a\":1,\"b\":{\"c\":2}}");
        assertThat(next()).isEqualTo("edge-1/filter 2 {\"b\":{\"c\":null,\"d\":3}}");
        assertThat(heard).isEmpty();
        reopen();
        assertThat(twins.find(FILTER).orElseThrow().desired()).isEqualTo(JSON.readTree("{\"a\":1,\"b\":{\"d\":3}}"));
    }

    @Test
    void takesNullForWhatIsNotThere() throws Exception {
        desired("u1", 1, "1", "{\"a\":1,\"b\":{\"c\":2}}");
        desired("u1", 2, "1", "{\"a\":null,\"b\":{\"c\":null}}");

        next();
        assertThat(next()).isEqualTo("edge-1/filter 2 {\"a\":null,\"b\":{\"c\":null}}");
        assertThat(twins.find(FILTER).orElseThrow().desired()).isEqualTo(JSON.readTree("{\"b\":{}}"));
    }

    @Test
    void tellsWhatAFullDiskRefuses() throws Exception {
        desired("u1", 1, "1", "{\"a\":1}");
        next();
        disk.full(true);

        desired("u1", 2, "1", "{\"a\":2}");

        assertThat(next()).isEqualTo("edge-1/filter 2 {\"a\":2}");
        assertThat(shown.get(FILTER).desiredVersion()).isEqualTo(2);
    }

    @Test
    void theHubObeysOnAFullDiskWhatMakesRoomOnIt() throws Exception {
        var routers = new RouterHolder(twins, HUB, store.journal());
        hub(3, ROUTES.formatted("FROM /messages/* INTO $upstream"));
        var policies = new LinkedBlockingQueue<WhenFull>();
        routers.onChange(inForce -> policies.add(inForce.configuration().whenFull()));
        assertThat(policies.poll()).isEqualTo(WhenFull.RejectNew);
        disk.full(true);

        desiredOfHub(
                4,
                "{\"schemaVersion\":\"1.1\",\"routes\":{},\"storeAndForwardConfiguration\":{\"whenFull\":\"DropOldest\"}}");

        assertThat(policies.poll(10, TimeUnit.SECONDS)).isEqualTo(WhenFull.DropOldest);
    }

    @Test
    void aNumberOfAnotherJavaTypeIsNoChange() throws Exception {
        twins.desired(
                FILTER,
                "u1",
                1,
                Credentials.DEFAULT,
                JsonNodeFactory.instance.objectNode().put("a", 5L));
        next();
        reopen();

        twins.desired(
                FILTER,
                "u1",
                1,
                Credentials.DEFAULT,
                JsonNodeFactory.instance.objectNode().put("a", 5L));

        assertThat(heard).isEmpty();
    }

    @Test
    void keepsReportedPropertiesAcrossRestartsAndDesiredChanges() throws Exception {
        desired("u1", 1, "1", "{}");
        assertThat(report("{\"n\":1,\"x\":{\"y\":1}}")).isEqualTo(2);
        assertThat(report("{\"x\":null}")).isEqualTo(3);
        reopen();
        desired("u1", 2, "1", "{\"a\":1}");

        var twin = twins.find(FILTER).orElseThrow();
        assertThat(twin.reported()).isEqualTo(JSON.readTree("{\"n\":1}"));
        assertThat(twin.reportedVersion()).isEqualTo(3);
        assertThat(JSON.readTree(twin.document()))
                .isEqualTo(
                        JSON.readTree("{\"desired\":{\"a\":1,\"$version\":2},\"reported\":{\"n\":1,\"$version\":3}}"));
    }

    @Test
    void anotherUidIsAnotherTwin() throws Exception {
        desired("u1", 7, "1", "{\"a\":1}");
        report("{\"n\":1}");
        heard.clear();

        desired("u2", 1, "1", "{\"a\":2}");

        assertThat(next()).isEqualTo("edge-1/filter revoked");
        assertThat(next()).isEqualTo("edge-1/filter 1 {\"a\":2}");
        var twin = twins.find(FILTER).orElseThrow();
        assertThat(twin.reported()).isEmpty();
        assertThat(twin.reportedVersion()).isEqualTo(1);
    }

    @Test
    void anotherGenerationIsToldAndKeepsTheTwin() throws Exception {
        desired("u1", 1, "1", "{}");
        report("{\"n\":1}");
        heard.clear();

        desired("u1", 2, "2", "{}");

        assertThat(next()).isEqualTo("edge-1/filter credentials");
        reopen();
        assertThat(twins.credentials(FILTER)).hasValue(Credentials.ofKey("2"));
        assertThat(twins.find(FILTER).orElseThrow().reported()).isNotEmpty();
    }

    @Test
    void keepsCredentialsAcrossARestart() throws Exception {
        var credentials = new Credentials(Credentials.Kind.CERTIFICATE, List.of("3", "2"), false);
        twins.desired(FILTER, "u1", 1, credentials, JSON.createObjectNode());
        next();

        reopen();

        assertThat(twins.credentials(FILTER)).hasValue(credentials);
    }

    @Test
    void forgetsWhatTheSourceDoesNotHaveButNeverTheHubItself() throws Exception {
        twins.desired(HUB, "h", 1, Credentials.DEFAULT, JSON.createObjectNode());
        desired("u1", 1, "1", "{}");
        next();
        next();

        twins.complete(Set.of());

        assertThat(next()).isEqualTo("edge-1/filter revoked");
        assertThat(twins.find(FILTER)).isEmpty();
        assertThat(twins.find(HUB)).isPresent();
        reopen();
        assertThat(twins.find(FILTER)).isEmpty();
    }

    @Test
    void refusesReportsThatBreakARule() throws Exception {
        assertThatThrownBy(() -> report("{\"n\":1}")).hasMessageContaining("no twin of edge-1/filter");
        desired("u1", 1, "1", "{}");

        assertThatThrownBy(() -> report("{\"a\":[null]}"))
                .cause()
                .isInstanceOf(InvalidReportException.class)
                .hasMessageContaining("null");
        for (int i = 0; i < 8; i++) {
            report("{\"k" + i + "\":\"" + "x".repeat(4000) + "\"}");
        }
        assertThatThrownBy(() -> report("{\"k8\":\"" + "x".repeat(4000) + "\"}"))
                .hasMessageContaining("all reported properties together");
        assertThat(twins.find(FILTER).orElseThrow().reportedVersion()).isEqualTo(9);
    }

    @Test
    void showsStateAndConnection() throws Exception {
        desired("u1", 4, "1", "{}");
        next();
        twins.connection(FILTER, () -> true);
        report("{\"n\":1}");

        assertThat(shown.get(FILTER))
                .isEqualTo(new StatusSink.State("u1", (ObjectNode) JSON.readTree("{\"n\":1}"), 4, 2, true, List.of()));
        twins.connection(FILTER, () -> false);
        assertThat(shown.get(FILTER).connected()).isFalse();
        reopen();
        assertThat(shown.get(FILTER).desiredVersion()).isEqualTo(4);
    }

    @Test
    void showsWhatTheHubFoundOnItsOwnTwinAloneAndBeginsWithItAfterARestart() throws Exception {
        var found =
                List.of(new Condition("StoreReady", "True", "Ready", "it takes messages", "2026-03-01T12:00:00Z", 1L));
        twins.desired(HUB, "h", 1, Credentials.DEFAULT, JSON.createObjectNode());
        desired("u1", 4, "1", "{}");
        next();
        next();

        twins.conditions(found);
        assertThat(shown.get(HUB).conditions()).isEqualTo(found);
        assertThat(shown.get(FILTER).conditions()).isEmpty();

        reopen();
        assertThat(twins.conditions()).isEqualTo(found);
        assertThat(shown.get(HUB).conditions())
                .as("never shown without: they would be gone for a while")
                .isEqualTo(found);
    }

    @Test
    void theHubObeysItsTwinAndReportsWhatBecameOfIt() throws Exception {
        var routers = new RouterHolder(twins, HUB, store.journal());
        assertThat(routers.current()).isEmpty();

        hub(3, ROUTES.formatted("FROM /messages/* INTO $upstream"));
        assertThat(routers.current().orElseThrow().router().endpoints()).containsExactly("$upstream");
        assertThat(shown.get(HUB).reported().at("/lastDesiredStatus/code").asInt())
                .isEqualTo(200);
        assertThat(shown.get(HUB).reported().at("/lastDesiredVersion").asLong()).isEqualTo(3);

        hub(4, ROUTES.formatted("FROM nowhere"));
        assertThat(routers.current().orElseThrow().router().endpoints())
                .as("the route as it was last understood")
                .containsExactly("$upstream");
        assertThat(shown.get(HUB).reported().at("/lastDesiredStatus/code").asInt())
                .isEqualTo(400);
        assertThat(shown.get(HUB)
                        .reported()
                        .at("/lastDesiredStatus/description")
                        .asText())
                .contains("route 'r'");

        hub(5, ROUTES.formatted("FROM /messages/* INTO $upstream"));
        hub(6, "{\"schemaVersion\":\"9\"}");
        assertThat(routers.current().orElseThrow().router().endpoints()).containsExactly("$upstream");
        assertThat(shown.get(HUB)
                        .reported()
                        .at("/lastDesiredStatus/description")
                        .asText())
                .contains("schemaVersion");

        reopen();
        var again = new RouterHolder(twins, HUB, store.journal());
        assertThat(again.current().orElseThrow().router().endpoints()).containsExactly("$upstream");
    }

    private void desiredOfHub(long version, String desired) throws Exception {
        twins.desired(HUB, "h", version, Credentials.DEFAULT, (ObjectNode) JSON.readTree(desired));
    }

    private void hub(long version, String desired) throws Exception {
        desiredOfHub(version, desired);
        org.awaitility.Awaitility.await()
                .until(() -> shown.containsKey(HUB)
                        && shown.get(HUB).reported().path("lastDesiredVersion").asLong() == version);
    }

    private void desired(String uid, long version, String generation, String json) throws Exception {
        twins.desired(FILTER, uid, version, Credentials.ofKey(generation), (ObjectNode) JSON.readTree(json));
    }

    private long report(String patch) throws Exception {
        return twins.report(FILTER, (ObjectNode) JSON.readTree(patch))
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    private String next() throws InterruptedException {
        return heard.poll(10, TimeUnit.SECONDS);
    }
}
