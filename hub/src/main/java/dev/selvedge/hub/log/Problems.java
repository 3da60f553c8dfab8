package dev.selvedge.hub.log;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.stream.Collectors;

/** The last warnings and errors that this process logged; older ones are forgotten. Any thread. */
public final class Problems {
    /** Those of this process: {@link RecordingProvider} fills it. */
    public static final Problems LOGGED = new Problems();

    static final int LONGEST = 500;
    private static final int MOST = 50;

    private final ArrayDeque<Problem> last = new ArrayDeque<>();

    /** Newest first. */
    public synchronized List<Problem> last() {
        return last.reversed().stream().collect(Collectors.toUnmodifiableList());
    }

    /** Notes one; its message is cut when it is long. */
    public synchronized void add(Instant time, String level, String logger, String message) {
        if (last.size() == MOST) {
            last.removeFirst();
        }
        var cut = message.length() <= LONGEST ? message : message.substring(0, LONGEST - 1) + "…";
        last.add(new Problem(time.toString(), level, logger, cut));
    }
}
