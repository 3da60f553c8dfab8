package dev.selvedge.bench.report;

import java.util.Locale;

/** Figures as people read them. */
public final class Text {
    private static final double MEBI = 1 << 20;

    private Text() {}

    /** 12,345. */
    public static String count(double value) {
        return String.format(Locale.ROOT, "%,.0f", value);
    }

    /** 1.23, with as many decimals as asked for. */
    public static String decimal(double value, int decimals) {
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }

    /** Bytes in MiB. */
    public static String mebibytes(double bytes) {
        return decimal(bytes / MEBI, bytes < 10 * MEBI ? 1 : 0);
    }
}
