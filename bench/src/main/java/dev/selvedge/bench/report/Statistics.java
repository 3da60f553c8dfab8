package dev.selvedge.bench.report;

import java.util.Collection;

/** The little arithmetic that the figures need. */
public final class Statistics {
    private Statistics() {}

    /** The middle one; the mean of the middle two of an even number. */
    public static double median(Collection<Double> values) {
        var sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        if (sorted.length == 0) {
            throw new IllegalArgumentException("nothing was measured");
        }
        return (sorted[sorted.length / 2] + sorted[(sorted.length - 1) / 2]) / 2;
    }

    /** Least squares through points: how much y grows for one of x, and the standard error of that. At least three points. */
    public static Slope slope(double[] x, double[] y) {
        if (x.length != y.length || x.length < 3) {
            throw new IllegalArgumentException("a slope needs three points, there are " + x.length);
        }
        var meanX = mean(x);
        var meanY = mean(y);
        var sxx = 0.0;
        var sxy = 0.0;
        for (int i = 0; i < x.length; i++) {
            sxx += (x[i] - meanX) * (x[i] - meanX);
            sxy += (x[i] - meanX) * (y[i] - meanY);
        }
        var slope = sxy / sxx;
        var residual = 0.0;
        for (int i = 0; i < x.length; i++) {
            var off = y[i] - meanY - slope * (x[i] - meanX);
            residual += off * off;
        }
        return new Slope(slope, Math.sqrt(residual / (x.length - 2) / sxx));
    }

    private static double mean(double[] values) {
        var sum = 0.0;
        for (var value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    /** @param error standard error of {@code perUnit} */
    public record Slope(double perUnit, double error) {}
}
