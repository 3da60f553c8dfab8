package dev.selvedge.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeHubSpec;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.EdgeModuleSpec;
import dev.selvedge.api.v1alpha1.EdgeModuleSpec.State;
import dev.selvedge.api.v1alpha1.MqttUpstream;
import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.api.v1alpha1.Route;
import dev.selvedge.api.v1alpha1.Storage;
import dev.selvedge.api.v1alpha1.StoreAndForward;
import dev.selvedge.api.v1alpha1.StoreAndForward.WhenFull;
import dev.selvedge.api.v1alpha1.Upstream;
import dev.selvedge.identity.Identity;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.groups.Tuple.tuple;

class SitePlanTest {
    private static final String GOOD = "FROM /messages/* INTO $upstream";
    private static final SiteNode ONE = SiteNode.of("one", Map.of("line", "4"), true);
    private static final SiteNode TWO = SiteNode.of("two", Map.of(), false);

    @Test
    void putsAHubAndItsModulesOnEachNodeThatMatches() {
        var plan = plan(
                List.of(hub("hub", "1", null, null)),
                List.of(module("everywhere", "2", null, null), module("line", "3", null, Map.of("line", "4"))),
                Map.of());
        assertThat(plan.problems()).isEmpty();
        assertThat(plan.hubs()).extracting(h -> h.node().name()).containsExactly("one", "two");
        assertThat(plan.modules())
                .extracting(ModuleInstance::identity)
                .containsExactly(
                        Identity.module("one", "everywhere"),
                        Identity.module("one", "line"),
                        Identity.module("two", "everywhere"));
    }

    @Test
    void leavesANodeToItsOlderHub() {
        var plan =
                plan(List.of(hub("a", "2", null, null), hub("b", "1", null, Map.of("line", "4"))), List.of(), Map.of());
        assertThat(plan.hubs())
                .extracting(h -> h.node().name(), h -> h.hub().getMetadata().getName())
                .containsExactlyInAnyOrder(tuple("one", "b"), tuple("two", "a"));
        assertThat(plan.problems())
                .extracting(Problem::name, Problem::node, Problem::reason)
                .containsExactly(tuple("a", "one", Reasons.CONFLICT));
    }

    @Test
    void leavesAModuleIdToTheOlderModule() {
        var younger = module("a", "3", "same", null);
        var older = module("b", "2", "same", null);
        var plan = plan(List.of(hub("hub", "1", null, null)), List.of(younger, older), Map.of());
        assertThat(plan.instancesOf(older)).hasSize(2);
        assertThat(plan.instancesOf(younger)).isEmpty();
        assertThat(plan.problemsOf(younger)).extracting(Problem::reason).containsOnly(Reasons.CONFLICT);
    }

    @Test
    void givesADeviceIdToOneNodeOnly() {
        var nodes = List.of(
                SiteNode.of("n1", Map.of(SiteNode.DEVICE_ID_LABEL, "press"), true),
                SiteNode.of("n2", Map.of(SiteNode.DEVICE_ID_LABEL, "press"), true));
        var plan = SitePlan.of(new Site(List.of(hub("hub", "1", null, null)), List.of(), nodes, Map.of()));
        assertThat(plan.hubs()).hasSize(1);
        assertThat(plan.problems())
                .singleElement()
                .satisfies(p -> assertThat(p.message()).contains("same device id 'press'"));
    }

    @Test
    void takesTheNodesNameWhenTheLabelIsEmpty() {
        assertThat(SiteNode.of("n1", Map.of(SiteNode.DEVICE_ID_LABEL, ""), true).deviceId())
                .isEqualTo("n1");
    }

    @Test
    void reportsANodeThatCannotBeADevice() {
        var node = SiteNode.of("n".repeat(129), Map.of(), true);
        var plan = SitePlan.of(new Site(List.of(hub("hub", "1", null, null)), List.of(), List.of(node), Map.of()));
        assertThat(plan.hubs()).isEmpty();
        assertThat(plan.problems())
                .singleElement()
                .satisfies(p -> assertThat(p.message()).contains("is no device id"));
    }

    @Test
    void saysWhyNothingIsPlaced() {
        assertThat(plan(List.of(), List.of(module("m", "1", null, null)), Map.of())
                        .problems())
                .extracting(Problem::reason)
                .containsExactly(Reasons.NO_HUB);
        assertThat(plan(List.of(hub("h", "1", null, Map.of("no", "where"))), List.of(), Map.of())
                        .problems())
                .extracting(Problem::reason)
                .containsExactly(Reasons.NO_NODE);
        assertThat(plan(
                                List.of(hub("h", "1", null, Map.of("line", "4"))),
                                List.of(module("m", "1", null, Map.of())),
                                Map.of())
                        .problems())
                .extracting(Problem::node, Problem::reason)
                .containsExactly(tuple("two", Reasons.NO_HUB));
    }

    @Test
    void keepsTheLastGoodRoute() {
        var hub = List.of(hub("hub", "1", Map.of("up", new Route(GOOD, 3, "1h")), null));
        var before = plan(hub, List.of(), Map.of());
        var inForce = Map.of("one", before.hubs().getFirst().configuration());

        var after = plan(
                List.of(hub("hub", "1", Map.of("up", new Route("FROM nowhere", null, null)), null)),
                List.of(),
                inForce);

        assertThat(after.hubs().get(0).configuration().routes())
                .containsExactly(Map.entry("up", new HubConfiguration.Entry(GOOD, 3, 3600L)));
        assertThat(after.hubs().get(1).configuration().routes()).isEmpty();
        assertThat(after.problems())
                .extracting(Problem::node, Problem::reason)
                .containsExactly(tuple("one", Reasons.INVALID_ROUTE), tuple("two", Reasons.INVALID_ROUTE));
        assertThat(after.problems().getFirst().message())
                .contains("route 'up'", "column 6", "the last good one stays in force");
    }

