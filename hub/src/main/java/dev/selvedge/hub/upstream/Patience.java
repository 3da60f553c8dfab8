package dev.selvedge.hub.upstream;

/**
 * How long a peer that owes answers may be silent before its connection counts as dead: four seconds where answers are quick, twice as long as
 * the longest lately where they are not. After a connection that was given up, the next one is given twice the time, so a slow link is not cut for
 * ever. Times are readings of one clock that only goes forward, nanoseconds. Any thread.
 */
public final class Patience {
    private static final long SHORTEST = 4_000_000_000L;
    private static final long LONGEST = 120_000_000_000L;

    private long limit = SHORTEST;

    /** Nanoseconds. */
    public synchronized long limit() {
        return limit;
    }

    private synchronized void heardAfter(long silence) {
        limit = Math.clamp(Math.max(2 * silence, limit - limit / 8), SHORTEST, LONGEST);
    }

    private synchronized void gaveUp() {
        limit = Math.min(2 * limit, LONGEST);
    }

    /** For a new connection. */
    public Silence silence() {
        return new Silence();
    }

    /** The silence of one connection; it counts while the peer owes an answer. */
    public final class Silence {
        private long since;
        private int owed;

        private Silence() {}

        public synchronized void asked(long now) {
            if (owed++ == 0) {
                since = now;
            }
        }

        public synchronized void answered(long now) {
            owed--;
            heardAfter(now - since);
            since = now;
        }

        /** Up to now the silence is not the peer's fault: it has not been sent everything that it was asked. */
        public synchronized void excuse(long now) {
            since = now;
        }

        /** Whether it has been too long. */
        public synchronized boolean ends(long now) {
            if (owed == 0 || now - since < limit()) {
                return false;
            }
            gaveUp();
            return true;
        }
    }
}
