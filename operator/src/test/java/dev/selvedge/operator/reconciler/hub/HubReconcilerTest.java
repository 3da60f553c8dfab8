package dev.selvedge.operator.reconciler.hub;

import java.util.List;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.EdgeHubStatus;
import dev.selvedge.api.v1alpha1.Reasons;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

final class HubReconcilerTest {
    private static final Condition READY = condition(Condition.READY, Reasons.READY);
    private static final Condition STORE = condition(Condition.STORE_READY, Reasons.READY);
    private static final Condition UPSTREAM = condition(Condition.UPSTREAM_CONNECTED, Reasons.CONNECTED);

    @Test
    void aConditionThatSomebodyElseKeepsIsNoReasonToWrite() {
        assertThat(same(List.of(condition("Inspected", "ByHand"), STORE, READY), List.of(READY, STORE)))
                .isTrue();
    }

    @Test
    void whatTheOperatorSaysOtherwiseOrNoMoreIs() {
        assertThat(same(List.of(condition(Condition.READY, Reasons.PENDING), STORE), List.of(READY, STORE)))
                .isFalse();
        assertThat(same(List.of(READY, STORE, UPSTREAM), List.of(READY, STORE))).isFalse();
        assertThat(same(List.of(READY), List.of(READY, STORE))).isFalse();
        assertThat(same(null, List.of(READY))).isFalse();
    }

    private static boolean same(List<Condition> is, List<Condition> wanted) {
        return HubReconciler.same(new EdgeHubStatus(1L, "1/1", is), new EdgeHubStatus(1L, "1/1", wanted));
    }

    private static Condition condition(String type, String reason) {
        return Condition.of(type, Condition.TRUE, reason, "as it is", 1);
    }
}
