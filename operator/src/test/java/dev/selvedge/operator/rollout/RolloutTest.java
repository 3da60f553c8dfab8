package dev.selvedge.operator.rollout;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import dev.selvedge.api.v1alpha1.MaintenanceWindow;
import dev.selvedge.operator.status.Finding;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

final class RolloutTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration DEADLINE = Duration.ofMinutes(10);
    private static final Strategy ONE = new Strategy(1, DEADLINE, false, null);
    private static final long LONG = 3600;

    @Test
    void asManyAreChangedAsMayBeDown() {
        var all = List.of(old("a"), old("b"), old("c"));

        assertThat(said(all, ONE)).containsExactly("a goes", "b Pending", "c Pending");
        assertThat(said(all, new Strategy(2, DEADLINE, false, null))).containsExactly("a goes", "b goes", "c Pending");
        assertThat(said(all, new Strategy(9, DEADLINE, false, null))).containsExactly("a goes", "b goes", "c goes");
    }

    @Test
    void oneThatIsDownIsChangedAtOnceAndTakesAPlace() {
        assertThat(said(List.of(old("a"), down("b", true, 5), old("c")), ONE))
                .containsExactly("a Pending", "b goes", "c Pending");
    }

    @Test
    void theNextWaitsUntilTheFirstHasStayedUp() {
        assertThat(said(List.of(up("a", 9), old("b")), ONE)).containsExactly("a", "b Pending");
        assertThat(said(List.of(up("a", 10), old("b")), ONE)).containsExactly("a", "b goes");
        assertThat(said(List.of(up("a", -LONG), old("b")), ONE))
                .as("the clock of a's node is ahead")
                .containsExactly("a", "b goes");
        assertThat(rollout(List.of(up("a", 9), old("b")), ONE).nextLook()).contains(NOW.plusSeconds(1));
    }

    @Test
    void oneThatHasJustComeUpMakesRoomForItsOwnNextChange() {
        var young = new Instance("a", true, true, true, NOW.minusSeconds(1));

        assertThat(said(List.of(young, old("b")), ONE)).containsExactly("a goes", "b Pending");
        assertThat(said(List.of(young, up("b", 1)), ONE)).containsExactly("a Pending", "b");
    }

    @Test
    void oneThatIsLateStopsTheOthersButNotItsOwnRepair() {
        var late = List.of(down("a", false, 600), old("b"));
        assertThat(said(late, ONE)).containsExactly("a late", "b RolloutPaused");
        assertThat(rollout(late, ONE).waits("b"))
                .map(Finding::message)
                .hasValueSatisfying(message -> assertThat(message).contains("the instance on a"));
        assertThat(said(List.of(down("a", false, 599), old("b")), ONE)).containsExactly("a", "b Pending");
        assertThat(rollout(List.of(down("a", false, 599), old("b")), ONE).nextLook())
                .contains(NOW.plusSeconds(1));

        var mended = List.of(down("a", true, 600), old("b"));
        assertThat(said(mended, ONE)).containsExactly("a goes", "b Pending");
        assertThat(rollout(mended, ONE).nextLook()).contains(NOW.plus(DEADLINE));
    }

    @Test
    void aNodeThatDoesNotAnswerNeitherCountsNorIsChanged() {
        var away = new Instance("a", false, true, false, NOW.minusSeconds(LONG));
        assertThat(said(List.of(away, old("b")), ONE)).containsExactly("a NodeUnreachable", "b goes");
        assertThat(rollout(List.of(away, up("b", LONG)), ONE).finished()).isTrue();
        assertThat(rollout(List.of(away), ONE).nextLook()).isEmpty();

        var back = new Instance("a", true, true, true, NOW.minusSeconds(LONG));
        assertThat(said(List.of(back, down("b", false, 1)), ONE)).containsExactly("a Pending", "b");
    }

    @Test
    void whatIsHeldKeepsWhatItHasAlsoWhenItIsDown() {
        var held = new Strategy(3, DEADLINE, true, null);
        assertThat(said(List.of(old("a"), down("b", true, LONG), up("c", LONG)), held))
                .containsExactly("a OnHold", "b late OnHold", "c");
    }

    @Test
    void whatIsUpWaitsForTheWindowAndWhatIsDownDoesNot() {
        var night = new MaintenanceWindow(List.of(MaintenanceWindow.Day.Mon), "02:00", "3h", "Europe/Berlin");
        var strategy = new Strategy(2, DEADLINE, false, Window.of(night));
        var all = List.of(old("a"), down("b", true, LONG), old("c"));

        assertThat(said(all, strategy)).containsExactly("a WaitingForWindow", "b goes", "c WaitingForWindow");
        assertThat(rollout(all, strategy).waits("a"))
                .map(Finding::message)
                .contains(
                        "the change waits for the maintenance window, which opens on Mon 2026-03-02 02:00 Europe/Berlin");
        assertThat(rollout(List.of(old("a")), strategy).nextLook())
                .as("a clock may be set meanwhile")
                .contains(NOW.plus(Duration.ofMinutes(10)));

        var opens = Instant.parse("2026-03-02T01:00:00Z");
        assertThat(new Rollout(List.of(old("a")), strategy, opens.minusSeconds(5)).nextLook())
                .contains(opens);
        assertThat(new Rollout(all, strategy, opens).goes("a")).isTrue();
        assertThat(new Rollout(all, strategy, opens).goes("c")).isFalse();
        assertThat(new Rollout(all, strategy, opens.plus(Duration.ofHours(3))).goes("a"))
                .isFalse();
    }

    @Test
    void oneThatIsLateIsSaidBeforeTheWindow() {
        var strategy = new Strategy(1, DEADLINE, false, Window.of(new MaintenanceWindow(null, "02:00", "1h", null)));

        assertThat(said(List.of(down("a", false, LONG), old("b")), strategy))
                .containsExactly("a late", "b RolloutPaused");
    }

    @Test
    void itIsFinishedWhenAllAreAsAskedAndStayUp() {
        assertThat(rollout(List.of(up("a", LONG), up("b", 10)), ONE).finished()).isTrue();
        assertThat(rollout(List.of(up("a", LONG), up("b", 9)), ONE).finished()).isFalse();
        assertThat(rollout(List.of(up("a", LONG), down("b", false, 1)), ONE).finished())
                .isFalse();
        assertThat(rollout(List.of(up("a", LONG), old("b")), ONE).finished()).isFalse();
    }

    private static Instance old(String node) {
        return new Instance(node, true, true, true, NOW.minusSeconds(LONG));
    }

    private static Instance up(String node, long seconds) {
        return new Instance(node, true, false, true, NOW.minusSeconds(seconds));
    }

    private static Instance down(String node, boolean outdated, long seconds) {
        return new Instance(node, true, outdated, false, NOW.minusSeconds(seconds));
    }

    private static Rollout rollout(List<Instance> instances, Strategy strategy) {
        return new Rollout(instances, strategy, NOW);
    }

    /** Each instance with what is said of it. */
    private static List<String> said(List<Instance> instances, Strategy strategy) {
        var rollout = rollout(instances, strategy);
        return instances.stream()
                .map(Instance::node)
                .map(node -> node
                        + (rollout.goes(node) ? " goes" : "")
                        + (rollout.late().contains(node) ? " late" : "")
                        + rollout.waits(node).map(f -> " " + f.reason()).orElse(""))
                .toList();
    }
}
