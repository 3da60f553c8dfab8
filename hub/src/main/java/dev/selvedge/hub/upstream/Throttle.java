package dev.selvedge.hub.upstream;

/**
 * Says how many bytes may go now, so that over any ten seconds no more than the rate and 2.5 % go: a token bucket that holds a quarter of a
 * second. Times are readings of one clock that only goes forward, nanoseconds. The rate may be changed by any thread, all else is for one.
 */
public final class Throttle {
    private static final double SECOND = 1e9;
    private static final double BUCKET_SECONDS = 0.25;
    /** No less goes at once, if there is more: many small packets are dear. */
    private static final double SIP_SECONDS = 0.05;

    private static final int BITS = 8;

    private volatile double bytesPerSecond = Double.POSITIVE_INFINITY;
    private double bytes;
    private long filledAt;

    public Throttle(long now) {
        filledAt = now;
    }

    /** From now on this rate; {@link Long#MAX_VALUE} is no limit. */
    public void rate(long bitsPerSecond) {
        bytesPerSecond = bitsPerSecond == Long.MAX_VALUE ? Double.POSITIVE_INFINITY : (double) bitsPerSecond / BITS;
    }

    public boolean limits() {
        return !Double.isInfinite(bytesPerSecond);
    }

    /** Takes as many of the wanted bytes as may go now: all, some, or 0, and then {@link #pause} tells how long that lasts. */
    public int take(int wanted, long now) {
        var rate = bytesPerSecond;
        if (Double.isInfinite(rate)) {
            filledAt = now;
            bytes = 0;
            return wanted;
        }
        bytes = Math.min(rate * BUCKET_SECONDS, bytes + (now - filledAt) / SECOND * rate);
        filledAt = now;
        if (bytes < sip(wanted, rate)) {
            return 0;
        }
        var taken = (int) Math.min(wanted, bytes);
        bytes -= taken;
        return taken;
    }

    /** Nanoseconds after the last {@link #take} until bytes may go again. */
    public long pause(int wanted) {
        var rate = bytesPerSecond;
        return (long) Math.ceil(Math.max(0, sip(wanted, rate) - bytes) / rate * SECOND);
    }

    private static double sip(int wanted, double rate) {
        return Math.min(wanted, Math.max(1, rate * SIP_SECONDS));
    }
}
