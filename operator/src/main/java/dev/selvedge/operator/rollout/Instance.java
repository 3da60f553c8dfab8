package dev.selvedge.operator.rollout;

import java.time.Duration;
import java.time.Instant;

/**
 * One instance that is there, as it is now.
 *
 * @param reachable false while its node does not answer the API server
 * @param outdated whether it is to be changed
 * @param up whether its pod is ready and is what it was last told to be
 * @param since of one that is up: since when. Of one that is not: since when it had the chance, which is when it was last changed, when its node
 *     came back, or when it ceased to be well
 * @param pull the images of its change
 * @param watched how long the operator has watched that it is not well: of one that is up and pulls, how long it pulls; of others, how long they are down
 */
public record Instance(
        String node, boolean reachable, boolean outdated, boolean up, Instant since, Pull pull, Duration watched) {
    /** One as the API server's times tell of it. */
    public Instance(String node, boolean reachable, boolean outdated, boolean up, Instant since, Pull pull) {
        this(node, reachable, outdated, up, since, pull, Duration.ZERO);
    }

    /** Whether it runs and waits for its node to pull. */
    public boolean pulling() {
        return outdated && up && pull.goesOn();
    }

    /** When one that is up has stayed so for long enough. */
    Instant settles() {
        return since.plus(Rollout.SETTLED);
    }
}
