package dev.selvedge.plan;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeHubSpec;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.EdgeModuleSpec;
import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.api.v1alpha1.Storage;
import dev.selvedge.identity.Identity;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

/** What a change among the nodes does to a site's plan: to the node that changes what it must, to all others nothing. */
class NodeChangesTest {
    private static final Map<String, String> EDGE = Map.of("edge", "true");
    private static final EdgeHub HUB = hub();
    private static final List<EdgeModule> MODULES = List.of(module("sensor"), module("filter"));
    private static final SiteNode PRESS = node("press", EDGE);
    private static final SiteNode LATHE = node("lathe", EDGE);

    @Test
    void aNodeThatJoinsMovesNothing() {
        var before = plan(PRESS);

        var after = plan(PRESS, LATHE);

        assertThat(after.hubs()).containsAll(before.hubs()).hasSize(2);
        assertThat(after.modules()).containsAll(before.modules()).hasSize(4);
    }

    @Test
    void aNodeThatLeavesOrLosesItsLabelTakesItsOwnWithIt() {
        var after = plan(LATHE, node("press", Map.of()));

        assertThat(after.hubs()).isEqualTo(plan(LATHE).hubs());
        assertThat(after.modules()).isEqualTo(plan(LATHE).modules());
        assertThat(after.problems()).isEqualTo(plan(LATHE).problems());
        assertThat(plan(PRESS, LATHE).hubs()).containsAll(after.hubs());
        assertThat(plan(PRESS, LATHE).modules()).containsAll(after.modules());
    }

    @Test
    void aNodeThatIsAwayForAWeekKeepsAllItHas() {
        var away = SiteNode.of("press", EDGE, false);

        assertThat(plan(away, LATHE).modules())
                .extracting(ModuleInstance::identity)
                .containsExactlyElementsOf(identities(plan(PRESS, LATHE)));
        assertThat(plan(away, LATHE).hubs())
                .extracting(HubInstance::configuration)
                .containsExactlyElementsOf(plan(PRESS, LATHE).hubs().stream()
                        .map(HubInstance::configuration)
                        .toList());
    }

    @Test
    void aRenamedNodeThatSaysWhoItWasIsTheSameDevice() {
        var renamed = node("press-2", Map.of("edge", "true", SiteNode.DEVICE_ID_LABEL, "press"));

        assertThat(identities(plan(renamed))).isEqualTo(identities(plan(PRESS)));
    }

    @Test
    void anotherDeviceIdMakesOtherIdentitiesOnTheSameNode() {
        var labelled = node("press", Map.of("edge", "true", SiteNode.DEVICE_ID_LABEL, "press-of-hall-2"));

        assertThat(plan(labelled).modules())
                .extracting(instance -> instance.node().name(), ModuleInstance::identity)
                .containsExactly(
                        tuple("press", Identity.module("press-of-hall-2", "sensor")),
                        tuple("press", Identity.module("press-of-hall-2", "filter")));
    }

    @Test
    void aNewNodeDoesNotTakeTheDeviceOfAnOlderOneWhateverItsName() {
        var successor = node("a-new-box", Map.of("edge", "true", SiteNode.DEVICE_ID_LABEL, "press"));

        var both = plan(PRESS, successor);

        assertThat(both.hubs()).isEqualTo(plan(PRESS).hubs());
        assertThat(both.modules()).isEqualTo(plan(PRESS).modules());
        assertThat(both.problems())
                .extracting(Problem::kind, Problem::node, Problem::reason)
                .contains(tuple("EdgeHub", "a-new-box", Reasons.CONFLICT));
        assertThat(identities(plan(successor))).as("once the old one is gone").isEqualTo(identities(plan(PRESS)));
    }

    @Test
    void aNodeWithAHubStaysTheDeviceThatItIsWhateverOthersAskFor() {
        var press = PRESS.as("press");
        var relabelled = node("lathe", Map.of("edge", "true", SiteNode.DEVICE_ID_LABEL, "press"))
                .as("lathe");
        var older = node("an-older-box", Map.of("edge", "true", SiteNode.DEVICE_ID_LABEL, "press"));

        var plan = plan(relabelled, press, older);

        assertThat(identities(plan)).isEqualTo(identities(plan(PRESS, LATHE)));
        assertThat(relabelled.asked()).isEqualTo("press");
        assertThat(plan.problems())
                .extracting(Problem::kind, Problem::node, Problem::reason)
                .contains(tuple("EdgeHub", "an-older-box", Reasons.CONFLICT))
                .doesNotContain(tuple("EdgeHub", "lathe", Reasons.CONFLICT));
    }

    @Test
    void ofTwoHubsNodesTheFirstNodeKeepsTheDeviceAlsoWhenItsHubIsTheYounger() {
        var oldest = hub("oldest", Map.of("line", "1"), "1");
        var youngest = hub("youngest", Map.of("line", "2"), "2");
        var running = node("press", Map.of("line", "2"));
        var newcomer = node("box", Map.of("line", "1", SiteNode.DEVICE_ID_LABEL, "press"));

        var plan = SitePlan.of(new Site(List.of(oldest, youngest), MODULES, List.of(running, newcomer), Map.of()));

        assertThat(plan.hubs()).extracting(instance -> instance.node().name()).containsExactly("press");
    }

    @Test
    void aCordonedNodeKeepsItsPlace() {
        assertThat(identities(plan(PRESS.cordon(), LATHE))).isEqualTo(identities(plan(PRESS, LATHE)));
    }

    @Test
    void twentyNodesAreTwentyTimesOne() {
        var nodes = IntStream.range(0, 20).mapToObj(i -> node("n" + i, EDGE)).toList();

        var plan = plan(nodes.toArray(SiteNode[]::new));

        assertThat(plan.problems()).isEmpty();
        assertThat(plan.hubs()).hasSize(20);
        assertThat(identities(plan)).hasSize(40).doesNotHaveDuplicates();
        assertThat(nodes)
                .allSatisfy(node ->
                        assertThat(plan.modules()).containsAll(plan(node).modules()));
    }

    private static SitePlan plan(SiteNode... nodes) {
        return SitePlan.of(new Site(List.of(HUB), MODULES, List.of(nodes), Map.of()));
    }

    private static List<Identity> identities(SitePlan plan) {
        return plan.modules().stream().map(ModuleInstance::identity).toList();
    }

    private static SiteNode node(String name, Map<String, String> labels) {
        return SiteNode.of(name, labels, true);
    }

    private static EdgeHub hub() {
        return hub("hub", EDGE, "1");
    }

    private static EdgeHub hub(String name, Map<String, String> nodeSelector, String created) {
        var hub = new EdgeHub();
        hub.getMetadata().setName(name);
        hub.getMetadata().setCreationTimestamp(created);
        hub.setSpec(new EdgeHubSpec(
                nodeSelector, new Storage("1Gi", null, null, null), null, null, null, null, null, null));
        return hub;
    }

    private static EdgeModule module(String name) {
        var module = new EdgeModule();
        module.getMetadata().setName(name);
        module.getMetadata().setCreationTimestamp(name.equals("sensor") ? "1" : "2");
        module.setSpec(new EdgeModuleSpec(null, null, "image", null, null, null, null, null, null, null));
        return module;
    }
}
