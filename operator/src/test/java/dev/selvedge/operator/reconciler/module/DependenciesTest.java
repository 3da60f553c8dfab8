package dev.selvedge.operator.reconciler.module;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.plan.Site;
import dev.selvedge.plan.SiteNode;
import dev.selvedge.plan.SitePlan;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

final class DependenciesTest {
    private static final String SOON = "starts when b is ready here";

    @Test
    void whatIsOnlyNotReadyYetIsAMatterOfTime() {
        assertThat(missing(Set.of(), module("a", "dependsOn: [b, c]"), module("b", ""), module("c", "")))
                .isEqualTo("starts when the hub, b, c are ready here");
        assertThat(missing(Set.of("edgehub--n"), module("a", "dependsOn: [b]"), module("b", "")))
                .isEqualTo(SOON);
        assertThat(missing(Set.of("edgehub--n", "b--n"), module("a", "dependsOn: [b]"), module("b", "")))
                .isEmpty();
        assertThat(missing(Set.of(), module("a", ""))).isEmpty();
        assertThat(missing(Set.of("a--n"), module("a", "dependsOn: [b]")))
                .as("one that is there")
                .isEmpty();
    }

    @Test
    void whatNeverComesIsSaid() {
        assertThat(missing(Set.of("edgehub--n"), module("a", "dependsOn: [bb]"), module("b", "")))
                .isEqualTo("waits for 'bb' of spec.dependsOn, and no EdgeModule of this namespace has that name:"
                        + " create it, or take it out");
        assertThat(missing(
                        Set.of("edgehub--n"), module("a", "dependsOn: [b]"), module("b", "nodeSelector: {other: x}")))
                .isEqualTo("waits for 'b' of spec.dependsOn, which has no instance on this node:"
                        + " let it run here too, or take it out");
        assertThat(missing(Set.of("edgehub--n"), module("a", "dependsOn: [b]"), module("b", "state: Stopped")))
                .isEqualTo("waits for 'b' of spec.dependsOn, which is stopped:"
                        + " set its spec.state to Running, or take it out");
        assertThat(missing(Set.of("edgehub--n"), module("a", "dependsOn: [b, nobody]"), module("b", "")))
                .startsWith("waits for 'nobody' of spec.dependsOn")
                .endsWith("; " + SOON);
    }

    @Test
    void whoWaitsForItselfIsShownTheWay() {
        var rest = "): take one of these out of spec.dependsOn of the one before it";

        assertThat(missing(Set.of("edgehub--n"), module("a", "dependsOn: [a]")))
                .isEqualTo("waits for itself (a -> a" + rest);
        assertThat(missing(
                        Set.of("edgehub--n"),
                        module("a", "dependsOn: [b]"),
                        module("b", "dependsOn: [c]"),
                        module("c", "dependsOn: [b, a]")))
                .isEqualTo("waits for itself (a -> b -> c -> a" + rest);
        assertThat(missing(
                        Set.of("edgehub--n"),
                        module("a", "dependsOn: [b]"),
                        module("b", "dependsOn: [c]"),
                        module("c", "dependsOn: [b]")))
                .as("it is the others that wait for themselves, and say so")
                .isEqualTo(SOON);
        assertThat(missing(
                        Set.of("edgehub--n", "c--n"),
                        module("a", "dependsOn: [b]"),
                        module("b", "dependsOn: [c]"),
                        module("c", "dependsOn: [a]")))
                .as("one that is there waits for nobody")
                .isEqualTo(SOON);
    }

    /** What the instance of module a waits for. */
    private static String missing(Set<String> there, EdgeModule... modules) {
        var hub = Serialization.unmarshal("""
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeHub
                metadata: {name: hub, namespace: site}
                spec: {storage: {size: 128Mi}}
                """, EdgeHub.class);
        var site = new Site(List.of(hub), Arrays.asList(modules), List.of(SiteNode.of("n", Map.of(), true)), Map.of());
        var plan = SitePlan.of(site);
        return new Dependencies(site, plan, there::contains, there::contains)
                .missing(plan.instancesOf(modules[0]).getFirst())
                .orElse("");
    }

    private static EdgeModule module(String name, String spec) {
        return Serialization.unmarshal("""
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeModule
                metadata: {name: %s, namespace: site}
                spec: {image: x, %s}
                """.formatted(name, spec), EdgeModule.class);
    }
}
