package dev.selvedge.hub.health;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import dev.selvedge.api.v1alpha1.Condition;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

class HealthTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final long MIB = 1 << 20;
    private static final long NEVER_FULL = Long.MAX_VALUE;
    private static final Facts.Link UP = new Facts.Link("mqtts://broker:8883", true, "");
    private static final Facts.Link DOWN = new Facts.Link("mqtts://broker:8883", false, "the connection is refused");

    private final List<List<Condition>> told = new ArrayList<>();
    private Instant now = NOON;
    private Facts facts = facts(1, 0, 0, UP);
    private Health health = new Health(List.of(), () -> facts, told::add, () -> now);

    @Test
    void anIdleHubTellsItsConditionsOnceAndThenNothing() {
        for (var look = 0; look < 2000; look++) {
            health.look();
            now = now.plusSeconds(5);
        }

        assertThat(told).hasSize(1);
        assertThat(told.getFirst())
                .extracting(Condition::type, Condition::status, Condition::reason)
                .containsExactly(
                        tuple("StoreReady", "True", "Ready"),
                        tuple("StoreNearlyFull", "False", "StoreHasRoom"),
                        tuple("UpstreamConnected", "True", "Connected"));
        assertThat(told.getFirst()).allSatisfy(condition -> {
            assertThat(condition.lastTransitionTime()).isEqualTo("2026-03-01T12:00:00Z");
            assertThat(condition.observedGeneration()).isEqualTo(1);
        });
    }

    @Test
    void theUpstreamIsDisconnectedSinceItWasLostAndForTheReasonThatStands() {
        health.look();
        facts = facts(1, 0, 0, DOWN);
        pass(Duration.ofSeconds(5));
        assertThat(condition("UpstreamConnected"))
                .extracting(Condition::status, Condition::reason, Condition::message, Condition::lastTransitionTime)
                .containsExactly(
                        "False",
                        "Disconnected",
                        "mqtts://broker:8883: the connection is refused; messages wait in the store",
                        "2026-03-01T12:00:05Z");
        var before = told.size();

        for (var attempt = 0; attempt < 100; attempt++) {
            facts = facts(1, 0, 0, new Facts.Link(DOWN.url(), false, attempt % 2 == 0 ? "no answer" : DOWN.trouble()));
            pass(Duration.ofSeconds(5));
        }
        assertThat(told).as("reasons that come in turn are not told").hasSize(before);

        facts = facts(1, 0, 0, new Facts.Link(DOWN.url(), false, "no answer"));
        for (var look = 0; look < 13; look++) {
            pass(Duration.ofSeconds(5));
        }
        assertThat(told).hasSize(before + 1);
        assertThat(condition("UpstreamConnected").message()).contains("no answer");
        assertThat(condition("UpstreamConnected").lastTransitionTime()).isEqualTo("2026-03-01T12:00:05Z");
    }

    @Test
    void anUpstreamThatComesAndGoesIsConnectedWhenItHasStoodForHalfAMinute() {
        health.look();
        for (var look = 0; look < 12; look++) {
            facts = facts(1, 0, 0, look % 2 == 0 ? DOWN : UP);
            pass(Duration.ofSeconds(5));
        }
        assertThat(told).hasSize(2);
        assertThat(condition("UpstreamConnected").status()).isEqualTo("False");

        pass(Duration.ofSeconds(25));
        assertThat(condition("UpstreamConnected").status()).isEqualTo("False");
        pass(Duration.ofSeconds(5));
        assertThat(condition("UpstreamConnected"))
                .extracting(Condition::status, Condition::message, Condition::lastTransitionTime)
                .containsExactly("True", "connected to mqtts://broker:8883", "2026-03-01T12:01:30Z");
    }

    @Test
    void aClockThatIsSetBackHoldsAConnectedUpstreamUpNoLonger() {
        facts = facts(1, 0, 0, DOWN);
        health.look();
        facts = facts(1, 0, 0, UP);
        pass(Duration.ofSeconds(5));

        pass(Duration.ofHours(-1));
        pass(Duration.ofSeconds(30));

        assertThat(condition("UpstreamConnected").status()).isEqualTo("True");
    }

    @Test
    void anotherUpstreamIsConnectedAtOnce() {
        facts = facts(1, 0, 0, DOWN);
        health.look();

        facts = facts(1, 0, 0, new Facts.Link("mqtts://other:8883", true, ""));
        pass(Duration.ofSeconds(5));

        assertThat(condition("UpstreamConnected").message()).isEqualTo("connected to mqtts://other:8883");
    }

    @Test
    void aHubWithoutAnUpstreamSaysNothingOfIt() {
        facts = facts(1, 0, 0, null);
        health.look();

        assertThat(told.getFirst()).extracting(Condition::type).containsExactly("StoreReady", "StoreNearlyFull");
    }

    @Test
    void aRestartThatChangesNothingTellsNothing() {
        facts = facts(1, 0, 0, DOWN);
        health.look();
        var before = told.getLast();
        told.clear();
        now = now.plusSeconds(3600);

        health = new Health(before, () -> facts, told::add, () -> now);
        facts = facts(1, 0, 0, new Facts.Link(DOWN.url(), false, ""));
        health.look();
        facts = facts(1, 0, 0, DOWN);
        pass(Duration.ofSeconds(5));

        assertThat(told).isEmpty();
    }

    @Test
    void aFullStoreIsSaidWhenAMessageIsTurnedAwayAndUntilThereIsRoom() {
        facts = facts(99, 0, 0, UP);
        health.look();
        assertThat(condition("StoreReady").status())
                .as("it still takes what fits")
                .isEqualTo("True");

        facts = facts(99, 0, 1, UP);
        pass(Duration.ofSeconds(5));
        assertThat(condition("StoreReady"))
                .extracting(Condition::status, Condition::reason)
                .containsExactly("False", "StoreFull");
        assertThat(condition("StoreReady").message()).contains("the store is full (100 MiB)");
        assertThat(condition("StoreNearlyFull").message()).startsWith("about 90 % or more of 100 MiB is taken");

        var before = told.size();
        facts = facts(99, 0, 7, UP);
        pass(Duration.ofMinutes(3));
        assertThat(told).as("no counter, no churn").hasSize(before);

        facts = facts(10, 0, 7, UP);
        pass(Duration.ofMinutes(2));
        assertThat(condition("StoreReady").status()).isEqualTo("True");
    }

    @Test
    void whatFoundNoRoomBeforeTheStartDoesNotMakeTheStoreFullNow() {
        facts = facts(50, 0, 1000, UP);
        health.look();

        assertThat(condition("StoreReady").status()).isEqualTo("True");
    }

    @Test
    void aStoreThatWasFullIsFullAfterARestartUntilThereIsRoom() {
        health.look();
        facts = facts(99, 0, 1, UP);
        pass(Duration.ofSeconds(5));
        var since = condition("StoreReady").lastTransitionTime();

        health = new Health(told.getLast(), () -> facts, told::add, () -> now);
        facts = facts(99, 0, 0, UP);
        pass(Duration.ofMinutes(5));
        assertThat(condition("StoreReady").reason()).isEqualTo("StoreFull");
        assertThat(condition("StoreReady").lastTransitionTime()).isEqualTo(since);

        facts = facts(50, 0, 0, UP);
        pass(Duration.ofSeconds(5));
        assertThat(condition("StoreReady").reason()).isEqualTo("Ready");
    }

    @Test
    void aVolumeWithoutRoomIsNotAFullStore() {
        health.look();
        facts = facts(40, 0, 1, UP);
        pass(Duration.ofSeconds(5));

        assertThat(condition("StoreReady").message()).contains("the volume has no room left");
    }

    @Test
    void whatWasLostIsNamedWithTheStartThatFoundIt() {
        facts = facts(1, 3, 0, UP);
        health.look();

        assertThat(condition("StoreReady"))
                .extracting(Condition::status, Condition::reason, Condition::message)
                .containsExactly(
                        "False",
                        "StoreDamaged",
                        "3 stored messages were found missing or damaged since the start of 2026-03-01T12:00:00Z");
    }

    @Test
    void aDamagedJournalIsNamedToo() {
        facts = new Facts(1, MIB, 100 * MIB, NEVER_FULL, 0, 2, 0, UP);
        health.look();

        assertThat(condition("StoreReady"))
                .extracting(Condition::status, Condition::reason, Condition::message)
                .containsExactly(
                        "False",
                        "StoreDamaged",
                        "the state journal was damaged in 2 places at the start of 2026-03-01T12:00:00Z: newer values of twins, sessions or cursors are missing");
    }

    @Test
    void aVolumeThatOthersFillIsNearlyFullBeforeItsEnd() {
        facts = new Facts(1, 10 * MIB, 100 * MIB, 32 * MIB, 0, 0, 0, UP);
        health.look();
        assertThat(condition("StoreNearlyFull").status()).isEqualTo("False");

        facts = new Facts(1, 10 * MIB, 100 * MIB, 15 * MIB, 0, 0, 0, UP);
        pass(Duration.ofSeconds(5));

        assertThat(condition("StoreNearlyFull"))
                .extracting(Condition::status, Condition::message)
                .containsExactly("True", "about 90 % or more of 100 MiB is taken, with what others take of its volume");
        assertThat(condition("StoreReady").status()).isEqualTo("True");
    }

    @Test
    void aStoreThatFillsSaysHowLongItLastsInFewWords() {
        health = new Health(List.of(), () -> facts, told::add, () -> now);
        // 1 MiB a minute: full in 100 minutes
        for (var minute = 0; minute <= 99; minute++) {
            facts = facts(minute, 0, 0, UP);
            health.look();
            now = now.plusSeconds(60);
        }

        assertThat(told.stream()
                        .map(conditions -> conditions.get(1).message())
                        .distinct()
                        .toList())
                .containsExactly(
                        "less than 80 % of 100 MiB is taken, and at the present rate there is room for more than a day",
                        "less than 80 % of 100 MiB is taken; at the present rate it is full in about 3 hours or less",
                        "less than 80 % of 100 MiB is taken; at the present rate it is full in about 1 hour or less",
                        "about 80 % or more of 100 MiB is taken; at the present rate it is full in about 1 hour or less",
                        "about 90 % or more of 100 MiB is taken; at the present rate it is full in about 1 hour or less");
        assertThat(health.hoursLeft()).isBetween(0.01, 0.03);
        assertThat(told).hasSize(5);
    }

    @Test
    void aHubThatStopsTellsNothingMore() {
        health.look();
        health.stop();
        facts = facts(1, 0, 0, null);
        pass(Duration.ofSeconds(5));

        assertThat(told).hasSize(1);
    }

    private void pass(Duration time) {
        now = now.plus(time);
        health.look();
    }

    private Condition condition(String type) {
        return told.getLast().stream()
                .filter(c -> c.type().equals(type))
                .findFirst()
                .orElseThrow();
    }

    private static Facts facts(long mib, long lost, long turnedAway, Facts.Link upstream) {
        return new Facts(1, mib * MIB, 100 * MIB, NEVER_FULL, lost, 0, turnedAway, upstream);
    }
}
