package dev.selvedge.bench.report;

/**
 * Something that was promised, and what was measured.
 *
 * @param id names it in {@code why.properties}, where the reason for a missed one is written
 * @param measured in the unit of {@code wanted}
 */
public record Target(String id, String what, double wanted, boolean atLeast, double measured, String unit) {
    /** A rate, say: the more the better. */
    public static Target atLeast(String id, String what, double wanted, double measured, String unit) {
        return new Target(id, what, wanted, true, measured, unit);
    }

    /** A time, say: the less the better. */
    public static Target atMost(String id, String what, double wanted, double measured, String unit) {
        return new Target(id, what, wanted, false, measured, unit);
    }

    public boolean met() {
        return atLeast ? measured >= wanted : measured <= wanted;
    }

    /** What was promised, in words. */
    public String promise() {
        return (atLeast ? "≥ " : "≤ ") + number(wanted) + " " + unit;
    }

    /** What was measured, in words. */
    public String result() {
        return number(measured) + " " + unit;
    }

    /** Met, or by how much it was missed. */
    public String verdict() {
        return met() ? "met" : "missed by " + Text.count(Math.abs(measured / wanted - 1) * 100) + " %";
    }

    private static String number(double value) {
        return value >= 100 ? Text.count(value) : Text.decimal(value, 2);
    }
}
