package dev.selvedge.operator.rollout;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Random;

import dev.selvedge.operator.cluster.Troubles;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import static org.assertj.core.api.Assertions.assertThat;

/** Plays whole rollouts: nodes come and go, images arrive or do not, programs start, fail and never start, as chance has it. */
class PlayedRolloutTest {
    private static final Instant BEGIN = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration DEADLINE = Duration.ofMinutes(1);
    private static final Duration STEP = Duration.ofSeconds(5);
    private static final int STEPS = 200;

    /** A node with one instance on it. */
    private static final class Box {
        final String name;
        boolean reachable = true;
        int version = 1;
        boolean up = true;
        Instant changed = BEGIN.minusSeconds(3600);
        Instant ready = changed;
        /** The newest version of which the image is here. */
        int image = 1;
        /** The version that it pulls since a moment; none: 0. */
        int pulls;

        long changes;
        Instant begun = BEGIN;

        Box(String name) {
            this.name = name;
        }

        Instance seen(int wanted) {
            return new Instance(name, reachable, version != wanted, up, up ? ready : changed, pull(wanted));
        }

        private Pull pull(int wanted) {
            return pulls == wanted ? Pull.since(begun, image >= wanted) : Pull.DUE;
        }

        boolean pulling() {
            return pulls > image;
        }

        void pull(int wanted, Instant now) {
            if (pulls != wanted) {
                pulls = wanted;
                begun = now;
            }
        }

        void change(int to, Instant now) {
            version = to;
            pulls = 0;
            changes++;
            changed = now;
            turn(false, now);
        }

        void turn(boolean nowUp, Instant now) {
            up = nowUp;
            ready = now;
        }
    }

