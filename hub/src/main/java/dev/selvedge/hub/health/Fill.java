package dev.selvedge.hub.health;

import java.util.List;

/**
 * How near a store is to its end, in steps so coarse that what is said of it does not change by itself. It gets worse at once, and better only
 * when it is clearly better.
 *
 * @param percent 90, 80, or 0 for less
 * @param hours at the present rate it is full in less than so many: 24, 12, 6, 3 or 1; {@link #NO_END} for more, or while less than a quarter is taken
 */
record Fill(int percent, int hours) {
    static final int NO_END = Integer.MAX_VALUE;
    static final Fill LOW = new Fill(0, NO_END);

    private static final List<Integer> PERCENTS = List.of(90, 80);
    private static final List<Integer> HOURS = List.of(1, 3, 6, 12, 24);
    private static final double PERCENT_MARGIN = 5;
    private static final double HOURS_MARGIN = 1.5;
    /** With less taken, the ups and downs of a log that is well delivered could look like filling. */
    private static final double QUARTER = 25;

    /** The fill now, after another. */
    static Fill after(Fill before, double percentTaken, double hoursLeft) {
        var hours = percentTaken < QUARTER ? Double.POSITIVE_INFINITY : hoursLeft;
        return new Fill(
                Math.max(percent(percentTaken), Math.min(before.percent, percent(percentTaken + PERCENT_MARGIN))),
                Math.min(hours(hours), Math.max(before.hours, hours(hours / HOURS_MARGIN))));
    }

    boolean nearlyFull() {
        return percent > 0 || hours < NO_END;
    }

    private static int percent(double taken) {
        return PERCENTS.stream().filter(step -> taken >= step).findFirst().orElse(0);
    }

    private static int hours(double left) {
        return HOURS.stream().filter(step -> left < step).findFirst().orElse(NO_END);
    }
}
