package dev.selvedge.operator.rollout;

import java.time.Instant;

/**
 * One instance that is there, as it is now.
 *
 * @param reachable false while its node does not answer the API server
 * @param outdated whether it is to be changed
 * @param up whether its pod is ready and is what it was last told to be
 * @param since of one that is up: since when. Of one that is not: since when it had the chance, which is when it was last changed or when its node
 *     came back
 * @param pull the images of its change
 */
public record Instance(String node, boolean reachable, boolean outdated, boolean up, Instant since, Pull pull) {}
