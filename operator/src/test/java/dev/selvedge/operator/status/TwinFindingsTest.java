package dev.selvedge.operator.status;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.ModuleTwinSpec;
import dev.selvedge.json.Nesting;
import dev.selvedge.operator.apply.Applier;
import dev.selvedge.operator.render.ModuleObjects;
import dev.selvedge.plan.Site;
import dev.selvedge.plan.SiteNode;
import dev.selvedge.plan.SitePlan;
import dev.selvedge.plan.TwinOrder;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

final class TwinFindingsTest {
    private static final String THEN =
            "what this status tells of the connection and of reported properties is as of when the hub last spoke";
    private static final SiteNode NODE = SiteNode.of("edge-1", Map.of(), true);
    private static final SitePlan PLAN = plan();

    static Stream<ModuleTwin> twins() {
        return Stream.of(
                twin("sensor.edge-1", "deviceId: edge-1, moduleId: sensor"),
                twin("edgehub.edge-1", "deviceId: edge-1, moduleId: $edgeHub"),
                twin("camera", "deviceId: camera, parentDeviceId: edge-1"));
    }

    @ParameterizedTest
    @MethodSource("twins")
    void aTwinIsReadyOnlyWhileItsHubCanBeHeard(ModuleTwin twin) {
        assertThat(TwinFindings.of(twin, PLAN, List.of(), null).reason()).isEqualTo("Ready");
        assertThat(TwinFindings.of(twin, PLAN, List.of(), "WaitingForDependency"))
                .isEqualTo(new Finding(
                        "edge-1",
                        "WaitingForDependency",
                        "the node's hub is not ready (EdgeHub 'line' says why); " + THEN));
        assertThat(TwinFindings.of(twin, PLAN, List.of(), "NodeUnreachable"))
                .isEqualTo(
                        new Finding("edge-1", "NodeUnreachable", "the node does not answer the API server; " + THEN));
        assertThat(TwinFindings.of(twin, PLAN, List.of(), "NodeCordoned"))
                .isEqualTo(new Finding(
                        "edge-1",
                        "NodeCordoned",
                        "the node is cordoned, and its hub does not start there until it is uncordoned; " + THEN));
    }

    @Test
    void whatIsWrongWithTheTwinItselfIsSaidFirst() {
        var twin = twin("another", "deviceId: edge-1, moduleId: sensor");

        assertThat(TwinFindings.of(twin, PLAN, List.of(), "NodeCordoned").reason())
                .isEqualTo("Conflict");
    }

    /** The hub obeys the first: what is Ready is obeyed. */
    @Test
    void theTwinThatIsMadeForAModuleComesFirst() {
        var older = created(twin("another", "deviceId: edge-1, moduleId: sensor"), "2026-03-01T11:00:00Z");
        var made = created(
                ModuleObjects.twin(PLAN.modules().getFirst(), null, Applier.FIELD_MANAGER), "2026-03-01T12:00:00Z");

        assertThat(TwinFindings.of(made, PLAN, List.of(), null).reason()).isEqualTo("Ready");
        assertThat(Stream.of(older, made).min(TwinOrder.on("edge-1"))).contains(made);
    }

    @ParameterizedTest
    @MethodSource("twins")
    void aTwinThatItsHubRefusesSaysWhy(ModuleTwin twin) {
        var deep = JsonNodeFactory.instance.objectNode();
        var deepest = deep;
        for (int i = 0; i <= Nesting.MAX; i++) {
            deepest = deepest.putObject("a");
        }
        obliged(twin, deep);
        assertThat(TwinFindings.of(twin, PLAN, List.of(), "NodeCordoned"))
                .isEqualTo(
                        new Finding(
                                "edge-1",
                                "Error",
                                "spec.properties.desired is nested deeper than 64 levels; make it flatter: until then the hub goes on with the last good twin"));

        obliged(twin, JsonNodeFactory.instance.objectNode().put("a", "x".repeat(300_000)));
        assertThat(TwinFindings.of(twin, PLAN, List.of(), null).message())
                .matches(
                        "spec.properties.desired has 300008 bytes without white space, at most (32768|262144) are allowed; make it smaller: until then the hub goes on with the last good twin");
    }

    private static void obliged(ModuleTwin twin, ObjectNode desired) {
        var spec = twin.getSpec();
        twin.setSpec(new ModuleTwinSpec(
                spec.deviceId(),
                spec.moduleId(),
                spec.parentDeviceId(),
                null,
                new ModuleTwinSpec.Properties(desired),
                null));
    }

    @Test
    void ofTwoTwinsOfADeviceTheHubObeysTheOlder() {
        var spec = "deviceId: camera, parentDeviceId: edge-1";
        var first = created(twin("b", spec), "2026-03-01T12:00:00Z");
        var second = created(twin("a", spec), "2026-03-01T12:00:01Z");
        var third = created(twin("c", spec), "2026-03-01T12:00:00Z");
        var elsewhere = created(twin("d", "deviceId: camera, parentDeviceId: edge-2"), "2026-03-01T11:00:00Z");
        var all = List.of(third, second, first, elsewhere, twin("e", "deviceId: other, parentDeviceId: edge-1"));

        assertThat(TwinFindings.of(first, PLAN, all, null).reason()).isEqualTo("Ready");
        assertThat(TwinFindings.of(third, PLAN, all, null).reason()).isEqualTo("Conflict");
        assertThat(TwinFindings.of(second, PLAN, all, null))
                .isEqualTo(
                        new Finding(
                                "edge-1",
                                "Conflict",
                                "the hub obeys ModuleTwin 'b', which is of device 'camera' too and older; delete this one, or that one to have this one obeyed"));
        assertThat(TwinFindings.of(second, PLAN, List.of(second), null).reason())
                .isEqualTo("Ready");
    }

    private static ModuleTwin created(ModuleTwin twin, String time) {
        twin.getMetadata().setCreationTimestamp(time);
        return twin;
    }

    @ParameterizedTest
    @MethodSource("twins")
    void aTwinWithoutAHubSaysThat(ModuleTwin twin) {
        var none = SitePlan.of(new Site(List.of(), List.of(), List.of(NODE), Map.of()));

        assertThat(TwinFindings.of(twin, none, List.of(), null).reason()).isEqualTo("NoHub");
    }

    private static SitePlan plan() {
        var hub = Serialization.unmarshal("""
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeHub
                metadata: {name: line, namespace: site}
                spec: {storage: {size: 128Mi}}
                """, EdgeHub.class);
        var sensor = Serialization.unmarshal("""
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeModule
                metadata: {name: sensor, namespace: site}
                spec: {image: x}
                """, EdgeModule.class);
        return SitePlan.of(new Site(List.of(hub), List.of(sensor), List.of(NODE), Map.of()));
    }

    private static ModuleTwin twin(String name, String spec) {
        return Serialization.unmarshal("""
                apiVersion: selvedge.dev/v1alpha1
                kind: ModuleTwin
                metadata: {name: %s, namespace: site}
                spec: {%s}
                """.formatted(name, spec), ModuleTwin.class);
    }
}
