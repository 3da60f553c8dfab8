package dev.selvedge.hub.kubernetes;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.store.StoreOptions;
import dev.selvedge.hub.twin.Twins;
import dev.selvedge.identity.Identity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** A hub's twins on a real API server, with the rights that ship. */
@Tag("cluster")
class ModuleTwinsClusterTest {
    private static final String NODE = "edge-1";
    private static final Identity HUB = Identity.hub(NODE);
    private static final String HUB_TWIN = "edgehub.edge-1";
    private static final int MODULES = 30;
    private static final long REPORT_EVERY_MILLIS = 333;
    private static final int ROUNDS = 36;
    private static final Duration SOON = Duration.ofSeconds(60);
    /** The hub's pause before it watches again: time for changes that no watch tells. */
    private static final Duration PAUSE = Duration.ofSeconds(10);

    @TempDir
    private Path folder;

    private TwinCluster cluster;
    private KubernetesClient client;
    private MessageStore store;
    private ModuleTwins shown;
    private Twins twins;

    @BeforeEach
    void open() throws Exception {
        cluster = new TwinCluster();
        client = cluster.hub(NODE, PAUSE);
        store = MessageStore.open(folder, "edge-1", StoreOptions.of(64 << 20), InstantSource.system());
        shown = new ModuleTwins(client, cluster.namespace(), "edge-1", NODE);
        twins = new Twins(store.journal(), shown, HUB);
    }

    @AfterEach
    void close() throws Exception {
        shown.close();
        store.close();
        client.close();
        cluster.close();
    }

    @Test
    void thirtyModulesThatReportThreeTimesASecondCostLessThanOneWriteASecondAndEachHasItsTurn() throws Exception {
        var modules = IntStream.range(0, MODULES)
                .mapToObj(i -> Identity.module("edge-1", "m" + i))
                .toList();
        modules.forEach(this::create);
        shown.start(twins);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(modules)
                        .allSatisfy(module -> assertThat(twins.find(module)).isPresent()));

        var rounds = new AtomicLong();
        // before it is counted: the API server takes a while to tell, and hubs write meanwhile
        var start = System.nanoTime();
        var before = cluster.writes();
        try (var reporter = Executors.newSingleThreadScheduledExecutor()) {
            var reports = reporter.scheduleAtFixedRate(
                    () -> {
                        var patch = JsonNodeFactory.instance.objectNode().put("n", rounds.incrementAndGet());
                        modules.forEach(module -> twins.report(module, patch));
                    },
                    0,
                    REPORT_EVERY_MILLIS,
                    TimeUnit.MILLISECONDS);
            await().atMost(SOON).until(() -> rounds.get() >= ROUNDS);
            reports.cancel(false);
        }
        var writes = cluster.writes() - before;
        var seconds = (System.nanoTime() - start) / 1e9;

        assertThat(writes).isPositive().isLessThanOrEqualTo((long) seconds + 1);
        var written =
                cluster.twins().stream().filter(ModuleTwinsClusterTest::isShown).count();
        assertThat(written).as("no twin twice before each was once").isGreaterThanOrEqualTo(writes);
    }

    @Test
    void whatTheHubFindsStandsBesideWhatTheOperatorSays() {
        cluster.create(HUB_TWIN, NODE, HUB);
        shown.start(twins);
        cluster.ready(HUB_TWIN);
        await().atMost(SOON).until(() -> twins.find(HUB).isPresent());

        twins.conditions(List.of(condition("StoreReady"), condition("UpstreamConnected")));
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(types()).containsExactlyInAnyOrder("Ready", "StoreReady", "UpstreamConnected"));

        cluster.ready(HUB_TWIN);
        assertThat(types()).containsExactlyInAnyOrder("Ready", "StoreReady", "UpstreamConnected");

        twins.conditions(List.of(condition("StoreReady")));
        await().atMost(SOON).untilAsserted(() -> assertThat(types()).containsExactlyInAnyOrder("Ready", "StoreReady"));
    }

    @Test
    void whatNoWatchTellsAnyMoreIsFound() {
        var changed = Identity.module("edge-1", "changed");
        var deleted = Identity.module("edge-1", "deleted");
        var added = Identity.module("edge-1", "added");
        List.of(changed, deleted).forEach(this::create);
        shown.start(twins);
        await("the hub has nothing more to say")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(cluster.twins()).allMatch(ModuleTwinsClusterTest::isShown));

        cluster.forget();
        cluster.desire(name(changed), "{\"n\":1}");
        cluster.delete(name(deleted));
        create(added);
        assertThat(twins.find(added)).as("nobody has told it").isEmpty();

        await().atMost(SOON).untilAsserted(() -> {
            assertThat(desired(changed)).isEqualTo("{\"n\":1}");
            assertThat(twins.find(deleted)).isEmpty();
            assertThat(twins.find(added)).isPresent();
        });
        cluster.desire(name(added), "{\"n\":2}");
        await("a change after that")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(desired(added)).isEqualTo("{\"n\":2}"));
    }

    @Test
    void aHubWritesNoTwinOfAnotherNode() {
        cluster.create(HUB_TWIN, NODE, HUB);
        cluster.create("edgehub.edge-2", "edge-2", Identity.hub("edge-2"));

        await("the policy takes a moment")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(write("edgehub.edge-2"))
                        .contains("a hub may write only the status of the twins of its own node"));
        assertThat(write(HUB_TWIN)).isEmpty();
    }

    /** What the API server has against a write of a twin's status by the hub. */
    private String write(String twin) {
        try {
            client.resources(ModuleTwin.class)
                    .inNamespace(cluster.namespace())
                    .withName(twin)
                    .subresource("status")
                    .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"status\":{\"connectionState\":\"Connected\"}}");
            return "";
        } catch (KubernetesClientException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private void create(Identity module) {
        cluster.create(name(module), NODE, module);
    }

    private static String name(Identity module) {
        return module.moduleId() + ".edge-1";
    }

    private String desired(Identity module) {
        return twins.find(module).orElseThrow().desired().toString();
    }

    private List<String> types() {
        var status = cluster.twin(HUB_TWIN).getStatus();
        return status == null || status.conditions() == null
                ? List.of()
                : status.conditions().stream().map(Condition::type).toList();
    }

    private static boolean isShown(ModuleTwin twin) {
        return twin.getStatus() != null && twin.getStatus().reportedVersion() != null;
    }

    private static Condition condition(String type) {
        return new Condition(type, "True", "Ready", "well", "2026-03-01T12:00:00Z", 1L);
    }
}
