package dev.selvedge.operator.status;

import java.util.List;
import java.util.Map;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.operator.status.HubFindings.Hub;
import dev.selvedge.plan.SiteNode;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

final class HubFindingsTest {
    private static final String NOON = "2026-03-01T12:00:00Z";

    private static final List<Condition> WELL = List.of(
            said("StoreReady", "True", "Ready", "it takes messages"),
            said("StoreNearlyFull", "False", "StoreHasRoom", "room for more than a day"),
            said("UpstreamConnected", "True", "Connected", "connected to mqtts://b:8883"));

    private static final List<Condition> CUT = List.of(
            said("StoreReady", "True", "Ready", "it takes messages"),
            said("StoreNearlyFull", "True", "StoreNearlyFull", "full in about 6 hours or less"),
            said("UpstreamConnected", "False", "Disconnected", "mqtts://b:8883: no answer"));

    @Test
    void theWorstHubIsOnTopWithItsNodeAndSinceWhen() {
        var findings = HubFindings.of(List.of(hub("a", true, true, WELL), hub("b", true, true, CUT)), true);

        assertThat(conditions(findings))
                .containsExactly(
                        "StoreReady True Ready: a, b: it takes messages",
                        "StoreNearlyFull True StoreNearlyFull: b: full in about 6 hours or less (since 2026-03-01T12:00:00Z)",
                        "UpstreamConnected False Disconnected: b: mqtts://b:8883: no answer (since 2026-03-01T12:00:00Z)");
    }

    @Test
    void aHubThatDoesNotRunOrIsCutOffSaysNothingThatStillCounts() {
        var findings = HubFindings.of(List.of(hub("a", false, true, CUT), hub("b", true, false, CUT)), true);

        assertThat(conditions(findings))
                .containsExactly(
                        "StoreReady Unknown HubNotReady: a: not known: the hub is not ready; b: not known: the node does not answer the API server",
                        "UpstreamConnected Unknown HubNotReady: a: not known: the hub is not ready; b: not known: the node does not answer the API server");
    }

    @Test
    void withoutAnUpstreamNobodyAsksForOne() {
        assertThat(HubFindings.of(List.of(hub("a", true, true, List.of())), false))
                .containsExactly(Map.entry(
                        "StoreReady",
                        List.of(new Finding("a", "HubNotReady", "not known: the hub has not said it yet"))));
        assertThat(HubFindings.of(List.of(), true)).isEmpty();
    }

    private static List<String> conditions(Map<String, List<Finding>> findings) {
        return findings.entrySet().stream()
                .map(found -> Conditions.of(found.getKey(), found.getValue(), 1, null, NOON))
                .map(c -> c.type() + " " + c.status() + " " + c.reason() + ": " + c.message())
                .toList();
    }

    private static Hub hub(String node, boolean ready, boolean reachable, List<Condition> said) {
        return new Hub(SiteNode.of(node, Map.of(), reachable), ready, said);
    }

    private static Condition said(String type, String status, String reason, String message) {
        return new Condition(type, status, reason, message, NOON, 1L);
    }
}
