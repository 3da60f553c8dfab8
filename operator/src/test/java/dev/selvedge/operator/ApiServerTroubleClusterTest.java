package dev.selvedge.operator;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.operator.apply.Applier;
import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.render.Names;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static dev.selvedge.operator.ClusterSite.HUB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * The operator was off, or the API server, or the way to it, is in trouble: what changed meanwhile is followed within a minute of its end. As in
 * {@link OperatorClusterTest} nodes are objects only.
 */
@Tag("cluster")
final class ApiServerTroubleClusterTest {
    private static final Duration BOUND = Duration.ofSeconds(60);
    private static final Duration OUTAGE = Duration.ofSeconds(20);
    /** From here on the API server's watch cache forgets events that it has no room for. */
    private static final Duration FORGETS = Duration.ofSeconds(80);

    private static final String TWIN = """
            apiVersion: selvedge.dev/v1alpha1
            kind: ModuleTwin
            metadata: {name: lost}
            spec: {deviceId: a, moduleId: lost, properties: {desired: {mine: 1}}}
            """;

    private ClusterSite site;
    private Link link;

    @BeforeEach
    void open() {
        site = ClusterSite.create();
        site.nodesPull();
        link = site.link();
    }

    @AfterEach
    void close() throws IOException {
        site.close();
        link.close();
    }

    @Test
    void whatChangedWhileTheOperatorWasOffIsFollowed() {
        var operator = site.start();
        runs(operator, Set.of("a", "b", "c"), "sensor", "filter", "old");

        site.stop(operator);
        delete("old");
        site.apply(module("new", 1));
        site.apply(module("sensor", 2));
        site.addNode("d");
        leaves("b");
        site.user().nodes().withName(site.node("c")).delete();
        site.user()
                .services()
                .inNamespace(site.namespace())
                .withName(Names.hub(site.node("a")))
                .delete();
        site.user()
                .apps()
                .statefulSets()
                .inNamespace(site.namespace())
                .withName(Names.instance("filter", site.node("a")))
                .delete();

        site.start();
        followed("changes of a time without operator", () -> {
            assertThat(sets()).isEqualTo(expected(Set.of("a", "d"), "sensor", "filter", "new"));
            assertThat(images("sensor")).containsOnly(image("sensor", 2));
            assertThat(routes("a")).containsExactlyInAnyOrder("sensor", "filter", "new");
            assertThat(site.user()
                            .services()
                            .inNamespace(site.namespace())
                            .withName(Names.hub(site.node("a")))
                            .get())
                    .isNotNull();
        });
    }

    @Test
    void whatIsSetOnATwinWhileNobodyWatchesDoesNotGoWithIt() {
        site.apply(TWIN);
        try (var watching = new KubernetesClientBuilder()
                        .withConfig(new ConfigBuilder(TestCluster.config())
                                .withMasterUrl(link.url())
                                .build())
                        .build();
                var caches = new ClusterCaches(watching, Set.of(site.namespace()), List.of(), "nobody")) {
            caches.start(() -> {});
            link.silence();
            site.apply(TWIN.replace("mine: 1", "mine: 2"));
            var applier = new Applier(site.user(), caches);

            assertThatThrownBy(() -> applier.prune(ModuleTwin.class, site.namespace(), _ -> true, List.of()))
                    .matches(error -> error instanceof Exception e && Applier.raced(e), "is a race");
            assertThat(site.get(ModuleTwin.class, "lost")
                            .getSpec()
                            .properties()
                            .desired()
                            .toString())
                    .isEqualTo("{\"mine\":2}");

            link.restore();
            await().atMost(BOUND)
                    .ignoreExceptionsMatching(error -> error instanceof Exception e && Applier.raced(e))
                    .untilAsserted(() -> {
                        applier.prune(ModuleTwin.class, site.namespace(), _ -> true, List.of());
                        assertThat(site.get(ModuleTwin.class, "lost")).isNull();
                    });
        }
    }

    @Test
    void watchesThatAreCutInTheMiddleOfEventsMissNothing() {
        var operator = site.start(link, false);
        runs(operator, Set.of("a"), "sensor");
        var connections = link.accepted();

        var stay = new ArrayList<>(List.of("sensor"));
        for (var i = 0; i < 12; i++) {
            var name = "m" + i;
            site.apply(module(name, 1));
            link.drop();
            if (i % 3 == 0) {
                delete(name);
            } else {
                site.apply(module(name, 2));
                stay.add(name);
            }
            link.drop();
        }
        site.addNode("b");
        link.drop();

        followed("changes under 25 cuts", () -> {
            assertThat(sets()).isEqualTo(expected(Set.of("a", "b"), stay.toArray(String[]::new)));
            assertThat(images("m1")).containsOnly(image("m1", 2));
            assertThat(routes("a")).containsExactlyInAnyOrderElementsOf(stay);
        });
        assertThat(link.accepted()).as("it came back again and again").isGreaterThan(connections + 10);
        assertThat(operator.lost()).isFalse();
    }

