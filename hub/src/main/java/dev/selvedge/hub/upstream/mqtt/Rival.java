package dev.selvedge.hub.upstream.mqtt;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * Whether somebody else goes on connecting to the broker under our client id. One connection that is taken over proves nothing: the late request of
 * a connection that we gave up ourselves does that. Three within two minutes do. Times are readings of one clock that only goes forward,
 * nanoseconds. One thread.
 */
final class Rival {
    private static final int ENOUGH = 3;
    private static final long WITHIN = TimeUnit.MINUTES.toNanos(2);

    private final Deque<Long> takeOvers = new ArrayDeque<>(ENOUGH);

    /** Our connection was taken over. */
    boolean shows(long now) {
        if (takeOvers.size() == ENOUGH) {
            takeOvers.removeFirst();
        }
        takeOvers.addLast(now);
        return takeOvers.size() == ENOUGH && now - takeOvers.getFirst() < WITHIN;
    }
}
