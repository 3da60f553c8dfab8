package dev.selvedge.operator.cluster;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import dev.selvedge.operator.rollout.Instance;
import dev.selvedge.operator.rollout.Pull;
import dev.selvedge.plan.SiteNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** An instance that was changed at noon, at a later time. */
final class ReplicaTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant PLACED = NOON.plusSeconds(5);
    private static final String FRESH = pod("12:00:05", "False", "12:00:05");

    private Instant now = NOON.plusSeconds(60);
    private Troubles troubles = new Troubles(() -> now);
    private boolean reachable = true;
    private Instant back = Instant.EPOCH;

    @Test
    void oneThatDoesNotComeUpHasItsTimeFromTheChangeOn() {
        assertThat(down(FRESH)).isEqualTo(PLACED);
        assertThat(down(null)).isEqualTo(NOON);

        now = NOON.plusSeconds(600);
        assertThat(down(FRESH)).isEqualTo(PLACED);
        assertThat(look(FRESH).watched()).isEqualTo(Duration.ofSeconds(540));
    }

    @Test
    void oneThatStayedUpAndGoesDownAgainHasItsTimeFromThenOn() {
        assertThat(look(pod("12:00:05", "True", "12:00:10")).up()).isTrue();

        now = NOON.plusSeconds(3600);
        assertThat(down(pod("12:00:05", "False", "13:00:00")))
                .as("its container ended")
                .isEqualTo(now);
        now = now.plusSeconds(20);
        assertThat(down(null)).as("its pod was deleted").isEqualTo(NOON.plusSeconds(3600));
        now = now.plusSeconds(5);
        assertThat(down(pod("13:00:25", "False", "13:00:25")))
                .as("its node was found")
                .isEqualTo(now);
        assertThat(look(FRESH).watched()).isEqualTo(Duration.ofSeconds(25));
    }

    @Test
    void oneThatEndsAgainAndAgainIsInTroubleAllTheWhile() {
        assertThat(down(FRESH)).isEqualTo(PLACED);
        for (var i = 0; i < 10; i++) {
            now = now.plusSeconds(60);
            var seconds = now.toString().substring(11, 19);
            assertThat(look(pod("12:00:05", "True", seconds)).up()).isTrue();
            now = now.plusSeconds(5);
            assertThat(down(pod("12:00:05", "False", seconds))).isEqualTo(PLACED);
        }
        assertThat(look(FRESH).watched()).isEqualTo(Duration.ofSeconds(650));
    }

    @Test
    void anotherOperatorGoesByTheTimesAndHasWatchedNothing() {
        look(pod("12:00:05", "True", "12:00:10"));
        now = NOON.plusSeconds(3600);
        down(FRESH);
        troubles = new Troubles(() -> now);

        assertThat(down(FRESH)).isEqualTo(PLACED);
        assertThat(look(FRESH).watched()).isZero();
    }

    @Test
    void oneWhoseNodeWasAwayHasItsTimeFromItsReturnOn() {
        down(FRESH);
        reachable = false;
        now = NOON.plusSeconds(600);
        down(FRESH);
        reachable = true;
        back = NOON.plusSeconds(610);
        now = NOON.plusSeconds(620);

        assertThat(down(FRESH)).isEqualTo(now);
        troubles = new Troubles(() -> now);
        assertThat(down(FRESH)).isEqualTo(back);
        assertThat(down(pod("12:10:15", "False", "12:10:15")))
                .as("it waited for its node")
                .isEqualTo(NOON.plusSeconds(615));
    }

    @Test
    void anImageHasItsTimeFromTheMomentAtWhichItWasSeenToBeMissing() {
        var ready = pod("11:00:00", "True", "11:00:00");
        assertThat(outdated(ready, Pull.DUE).watched()).isZero();

        now = now.plusSeconds(10);
        var told = NOON.minusSeconds(600);
        assertThat(outdated(ready, Pull.since(told, false)).pull().begun())
                .as("by the API server's clock it was told ten minutes ago")
                .isEqualTo(now);
        now = now.plusSeconds(10);
        assertThat(outdated(ready, Pull.since(told, false)).watched()).isEqualTo(Duration.ofSeconds(10));
        assertThat(outdated(ready, Pull.since(told, true)).watched()).isZero();
    }

    @Test
    void oneIsUpForAsLongAsTheOperatorHasSeenWhateverTheClockOfItsNodeSays() {
        down(FRESH);
        for (var clock : List.of("12:00:40", "12:05:00")) {
            assertThat(look(pod("12:00:05", "True", clock)).since()).isEqualTo(now);
        }
        now = now.plusSeconds(7);
        var ahead = pod("12:00:05", "True", "12:05:00");
        assertThat(look(ahead).since()).isEqualTo(now.minusSeconds(7));
        assertThat(look(pod("12:00:05", "True", "12:05:06")).since())
                .as("it restarted between two looks")
                .isEqualTo(now);

        reachable = false;
        look(ahead);
        reachable = true;
        now = now.plusSeconds(60);
        assertThat(look(ahead).since())
                .as("nobody saw it while its node was away")
                .isEqualTo(now);
        troubles = new Troubles(() -> now);
        assertThat(look(pod("12:00:05", "True", "12:00:10")).since())
                .as("nor before this operator began")
                .isEqualTo(now);
    }

    @Test
    void howLongItIsDownAndHowLongItsImageTakesAreTwoThings() {
        var pull = Pull.since(NOON, false);
        var up = pod("11:00:00", "True", "11:00:00");
        outdated(up, Pull.DUE);
        outdated(up, pull);
        now = now.plusSeconds(20);
        assertThat(outdated(FRESH, pull).watched()).as("it ends").isZero();
        now = now.plusSeconds(5);
        assertThat(outdated(up, pull).watched()).as("it pulls all the while").isEqualTo(Duration.ofSeconds(25));
        now = now.plusSeconds(5);
        assertThat(outdated(FRESH, pull).watched()).as("it was up for a moment").isEqualTo(Duration.ofSeconds(10));
    }

    private Instant down(@Nullable String pod) {
        var found = look(pod);
        assertThat(found.up()).isFalse();
        return found.since();
    }

    private Instance look(@Nullable String pod) {
        return replica(pod).instance(false, "operator", Pull.NEEDLESS, troubles, now);
    }

    private Instance outdated(String pod, Pull pull) {
        return replica(pod).instance(true, "operator", pull, troubles, now);
    }

    private Replica replica(@Nullable String pod) {
        var set = Serialization.unmarshal("""
                apiVersion: apps/v1
                kind: StatefulSet
                metadata:
                  name: m--edge-1
                  uid: u1
                  generation: 3
                  managedFields:
                    - {manager: operator, time: "2026-03-01T11:00:00Z"}
                    - {manager: operator, time: "2026-03-01T12:00:00Z"}
                    - {manager: operator, time: "2026-03-01T12:59:00Z", subresource: status}
                    - {manager: kubectl, time: "2026-03-01T12:59:00Z"}
                status: {observedGeneration: 3, replicas: 1, updateRevision: r2}
                """, StatefulSet.class);
        return new Replica(
                SiteNode.of("edge-1", Map.of(), reachable),
                set,
                pod == null ? null : Serialization.unmarshal(pod, Pod.class),
                back);
    }

    private static String pod(String placed, String ready, String since) {
        return """
                apiVersion: v1
                kind: Pod
                metadata: {name: m--edge-1-0, labels: {controller-revision-hash: r2}}
                status:
                  conditions:
                    - {type: PodScheduled, status: "True", lastTransitionTime: "2026-03-01T%1$sZ"}
                    - {type: Ready, status: "%2$s", lastTransitionTime: "2026-03-01T%3$sZ"}
                    - {type: ContainersReady, status: "%2$s", lastTransitionTime: "2026-03-01T%3$sZ"}
                """.formatted(placed, ready, since);
    }
}