    @Test
    void whatChangedWhileTheApiServerWasAwayIsFollowed() {
        var operator = site.start(link, false);
        runs(operator, Set.of("a", "b"), "sensor", "old");

        link.cut();
        site.apply(module("new", 1));
        site.apply(module("sensor", 2));
        delete("old");
        leaves("b");
        await("nothing can be followed")
                .during(OUTAGE)
                .atMost(OUTAGE.multipliedBy(2))
                .until(() -> !sets().contains(Names.instance("new", site.node("a"))));
        link.restore();

        followed("changes of " + OUTAGE + " without API server", () -> {
            assertThat(sets()).isEqualTo(expected(Set.of("a"), "sensor", "new"));
            assertThat(images("sensor")).containsOnly(image("sensor", 2));
            assertThat(routes("a")).containsExactlyInAnyOrder("sensor", "new");
        });
        assertThat(operator.lost()).isFalse();
    }

    @Test
    void anOperatorThatStartsWhileTheApiServerIsAwayWaitsForIt() {
        site.addNode("a");
        site.apply(HUB);
        site.apply(module("sensor", 1));
        link.cut();

        var started = CompletableFuture.supplyAsync(() -> site.start(link, true), Thread::startVirtualThread);
        await("it neither starts nor gives up")
                .during(OUTAGE)
                .atMost(OUTAGE.multipliedBy(2))
                .until(() -> !started.isDone());
        assertThat(link.accepted()).as("it asks again and again").isGreaterThan(3);
        link.restore();

        followed(
                "a site, by an operator that started " + OUTAGE + " before its API server",
                () -> assertThat(sets()).isEqualTo(expected(Set.of("a"), "sensor")));
        assertThat(started.join().lost()).isFalse();
    }

    @Test
    void anApiServerThatFallsSilentEndsTheOperatorAndTheNextOneFollows() {
        var operator = site.start(link, true);
        runs(operator, Set.of("a"), "sensor");

        link.silence();
        site.apply(module("sensor", 2));
        followed(
                "the end of an operator that hears nothing",
                () -> assertThat(operator.lost()).isTrue());
        link.restore();
        site.stop(operator);

        site.start(link, true);
        followed(
                "a change of a time of silence",
                () -> assertThat(images("sensor")).containsOnly(image("sensor", 2)));
    }

    @Test
    void connectionsThatFellSilentAreFoundDeadAndReplaced() {
        var operator = site.start(link, false);
        runs(operator, Set.of("a"), "sensor", "old");
        var connections = link.accepted();

        link.deafen();
        site.apply(module("sensor", 2));
        site.apply(module("new", 1));
        delete("old");
        followed("changes that no connection told", () -> {
            assertThat(sets()).isEqualTo(expected(Set.of("a"), "sensor", "new"));
            assertThat(images("sensor")).containsOnly(image("sensor", 2));
        });
        assertThat(link.accepted()).as("it connected again").isGreaterThan(connections);
        assertThat(operator.lost()).isFalse();
    }

    @Test
    void anApiServerThatIsSlowIsFollowedSlowly() {
        link.delay(Duration.ofMillis(150));
        var start = System.nanoTime();
        List.of("a", "b", "c").forEach(site::addNode);
        site.apply(HUB);
        List.of("sensor", "filter", "old").forEach(name -> site.apply(module(name, 1)));

        var operator = site.start(link, false);
        followed(
                "a site of 3 nodes and 3 modules, 300 ms and more for each request",
                start,
                () -> assertThat(sets()).isEqualTo(expected(Set.of("a", "b", "c"), "sensor", "filter", "old")));

        site.apply(module("sensor", 2));
        delete("old");
        site.addNode("d");
        followed("changes, 300 ms and more for each request", () -> {
            assertThat(sets()).isEqualTo(expected(Set.of("a", "b", "c", "d"), "sensor", "filter"));
            assertThat(images("sensor")).containsOnly(image("sensor", 2));
        });
        assertThat(operator.lost()).isFalse();
    }

    @Test
    void whatHappenedBeforeTheApiServersMemoryIsFollowed() {
        var operator = site.start(link, false);
        runs(operator, Set.of("a"), "sensor", "old");

        link.cut();
        var last = site.user()
                .resources(EdgeModule.class)
                .inNamespace(site.namespace())
                .list()
                .getMetadata()
                .getResourceVersion();
        delete("old");
        site.apply(module("new", 1));
        await("events are old enough to be forgotten")
                .during(FORGETS)
                .atMost(FORGETS.multipliedBy(2))
                .until(() -> !sets().contains(Names.instance("new", site.node("a"))));
        await("the API server says 410 Gone to whoever asks for what comes after " + last)
                .atMost(BOUND)
                .until(() -> {
                    for (var i = 0; i < 50; i++) {
                        annotate("sensor", String.valueOf(System.nanoTime()));
                    }
                    return gone(last);
                });
        link.restore();

        followed("changes that no watch tells any more", () -> {
            assertThat(sets()).isEqualTo(expected(Set.of("a"), "sensor", "new"));
            assertThat(routes("a")).containsExactlyInAnyOrder("sensor", "new");
        });
        site.apply(module("sensor", 2));
        followed("a change after that", () -> assertThat(images("sensor")).containsOnly(image("sensor", 2)));
        assertThat(operator.lost()).isFalse();
    }

