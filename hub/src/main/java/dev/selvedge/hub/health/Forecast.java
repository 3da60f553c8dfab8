package dev.selvedge.hub.health;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * How long a store's room lasts if it goes on filling as in the last hour. A log gives its space back in steps, so that what it takes goes up and
 * down also when all is delivered: what counts is how far the low points rose. One thread.
 */
final class Forecast {
    private static final long STEP_MILLIS = Duration.ofMinutes(1).toMillis();
    private static final long SHORTEST_MILLIS = Duration.ofMinutes(5).toMillis();
    private static final long WINDOW_MILLIS = Duration.ofHours(1).toMillis();
    private static final double HOUR_MILLIS = Duration.ofHours(1).toMillis();

    private final Deque<Sample> samples = new ArrayDeque<>();

    /** What a store took at one time. */
    private record Sample(long millis, long bytes) {}

    /** Notes what the store takes now. A clock that jumped makes it forget what was before. */
    void sample(long nowMillis, long bytes) {
        var last = samples.peekLast();
        if (last != null) {
            var passed = nowMillis - last.millis();
            if (passed >= 0 && passed < STEP_MILLIS) {
                return;
            }
            if (passed < 0 || passed > WINDOW_MILLIS) {
                samples.clear();
            }
        }
        samples.add(new Sample(nowMillis, bytes));
        while (nowMillis - samples.getFirst().millis() > WINDOW_MILLIS) {
            samples.removeFirst();
        }
    }

    /** Hours until so many bytes are filled: infinite when it is not filling, empty while too little was seen to say. */
    OptionalDouble hoursLeft(long room) {
        if (samples.isEmpty()) {
            return OptionalDouble.empty();
        }
        var first = samples.getFirst().millis();
        var span = samples.getLast().millis() - first;
        if (span < SHORTEST_MILLIS) {
            return OptionalDouble.empty();
        }
        var then = lowest(samples.stream().filter(s -> s.millis() - first <= span / 3));
        var lately = lowest(samples.stream().filter(s -> s.millis() - first >= span - span / 3));
        var rose = lately.bytes() - then.bytes();
        if (rose <= 0) {
            return OptionalDouble.of(Double.POSITIVE_INFINITY);
        }
        var bytesPerHour = rose * HOUR_MILLIS / (lately.millis() - then.millis());
        return OptionalDouble.of(room / bytesPerHour);
    }

    /** The earliest of the lowest. */
    private static Sample lowest(Stream<Sample> part) {
        return part.reduce((a, b) -> b.bytes() < a.bytes() ? b : a).orElseThrow();
    }
}
