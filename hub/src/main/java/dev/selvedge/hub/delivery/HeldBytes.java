package dev.selvedge.hub.delivery;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * How many bytes of messages all pumps of a hub hold, which is what their queues handed out and is not settled, and who waits for room. The pumps'
 * one thread.
 *
 * <p>{@value #MOST} bytes are a sixth of a hub's heap (images/hub/java.args): what modules send meanwhile needs the rest. A pump that holds nothing
 * may always have one record, though, so that receivers that never answer hold up nobody else: where n inputs wait with large messages it is n times
 * 256 KiB, if that is more. Only the upstream is ever sent several at once, and it alone waits here.
 */
final class HeldBytes {
    static final int MOST = 8 << 20;

    private final Set<Pump> waiting = new LinkedHashSet<>();
    private long held;

    long bytes() {
        return held;
    }

    /** How many more may be held; negative when some pumps had their one record beyond it. */
    long room() {
        return MOST - held;
    }

    void take(long bytes) {
        held += bytes;
    }

    void giveBack(long bytes) {
        held -= bytes;
        if (!waiting.isEmpty() && room() > 0) {
            var woken = List.copyOf(waiting);
            waiting.clear();
            woken.forEach(Pump::stepSoon);
        }
    }

    /** The pump is told once when there is room again. */
    void await(Pump pump) {
        waiting.add(pump);
    }
}
