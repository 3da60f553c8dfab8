package dev.selvedge.hub.health;

import java.time.Duration;

/** A text that follows another only when that has stood for a minute: what is tried again and again fails in more than one way. One thread. */
final class Settled {
    private static final long STAND_MILLIS = Duration.ofMinutes(1).toMillis();

    private String settled = "";
    private String seen = "";
    private long seenSince;

    String after(String text, long nowMillis) {
        if (!text.equals(seen)) {
            seen = text;
            seenSince = nowMillis;
        }
        if (settled.isEmpty() || nowMillis - seenSince >= STAND_MILLIS) {
            settled = seen;
        }
        return settled;
    }

    void clear() {
        settled = "";
        seen = "";
    }
}