    @Test
    void refusesARouteNameThatTwinsCannotCarry() {
        var plan =
                plan(List.of(hub("hub", "1", Map.of("a.b", new Route(GOOD, null, null)), null)), List.of(), Map.of());
        assertThat(plan.problems()).extracting(Problem::reason).containsOnly(Reasons.INVALID_ROUTE);
        assertThat(plan.hubs().getFirst().configuration().routes()).isEmpty();
    }

    @Test
    void namesRoutesOfModulesAfterThem() {
        var module = module("m", "2", null, null);
        module.setSpec(spec("Other", null, Map.of("up", new Route(GOOD, null, null)), State.Stopped));
        var plan = plan(List.of(hub("hub", "1", null, null)), List.of(module), Map.of());
        assertThat(plan.hubs().getFirst().configuration().routes()).containsOnlyKeys("m/up");
        assertThat(plan.modules()).allMatch(ModuleInstance::stopped);
        assertThat(plan.modules().getFirst().identity()).isEqualTo(Identity.module("one", "Other"));
    }

    @Test
    void neverOverflowsTheQuota() {
        var hub = hub("hub", "1", null, null);
        hub.setSpec(new EdgeHubSpec(
                null, new Storage("99999999999999Ti", null, null, null), null, null, null, null, null, null));
        assertThat(plan(List.of(hub), List.of(), Map.of())
                        .hubs()
                        .getFirst()
                        .configuration()
                        .maxBytes())
                .isPositive();
    }

    @Test
    void readsAConfigurationBack() {
        var configuration = new HubConfiguration(
                Map.of(
                        "a", new HubConfiguration.Entry(GOOD, 0, 60L),
                        "m/b", new HubConfiguration.Entry(GOOD, null, null)),
                7200,
                1 << 20,
                WhenFull.DropOldest,
                45,
                new Upstream(new MqttUpstream("mqtts://broker:8883", "t/{deviceId}", null), 256_000L));
        assertThat(HubConfiguration.parse(configuration.toDesired())).isEqualTo(configuration);
    }

    @Test
    void refusesAConfigurationOfAnotherVersion() {
        var desired = new HubConfiguration(Map.of(), 1, 1, WhenFull.RejectNew, 30, null).toDesired();
        assertThat(HubConfiguration.parse(desired.put("schemaVersion", "1.1.0")).timeToLiveSecs())
                .isEqualTo(1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HubConfiguration.parse(desired.put("schemaVersion", "1.10")));
    }

    @Property(tries = 300)
    void isTotal(
            @ForAll @Size(max = 3) List<String> routes,
            @ForAll String timeToLive,
            @ForAll @Size(max = 2) List<String> deviceIds) {
        var nodes = new ArrayList<SiteNode>();
        deviceIds.forEach(id -> nodes.add(SiteNode.of("n" + nodes.size(), Map.of(SiteNode.DEVICE_ID_LABEL, id), true)));
        var named = new HashMap<String, Route>();
        routes.forEach(text -> named.put(text, new Route(text, null, timeToLive)));
        var hub = hub("hub", "1", named, null);
        hub.setSpec(new EdgeHubSpec(
                null,
                hub.getSpec().storage(),
                new StoreAndForward(timeToLive, null, null),
                named,
                null,
                null,
                null,
                null));
        var plan = SitePlan.of(new Site(List.of(hub), List.of(module("m", "1", null, null)), nodes, Map.of()));
        assertThat(plan.modules()).allSatisfy(m -> assertThat(m.identity()).isNotNull());
        assertThat(plan.hubs().size()).isLessThanOrEqualTo(nodes.size());
    }

    private static SitePlan plan(List<EdgeHub> hubs, List<EdgeModule> modules, Map<String, HubConfiguration> inForce) {
        return SitePlan.of(new Site(hubs, modules, List.of(TWO, ONE), inForce));
    }

    private static EdgeHub hub(
            String name, String created, @Nullable Map<String, Route> routes, @Nullable Map<String, String> nodes) {
        var hub = new EdgeHub();
        hub.getMetadata().setName(name);
        hub.getMetadata().setCreationTimestamp(created);
        hub.setSpec(new EdgeHubSpec(nodes, new Storage("1Gi", null, null, null), null, routes, null, null, null, null));
        return hub;
    }

    private static EdgeModule module(
            String name, String created, @Nullable String moduleId, @Nullable Map<String, String> nodes) {
        var module = new EdgeModule();
        module.getMetadata().setName(name);
        module.getMetadata().setCreationTimestamp(created);
        module.setSpec(spec(moduleId, nodes, null, null));
        return module;
    }

    private static EdgeModuleSpec spec(
            @Nullable String moduleId,
            @Nullable Map<String, String> nodes,
            @Nullable Map<String, Route> routes,
            @Nullable State state) {
        return new EdgeModuleSpec(moduleId, nodes, "image", null, routes, null, state, null, null, null);
    }
}
