package dev.selvedge.operator.reconciler.module;

import java.util.List;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.EdgeModuleStatus;
import dev.selvedge.api.v1alpha1.Reasons;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

final class ModuleReconcilerTest {
    private static final Condition READY = condition(Condition.READY, Reasons.READY);

    @Test
    void aConditionThatSomebodyElseKeepsIsNoReasonToWrite() {
        assertThat(same(List.of(condition("Inspected", "ByHand"), READY), List.of(READY)))
                .isTrue();
    }

    @Test
    void whatTheOperatorSaysOtherwiseIs() {
        assertThat(same(List.of(condition(Condition.READY, Reasons.PENDING)), List.of(READY)))
                .isFalse();
        assertThat(same(null, List.of(READY))).isFalse();
        assertThat(ModuleReconciler.same(
                        new EdgeModuleStatus(1L, "1/2", List.of(READY)),
                        new EdgeModuleStatus(1L, "2/2", List.of(READY))))
                .isFalse();
    }

    private static boolean same(List<Condition> is, List<Condition> wanted) {
        return ModuleReconciler.same(new EdgeModuleStatus(1L, "1/1", is), new EdgeModuleStatus(1L, "1/1", wanted));
    }

    private static Condition condition(String type, String reason) {
        return Condition.of(type, Condition.TRUE, reason, "as it is", 1);
    }
}