    @Property
    void neverAreMoreDownByOurDoingThanMayBe(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 8) int nodes,
            @ForAll @IntRange(min = 1, max = 4) int most) {
        var chance = new Random(seed);
        var boxes = boxes(nodes);
        var now = BEGIN;
        var wanted = 2;
        for (var step = 0; step < STEPS; step++, now = now.plus(STEP)) {
            wanted += chance.nextInt(20) == 0 ? 1 : 0;
            for (var box : boxes) {
                happens(box, chance, now);
            }
            var before = down(boxes);
            var running = boxes.stream().filter(box -> box.up).toList();
            var lateBefore = late(boxes, wanted, most, now);
            var pullingBefore = pulling(boxes, wanted);
            var went = carryOut(boxes, wanted, most, now);

            assertThat(down(boxes)).isLessThanOrEqualTo(Math.max(before, most));
            assertThat(went).allMatch(box -> box.reachable);
            assertThat(went)
                    .as("what runs is changed when its image is here")
                    .filteredOn(running::contains)
                    .allMatch(box -> box.image >= box.version);
            assertThat(pulling(boxes, wanted).size())
                    .as("no more pull at once than may be down")
                    .isLessThanOrEqualTo(Math.max(pullingBefore.size(), most));
            if (!lateBefore.isEmpty()) {
                assertThat(down(boxes))
                        .as("one is late, so none that is up is changed")
                        .isEqualTo(before);
                assertThat(pullingBefore)
                        .as("one is late, so none begins to pull")
                        .containsAll(pulling(boxes, wanted));
            }
        }
    }

    /** By the clocks of others it may be earlier than it is. */
    @Property
    void noneIsLateThatWasWellOrHadNoChanceWithinItsTime(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 8) int nodes,
            @ForAll @IntRange(min = 1, max = 4) int most,
            @ForAll @IntRange(min = 0, max = 600) int behind) {
        var chance = new Random(seed);
        var boxes = boxes(nodes);
        var clock = new Instant[] {BEGIN};
        var troubles = new Troubles(() -> clock[0]);
        var fine = new HashMap<String, Instant>();
        var upSince = new HashMap<String, Instant>();
        var ready = new HashMap<String, Instant>();
        boxes.forEach(box -> fine.put(box.name, BEGIN));
        var wanted = 2;
        for (var step = 0; step < STEPS; step++, clock[0] = clock[0].plus(STEP)) {
            var now = clock[0];
            wanted += chance.nextInt(20) == 0 ? 1 : 0;
            if (step > 0) {
                boxes.forEach(box -> happens(box, chance, now.minusSeconds(behind)));
            }
            var asked = wanted;
            var seen = boxes.stream()
                    .map(box -> troubles.look(box.name, box.changes, box.seen(asked), now))
                    .toList();
            boxes.stream()
                    .filter(box -> !box.ready.equals(ready.put(box.name, box.ready)))
                    .forEach(box -> upSince.remove(box.name));
            for (var instance : seen) {
                if (!instance.up() || instance.pulling()) {
                    upSince.remove(instance.node());
                } else {
                    upSince.putIfAbsent(instance.node(), now);
                }
                var since = upSince.get(instance.node());
                if (!instance.reachable()
                        || (since != null && !since.plus(Rollout.SETTLED).isAfter(now))) {
                    fine.put(instance.node(), now);
                }
            }
            var rollout = new Rollout(seen, strategy(most), now);

            assertThat(rollout.late())
                    .allSatisfy(node -> assertThat(fine.get(node)).isBeforeOrEqualTo(now.minus(DEADLINE)));
            assertThat(rollout.failed())
                    .isEqualTo(seen.stream()
                            .filter(one -> rollout.late().contains(one.node()) && (!one.up() || one.pulling()))
                            .map(Instance::node)
                            .toList());
            var unproven = seen.stream()
                    .filter(one -> !one.outdated()
                            && one.reachable()
                            && (!one.up() || one.settles().isAfter(now)))
                    .count();
            assertThat(seen)
                    .as(
                            "none that may only be restarting is changed while as many as may be are not seen to run with the change")
                    .filteredOn(one -> rollout.goes(one.node()) && one.watched().compareTo(DEADLINE) < 0)
                    .allMatch(one -> unproven < most && one.pull().done());
            for (var box : boxes) {
                if (rollout.pulls(box.name)) {
                    box.pull(wanted, now.minusSeconds(behind));
                }
                if (rollout.goes(box.name)) {
                    box.change(wanted, now.minusSeconds(behind));
                    fine.put(box.name, now);
                }
            }
        }
    }

    @Property
    void aChangeThatRunsReachesEveryNodeThatAnswersAndTheOthersWhenTheyAreBack(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 8) int nodes,
            @ForAll @IntRange(min = 1, max = 4) int most) {
        var chance = new Random(seed);
        var boxes = boxes(nodes);
        var away = boxes.get(chance.nextInt(nodes));
        away.reachable = false;
        away.up = chance.nextBoolean();
        var now = run(boxes, BEGIN, most, nodes);

        assertThat(boxes).filteredOn(box -> box.reachable).allMatch(box -> box.version == 2 && box.up);
        assertThat(away.version).isEqualTo(1);

        away.reachable = true;
        away.turn(away.up, now);
        run(boxes, now, most, 1);
        assertThat(boxes).allMatch(box -> box.version == 2 && box.up);
    }

    /**
     * Nothing but the next look wakes it, an image arrives and a change runs as soon as they may: as few looks must do as there are instances and
     * states of one.
     */
    private static Instant run(List<Box> boxes, Instant from, int most, int nodes) {
        var now = from;
        for (var look = 0; look < 4 * nodes + 4; look++) {
            var went = carryOut(boxes, 2, most, now);
            var at = now.plusSeconds(1);
            boxes.stream().filter(box -> box.reachable).forEach(box -> box.image = Math.max(box.image, box.pulls));
            went.forEach(box -> box.turn(true, at));
            now = new Rollout(seen(boxes, 2), strategy(most), at).nextLook().orElse(at);
        }
        return now;
    }

    private static void happens(Box box, Random chance, Instant now) {
        if (box.reachable && chance.nextInt(5) == 0) {
            box.image = Math.max(box.image, box.pulls);
        }
        switch (chance.nextInt(30)) {
            case 0, 1, 2, 3, 4 -> box.turn(true, now);
            case 5 -> box.turn(false, now);
            case 6 -> box.reachable = false;
            case 7, 8, 9 -> box.reachable = true;
            default -> {}
        }
    }

    private static List<Box> boxes(int nodes) {
        var boxes = new ArrayList<Box>();
        for (var i = 0; i < nodes; i++) {
            boxes.add(new Box("n" + i));
        }
        return boxes;
    }

    private static List<Box> carryOut(List<Box> boxes, int wanted, int most, Instant now) {
        var rollout = new Rollout(seen(boxes, wanted), strategy(most), now);
        var went = boxes.stream().filter(box -> rollout.goes(box.name)).toList();
        boxes.stream().filter(box -> rollout.pulls(box.name)).forEach(box -> box.pull(wanted, now));
        went.forEach(box -> box.change(wanted, now));
        return went;
    }

    /** What waits for its image on a node that answers. */
    private static List<Box> pulling(List<Box> boxes, int wanted) {
        return boxes.stream()
                .filter(box -> box.reachable && box.up && box.pulling() && box.pulls == wanted)
                .toList();
    }

    private static List<String> late(List<Box> boxes, int wanted, int most, Instant now) {
        return new Rollout(seen(boxes, wanted), strategy(most), now).late();
    }

    private static Strategy strategy(int most) {
        return new Strategy(most, DEADLINE, false, null);
    }

    private static List<Instance> seen(List<Box> boxes, int wanted) {
        return boxes.stream().map(box -> box.seen(wanted)).toList();
    }

    private static long down(List<Box> boxes) {
        return boxes.stream().filter(box -> box.reachable && !box.up).count();
    }
}