    /** A site of these nodes and modules, with all that is made for it. */
    private void runs(ClusterSite.Running operator, Set<String> nodes, String... modules) {
        nodes.forEach(site::addNode);
        site.apply(HUB);
        for (var name : modules) {
            site.apply(module(name, 1));
        }
        await().atMost(BOUND).untilAsserted(() -> assertThat(sets()).isEqualTo(expected(nodes, modules)));
        ClusterSite.settle(operator);
    }

    private static void followed(String what, ThrowingRunnable assertion) {
        followed(what, System.nanoTime(), assertion);
    }

    private static void followed(String what, long start, ThrowingRunnable assertion) {
        await(what).atMost(BOUND).untilAsserted(assertion);
        var took = Duration.ofNanos(System.nanoTime() - start);
        System.out.println("Followed in " + took.toMillis() + " ms: " + what);
    }

    /** With a route of its own name, so that it shows in the twins of the hubs. */
    private static String module(String name, int version) {
        return """
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeModule
                metadata: {name: %1$s}
                spec:
                  image: %2$s
                  updateStrategy: {maxUnavailable: 10}
                  routes:
                    %1$s: {route: "FROM /messages/modules/%1$s/* INTO $upstream"}
                """.formatted(name, image(name, version));
    }

    private static String image(String name, int version) {
        return "registry.example/" + name + ":" + version;
    }

    private void delete(String module) {
        site.user()
                .resources(EdgeModule.class)
                .inNamespace(site.namespace())
                .withName(module)
                .delete();
    }

    private void annotate(String module, String value) {
        site.user()
                .resources(EdgeModule.class)
                .inNamespace(site.namespace())
                .withName(module)
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"metadata\":{\"annotations\":{\"selvedge.test/touched\":\"" + value + "\"}}}");
    }

    private void leaves(String node) {
        site.label(node, "selvedge.test/site", null);
    }

    /** Whether a watch from a resource version on is answered with 410 Gone. */
    private boolean gone(String version) {
        var gone = new AtomicBoolean();
        var answered = new CompletableFuture<Void>();
        var watcher = new Watcher<EdgeModule>() {
            @Override
            public void eventReceived(Action action, EdgeModule module) {
                answered.complete(null);
            }

            @Override
            public void onClose(WatcherException cause) {
                gone.set(cause.isHttpGone());
                answered.complete(null);
            }
        };
        try (var _ = site.user()
                .resources(EdgeModule.class)
                .inNamespace(site.namespace())
                .withResourceVersion(version)
                .watch(watcher)) {
            answered.orTimeout(10, TimeUnit.SECONDS).join();
        }
        return gone.get();
    }

    /** Names of all StatefulSets that there are, deleted ones aside. */
    private Set<String> sets() {
        var names = new TreeSet<String>();
        site.user().apps().statefulSets().inNamespace(site.namespace()).list().getItems().stream()
                .filter(set -> set.getMetadata().getDeletionTimestamp() == null)
                .forEach(set -> names.add(set.getMetadata().getName()));
        return names;
    }

    private Set<String> expected(Set<String> nodes, String... modules) {
        var names = new TreeSet<String>();
        for (var node : nodes) {
            names.add(Names.hub(site.node(node)));
            for (var module : modules) {
                names.add(Names.instance(module, site.node(node)));
            }
        }
        return names;
    }

    private List<String> images(String module) {
        return site.user().apps().statefulSets().inNamespace(site.namespace()).list().getItems().stream()
                .filter(set -> set.getMetadata().getName().startsWith(module + "--"))
                .map(ApiServerTroubleClusterTest::image)
                .toList();
    }

    private static String image(StatefulSet set) {
        return set.getSpec().getTemplate().getSpec().getContainers().getFirst().getImage();
    }

    /** Names of the routes that the hub of a node is told, without the module's that stands before each. */
    private List<String> routes(String node) {
        var names = new ArrayList<String>();
        site.user()
                .resources(ModuleTwin.class)
                .inNamespace(site.namespace())
                .withName(Names.twin(Names.HUB, site.node(node)))
                .require()
                .getSpec()
                .properties()
                .desired()
                .path("routes")
                .fieldNames()
                .forEachRemaining(name -> names.add(name.substring(name.indexOf('/') + 1)));
        return names;
    }
}
