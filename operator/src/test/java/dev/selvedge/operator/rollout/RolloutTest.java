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
    void oneThatIsDownTakesAPlaceAndNeedsNoOther() {
        assertThat(said(List.of(old("a"), down("b", true, 5), old("c")), ONE))
                .containsExactly("a Pending", "b goes", "c Pending");
        assertThat(said(List.of(down("a", true, 5), down("b", true, 5), down("c", false, 5)), most(2)))
                .as("one has the change already")
                .containsExactly("a goes", "b Pending", "c");
        assertThat(said(List.of(down("a", true, 5), down("b", true, 5)), ONE)).containsExactly("a goes", "b Pending");
    }

    @Test
    void oneThatIsDownForALongTimeIsChangedAtOnce() {
        var all = List.of(watched(down("a", true, LONG), 599), down("b", true, 5), down("c", false, 5));

        assertThat(said(all, ONE)).containsExactly("a Pending", "b Pending", "c");
        assertThat(rollout(all, ONE).nextLook()).contains(NOW.plusSeconds(1));
        assertThat(said(List.of(watched(all.get(0), 600), all.get(1), all.get(2)), ONE))
                .containsExactly("a goes", "b Pending", "c");
    }

    @Test
    void aPowerCutBringsNobodyAChangeThatDoesNotRunElsewhere() {
        var all = List.of(down("a", false, LONG), watched(down("b", true, LONG), 599), down("c", true, LONG));

        assertThat(said(all, ONE)).containsExactly("a late", "b RolloutPaused", "c RolloutPaused");
        assertThat(rollout(all, ONE).nextLook()).contains(NOW.plusSeconds(1));
        assertThat(said(List.of(all.get(0), watched(all.get(1), 600), all.get(2)), ONE))
                .containsExactly("a late", "b goes", "c RolloutPaused");
    }

    @Test
    void theNextWaitsUntilTheFirstHasStayedUp() {
        assertThat(said(List.of(up("a", 9), old("b")), ONE)).containsExactly("a", "b Pending");
        assertThat(said(List.of(up("a", 10), old("b")), ONE)).containsExactly("a", "b goes");
        assertThat(rollout(List.of(up("a", 9), old("b")), ONE).nextLook()).contains(NOW.plusSeconds(1));
    }

    @Test
    void oneThatHasJustComeUpMakesRoomForItsOwnNextChange() {
        var young = new Instance("a", true, true, true, NOW.minusSeconds(1), Pull.NEEDLESS);

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
    void oneThatIsLateHasFailedWhenItWasWatchedForAsLong() {
        var young = watched(down("a", false, LONG), 599);
        var failed = watched(down("a", false, LONG), 600);
        var back = watched(down("a", false, 60), 600);

        assertThat(rollout(List.of(young), ONE).late()).containsExactly("a");
        assertThat(rollout(List.of(young), ONE).failed()).isEmpty();
        assertThat(rollout(List.of(young), ONE).nextLook()).contains(NOW.plusSeconds(1));
        assertThat(rollout(List.of(failed), ONE).failed()).containsExactly("a");
        assertThat(rollout(List.of(back), ONE).failed()).isEmpty();
        assertThat(rollout(List.of(watched(old("a", pulling(LONG)), 600)), ONE).failed())
                .containsExactly("a");
    }

    @Test
    void oneThatEndsAgainAndAgainIsLateAlsoWhileItIsReadyForAMoment() {
        var moment = watched(up("a", 1), 600);

        assertThat(said(List.of(moment, old("b"), down("c", true, 5)), most(2)))
                .containsExactly("a late", "b RolloutPaused", "c RolloutPaused");
        assertThat(rollout(List.of(moment), ONE).failed())
                .as("it may have come up after all")
                .isEmpty();
        assertThat(rollout(List.of(moment), ONE).nextLook()).contains(NOW.plusSeconds(9));
        assertThat(said(List.of(watched(up("a", 10), 600), old("b")), ONE)).containsExactly("a", "b goes");
    }

    @Test
    void aNodeThatDoesNotAnswerNeitherCountsNorIsChanged() {
        var away = new Instance("a", false, true, false, NOW.minusSeconds(LONG), Pull.DUE);
        assertThat(said(List.of(away, old("b")), ONE)).containsExactly("a NodeUnreachable", "b goes");
        assertThat(rollout(List.of(away, up("b", LONG)), ONE).finished()).isTrue();
        assertThat(rollout(List.of(away), ONE).nextLook()).isEmpty();

        var back = new Instance("a", true, true, true, NOW.minusSeconds(LONG), Pull.NEEDLESS);
        assertThat(said(List.of(back, down("b", false, 1)), ONE)).containsExactly("a Pending", "b");
    }

    @Test
    void whatIsHeldKeepsWhatItHasAlsoWhenItIsDown() {
        var held = new Strategy(3, DEADLINE, true, null);
        assertThat(said(List.of(old("a"), down("b", true, LONG), up("c", LONG)), held))
                .containsExactly("a OnHold", "b late OnHold", "c");
    }

    @Test
    void whatIsUpOrOnlyRestartsWaitsForTheWindow() {
        var night = new MaintenanceWindow(List.of(MaintenanceWindow.Day.Mon), "02:00", "3h", "Europe/Berlin");
        var strategy = new Strategy(2, DEADLINE, false, Window.of(night));
        var all = List.of(old("a"), down("b", true, LONG), old("c"));

        assertThat(said(all, strategy))
                .containsExactly("a WaitingForWindow", "b WaitingForWindow", "c WaitingForWindow");
        assertThat(said(List.of(old("a"), watched(down("b", true, LONG), 600)), strategy))
                .containsExactly("a WaitingForWindow", "b goes");
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

    @Test
    void anImageIsPulledBeforeTheInstanceIsChangedAndOnTheNextNodeMeanwhile() {
        assertThat(said(List.of(old("a", Pull.DUE), old("b", Pull.DUE), old("c", Pull.DUE)), ONE))
                .containsExactly("a pulls Pending", "b Pending", "c Pending");
        assertThat(said(List.of(old("a", pulling(1)), old("b", Pull.DUE), old("c", Pull.DUE)), ONE))
                .containsExactly("a pulls Pending", "b Pending", "c Pending");
        assertThat(said(List.of(old("a", pulled()), old("b", Pull.DUE), old("c", Pull.DUE)), ONE))
                .containsExactly("a goes", "b pulls Pending", "c Pending");
        assertThat(said(List.of(up("a", 9), old("b", pulled()), old("c", Pull.DUE)), ONE))
                .as("b waits for a, and c does not wait for that")
                .containsExactly("a", "b pulls Pending", "c pulls Pending");
        assertThat(said(List.of(old("a", Pull.DUE), old("b", Pull.DUE), old("c", Pull.DUE)), most(2)))
                .containsExactly("a pulls Pending", "b pulls Pending", "c Pending");
    }

    @Test
    void oneThatIsDownForALongTimeDoesNotWaitForItsImage() {
        var restarting = new Instance("a", true, true, false, NOW, Pull.DUE);

        assertThat(said(List.of(restarting), ONE)).containsExactly("a pulls Pending");
        assertThat(said(List.of(new Instance("a", true, true, false, NOW, pulling(LONG))), ONE))
                .as("it is not late by an image that it does not run without")
                .containsExactly("a pulls Pending");
        assertThat(said(List.of(watched(restarting, 600)), ONE)).containsExactly("a goes");
    }

    @Test
    void anImageThatIsNotThereInTimeIsLateAndTheOthersBeginNoMore() {
        var all = List.of(old("a", pulling(600)), old("b", Pull.DUE), old("c", pulled()));

        assertThat(said(all, ONE)).containsExactly("a pulls late Pending", "b RolloutPaused", "c pulls RolloutPaused");
        assertThat(rollout(all, ONE).finished()).isFalse();
        var soon = List.of(old("a", pulling(599)), old("b", Pull.DUE));
        assertThat(said(soon, ONE)).containsExactly("a pulls Pending", "b Pending");
        assertThat(rollout(soon, ONE).nextLook()).contains(NOW.plusSeconds(1));
        assertThat(said(List.of(old("a", pulled()), old("b", Pull.DUE)), ONE))
                .as("it came after all")
                .containsExactly("a goes", "b pulls Pending");
    }

    @Test
    void anImageIsPulledOutsideTheWindow() {
        var closed = new Strategy(1, DEADLINE, false, Window.of(new MaintenanceWindow(null, "02:00", "1h", null)));

        assertThat(said(List.of(old("a", Pull.DUE), old("b", Pull.DUE)), closed))
                .containsExactly("a pulls Pending", "b WaitingForWindow");
        assertThat(said(List.of(old("a", pulled()), old("b", Pull.DUE)), closed))
                .containsExactly("a pulls WaitingForWindow", "b pulls Pending");
    }

    @Test
    void noImageIsPulledForWhatIsHeld() {
        var held = new Strategy(1, DEADLINE, true, null);

        assertThat(said(List.of(old("a", Pull.DUE), old("b", pulling(LONG)), old("c", pulled())), held))
                .containsExactly("a OnHold", "b OnHold", "c OnHold");
    }

    @Test
    void aNodeThatDoesNotAnswerBeginsNoPullAndBlocksNone() {
        var away = new Instance("a", false, true, true, NOW.minusSeconds(LONG), Pull.DUE);
        var wentAway = new Instance("a", false, true, true, NOW.minusSeconds(LONG), pulling(LONG));

        assertThat(said(List.of(away, old("b", Pull.DUE)), ONE))
                .containsExactly("a NodeUnreachable", "b pulls Pending");
        assertThat(said(List.of(wentAway, old("b", Pull.DUE)), ONE))
                .as("what the node was told stays")
                .containsExactly("a pulls NodeUnreachable", "b pulls Pending");
        assertThat(rollout(List.of(wentAway), ONE).nextLook()).isEmpty();
    }

    private static Strategy most(int unavailable) {
        return new Strategy(unavailable, DEADLINE, false, null);
    }

    private static Pull pulling(long seconds) {
        return Pull.since(NOW.minusSeconds(seconds), false);
    }

    private static Pull pulled() {
        return Pull.since(NOW.minusSeconds(LONG), true);
    }

    private static Instance old(String node) {
        return old(node, Pull.NEEDLESS);
    }

    private static Instance old(String node, Pull pull) {
        return new Instance(node, true, true, true, NOW.minusSeconds(LONG), pull);
    }

    private static Instance up(String node, long seconds) {
        return new Instance(node, true, false, true, NOW.minusSeconds(seconds), Pull.NEEDLESS);
    }

    private static Instance down(String node, boolean outdated, long seconds) {
        return new Instance(node, true, outdated, false, NOW.minusSeconds(seconds), Pull.NEEDLESS);
    }

    private static Instance watched(Instance is, long seconds) {
        return new Instance(
                is.node(), is.reachable(), is.outdated(), is.up(), is.since(), is.pull(), Duration.ofSeconds(seconds));
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
                        + (rollout.pulls(node) ? " pulls" : "")
                        + (rollout.late().contains(node) ? " late" : "")
                        + rollout.waits(node).map(f -> " " + f.reason()).orElse(""))
                .toList();
    }
}
