package dev.selvedge.operator.status;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.Reasons;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

final class ConditionsTest {
    private static final String NOON = "2026-03-01T12:00:00Z";
    private static final String LATER = "2026-03-01T13:00:00Z";

    @Test
    void theWorstIsOnTopWithItsNode() {
        var ready = ready(
                new Finding("a", "Ready", "up"),
                new Finding("c", "Pending", "starting"),
                new Finding("b", "CrashLoopBackOff", "ends"));

        assertThat(ready.status()).isEqualTo("False");
        assertThat(ready.reason()).isEqualTo("CrashLoopBackOff");
        assertThat(ready.message()).isEqualTo("b: ends; c: starting");
        assertThat(ready.observedGeneration()).isEqualTo(7);
    }

    @Test
    void aHoldDoesNotHideAnInstanceThatIsDown() {
        var hold = new Finding("a", "OnHold", "the change waits");

        assertThat(ready(hold, new Finding("a", "Pending", "the node has too little free memory")))
                .extracting(Condition::reason, Condition::message)
                .containsExactly("Pending", "a: the node has too little free memory; a: the change waits");
        assertThat(ready(hold, new Finding("a", "Ready", "up")).reason()).isEqualTo("OnHold");
        assertThat(ready(hold, new Finding("b", "NodeUnreachable", "away")).reason())
                .isEqualTo("OnHold");
        assertThat(ready(hold, new Finding("b", "NodeCordoned", "drained")).reason())
                .isEqualTo("OnHold");
    }

    @Test
    void aWindowDoesNotHideAnInstanceThatIsDown() {
        var waits = new Finding("a", "WaitingForWindow", "the change waits for the maintenance window");

        assertThat(ready(waits, new Finding("b", "Pending", "the container runs and is not ready yet")))
                .extracting(Condition::reason, Condition::message)
                .containsExactly(
                        "Pending",
                        "b: the container runs and is not ready yet; a: the change waits for the maintenance window");
        assertThat(ready(waits, new Finding("a", "Ready", "up")).reason()).isEqualTo("WaitingForWindow");
        assertThat(ready(waits, new Finding("b", "NodeUnreachable", "away")).reason())
                .isEqualTo("WaitingForWindow");
    }

    @Test
    void allWellIsTrueAndAnUnreachableNodeIsUnknown() {
        assertThat(ready(new Finding("b", "Ready", "up"), new Finding("a", "Ready", "up")))
                .extracting(Condition::status, Condition::message)
                .containsExactly("True", "a, b: up");
        assertThat(ready(new Finding("a", "Ready", "up"), new Finding("b", "NodeUnreachable", "away"))
                        .status())
                .isEqualTo("Unknown");
    }

    @Test
    void theTransitionTimeStaysWhileTheStatusDoes() {
        var before = List.of(ready(new Finding("a", "Pending", "starting")));

        var still = Conditions.ready(List.of(new Finding("a", "ImagePullBackOff", "no")), 8, before, LATER);
        var up = Conditions.ready(List.of(new Finding("a", "Ready", "up")), 8, before, LATER);

        assertThat(still.lastTransitionTime()).isEqualTo(NOON);
        assertThat(up.lastTransitionTime()).isEqualTo(LATER);
    }

    @Test
    void whatAnotherObjectTellsIsNoNewsNorIsTheReturnFromIt() {
        var up = ready(new Finding("a", "Ready", "up"));
        var away = ready(new Finding("a", "NodeUnreachable", "away"));
        var conflict = ready(new Finding("a", "Conflict", "two"));
        var elsewhere = Set.of("NodeUnreachable");

        assertThat(Conditions.news(up, away, Set.of())).isTrue();
        assertThat(Conditions.news(away, up, Set.of())).isTrue();
        assertThat(Conditions.news(up, up, Set.of())).isFalse();
        assertThat(Conditions.news(up, away, elsewhere)).isFalse();
        assertThat(Conditions.news(null, away, elsewhere)).isFalse();
        assertThat(Conditions.news(away, up, elsewhere)).isFalse();
        assertThat(Conditions.news(away, conflict, elsewhere)).isTrue();
        assertThat(Conditions.news(conflict, up, elsewhere)).isTrue();
        assertThat(Conditions.news(null, up, elsewhere)).isTrue();
    }

    @Test
    void anotherConditionThanReadyIsSummedUpInTheSameWay() {
        var nearlyFull = Conditions.of(
                "StoreNearlyFull",
                List.of(
                        new Finding("a", "StoreHasRoom", "room"),
                        new Finding("b", "StoreNearlyFull", "6 hours"),
                        new Finding("c", "StoreHasRoom", "room")),
                7,
                null,
                NOON);

        assertThat(nearlyFull)
                .extracting(Condition::status, Condition::reason, Condition::message)
                .containsExactly("True", "StoreNearlyFull", "b: 6 hours");
    }

    @Test
    void everyReasonHasAPlaceInTheOrder() throws IllegalAccessException {
        for (var field : Reasons.class.getFields()) {
            var reason = String.valueOf(field.get(null));
            var beside = Conditions.of(
                    "Any", List.of(new Finding("a", reason, "x"), new Finding("b", "Error", "y")), 1, null, NOON);
            assertThat(beside.reason())
                    .as("%s is not taken for the worst", reason)
                    .isEqualTo("Error");
        }
    }

    @Test
    void aHundredTroublesStayReadable() {
        var findings = IntStream.range(0, 100)
                .mapToObj(i -> new Finding("n" + i, "Pending", "why " + i % 10 + "x".repeat(400)))
                .toList();

        var message = Conditions.ready(findings, 1, null, NOON).message();

        assertThat(message).hasSizeLessThanOrEqualTo(1024).contains("and 5 more nodes");
    }

    private static Condition ready(Finding... findings) {
        return Conditions.ready(List.of(findings), 7, null, NOON);
    }
}
