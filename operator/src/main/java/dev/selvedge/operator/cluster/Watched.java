package dev.selvedge.operator.cluster;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

import dev.selvedge.operator.rollout.Instance;
import dev.selvedge.operator.rollout.Rollout;
import org.jspecify.annotations.Nullable;

/**
 * What this operator has seen of one instance, by its own steady clock. How long it is down and how long its node pulls for it are two things: one that is
 * up for a moment meanwhile makes neither begin anew.
 *
 * @param generation of its StatefulSet
 * @param ready since when it is ready as its node says, by which one that restarts between two looks is known; null while it is down
 * @param up since when it was seen to be up without a break; null while it is down or its node does not answer
 * @param down its trouble with what it has; null when it is well, or nobody can know
 * @param asked since when its node is to pull, as the API server says; null when it is not
 * @param pull the wait for that; null when it is not
 */
record Watched(
        @Nullable Long generation,
        @Nullable Instant ready,
        @Nullable Instant up,
        @Nullable Spell down,
        @Nullable Instant asked,
        @Nullable Spell pull) {
    /**
     * A time of trouble.
     *
     * @param since when it was first seen
     * @param begun whether it was seen to begin; else it is older
     */
    record Spell(Instant since, boolean begun) {
        private Duration lasted(Instant moment) {
            return Duration.between(since, moment);
        }

        /** When it began, by the clock that says it is now; the epoch when that was not seen. */
        private Instant began(Instant now, Instant moment) {
            return begun ? now.minus(lasted(moment)) : Instant.EPOCH;
        }
    }

    /**
     * What is known after one more look.
     *
     * @param moment when, by the steady clock
     */
    static Watched after(@Nullable Watched before, @Nullable Long generation, Instance told, Instant moment) {
        var same = before != null && Objects.equals(before.generation, generation) ? before : null;
        return new Watched(
                generation,
                told.up() ? told.since() : null,
                told.up() && told.reachable() ? cameUp(same, told, moment) : null,
                down(before, same, told, moment),
                told.pull().begun(),
                pull(before, told, moment));
    }

    /** One of which nothing was seen of late. */
    Watched excused() {
        return new Watched(generation, null, null, null, asked, null);
    }

    /**
     * An instance as it is told of, with the times that were seen. One that is up is so since this operator has seen it; neither one that is down nor its images
     * had their chance before a trouble that was seen to begin.
     *
     * @param now when, by the clock of the operator's machine, to which the API server's times are compared
     */
    Instance of(Instance told, Instant now, Instant moment) {
        var since = told.since();
        if (up != null) {
            since = now.minus(Duration.between(up, moment));
        } else if (down != null) {
            since = Replicas.later(since, down.began(now, moment));
        }
        var images = pull == null ? told.pull() : told.pull().notBefore(pull.began(now, moment));
        var trouble = told.pulling() ? pull : down;
        var lasted = trouble == null ? Duration.ZERO : trouble.lasted(moment);
        return new Instance(told.node(), told.reachable(), told.outdated(), told.up(), since, images, lasted);
    }

    private static Instant cameUp(@Nullable Watched same, Instance told, Instant moment) {
        return same != null && same.up != null && told.since().equals(same.ready) ? same.up : moment;
    }

    private static @Nullable Spell down(
            @Nullable Watched before, @Nullable Watched same, Instance told, Instant moment) {
        if (!told.reachable()) {
            return null;
        }
        if (same != null && same.down != null && !same.settled(moment)) {
            return same.down;
        }
        return told.up() ? null : new Spell(moment, before != null);
    }

    private static @Nullable Spell pull(@Nullable Watched before, Instance told, Instant moment) {
        if (!told.reachable() || !told.outdated() || !told.pull().goesOn()) {
            return null;
        }
        var goesOn = before != null && Objects.equals(before.asked, told.pull().begun()) ? before.pull : null;
        return goesOn == null ? new Spell(moment, before != null) : goesOn;
    }

    private boolean settled(Instant moment) {
        return up != null && !up.plus(Rollout.SETTLED).isAfter(moment);
    }
}
