package dev.selvedge.hub.health;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.StringJoiner;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.Reasons;

/** The conditions StoreReady and StoreNearlyFull. One thread. */
final class StoreHealth {
    private static final double ROOM_PERCENT = 95;
    private static final long CALM_MILLIS = Duration.ofMinutes(1).toMillis();
    private static final double MIB = 1 << 20;
    private static final long UNKNOWN = Long.MAX_VALUE;

    private final Instant started;
    private final Forecast forecast = new Forecast();
    private Fill fill = Fill.LOW;
    private boolean full;
    private long turnedAway = UNKNOWN;
    private long turnedAwayAt;
    private double hoursLeft = Double.NaN;

    /**
     * @param started when this process opened the store
     * @param wasFull whether an earlier process said last that it is full
     */
    StoreHealth(Instant started, boolean wasFull) {
        this.started = started;
        full = wasFull;
        turnedAwayAt = started.toEpochMilli();
    }

    /** Hours until the store is full at the present rate: infinite when it is not filling, NaN while that is not known. */
    double hoursLeft() {
        return hoursLeft;
    }

    Condition ready(Facts facts, long nowMillis) {
        var more = facts.turnedAway() > turnedAway;
        turnedAway = facts.turnedAway();
        if (more) {
            full = true;
            turnedAwayAt = nowMillis;
        } else if (percent(facts) < ROOM_PERCENT && Math.abs(nowMillis - turnedAwayAt) >= CALM_MILLIS) {
            full = false;
        }
        var lost = lost(facts);
        if (full) {
            var what = percent(facts) >= ROOM_PERCENT
                    ? "the store is full (" + size(facts) + ")"
                    : "the volume has no room left, though less than storage.maxBytes is taken";
            return condition(
                    facts,
                    Condition.STORE_READY,
                    Condition.FALSE,
                    Reasons.STORE_FULL,
                    what + ": messages are turned away or dropped, as storeAndForward.whenFull says"
                            + (lost.isEmpty() ? "" : "; " + lost));
        }
        return !lost.isEmpty()
                ? condition(facts, Condition.STORE_READY, Condition.FALSE, Reasons.STORE_DAMAGED, lost)
                : condition(
                        facts,
                        Condition.STORE_READY,
                        Condition.TRUE,
                        Reasons.READY,
                        "the store takes messages, and none was missing at the start");
    }

    /** What the start found missing, or was found since; empty when nothing was. */
    private String lost(Facts facts) {
        var lost = new StringJoiner("; ");
        if (facts.lostRecords() > 0) {
            lost.add(facts.lostRecords() + " stored messages were found missing or damaged since the start of "
                    + started);
        }
        if (facts.lostEntries() > 0) {
            lost.add("the state journal was damaged in " + facts.lostEntries() + " places at the start of " + started
                    + ": newer values of twins, sessions or cursors are missing");
        }
        return lost.toString();
    }

    /** Keeps what an earlier process said, if any, while it is not known how fast the store fills. */
    List<Condition> nearlyFull(Facts facts, List<Condition> earlier, long nowMillis) {
        forecast.sample(nowMillis, facts.bytes());
        var left = forecast.hoursLeft(facts.room());
        hoursLeft = left.orElse(Double.NaN);
        fill = Fill.after(fill, percentGone(facts), left.orElse(Double.POSITIVE_INFINITY));
        if (left.isEmpty() && !earlier.isEmpty() && fill.percent() == 0) {
            return earlier;
        }
        var room = fill.nearlyFull()
                ? condition(
                        facts,
                        Condition.STORE_NEARLY_FULL,
                        Condition.TRUE,
                        Reasons.STORE_NEARLY_FULL,
                        said(facts, left.isPresent()))
                : condition(
                        facts,
                        Condition.STORE_NEARLY_FULL,
                        Condition.FALSE,
                        Reasons.STORE_HAS_ROOM,
                        "less than 80 % of " + size(facts)
                                + " is taken, and at the present rate there is room for more than a day");
        return List.of(room);
    }

    private String said(Facts facts, boolean known) {
        var taken = (fill.percent() > 0 ? "about " + fill.percent() + " % or more of " : "less than 80 % of ")
                + size(facts)
                + (facts.isShared() ? " is taken, with what others take of its volume" : " is taken");
        if (!known) {
            return taken;
        }
        return fill.hours() == Fill.NO_END
                ? taken + "; at the present rate there is room for more than a day"
                : taken + "; at the present rate it is full in about " + fill.hours()
                        + (fill.hours() == 1 ? " hour" : " hours") + " or less";
    }

    private static double percent(Facts facts) {
        return 100.0 * facts.bytes() / facts.limit();
    }

    /** What is taken of its room by whomever. */
    private static double percentGone(Facts facts) {
        return 100.0 - 100.0 * facts.room() / facts.limit();
    }

    private static String size(Facts facts) {
        return Math.round(facts.limit() / MIB) + " MiB";
    }

    private static Condition condition(Facts facts, String type, String status, String reason, String message) {
        return Condition.of(type, status, reason, message, facts.generation());
    }
}
