package dev.selvedge.bench.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

import dev.selvedge.bench.report.Statistics;
import dev.selvedge.bench.report.Statistics.Slope;

/**
 * How much memory the hub took in its longest life, and whether that grew. The first half of the life is left out: a young process grows until its
 * code is compiled.
 */
final class Memory {
    private static final double SECONDS_PER_HOUR = 3600;
    private static final double ALLOWED_GROWTH_MIB = 4;

    private final List<List<Sample>> lives = new ArrayList<>();

    /**
     * One look at the process.
     *
     * @param seconds since the soak began
     * @param rssMib resident memory, pages of files included
     * @param anonymousMib resident memory that is no page of a file
     * @param workingSetMib what Kubernetes counts
     */
    record Sample(double seconds, double rssMib, double anonymousMib, double workingSetMib) {}

    /** A new process: what follows is its life. */
    void born() {
        lives.add(new ArrayList<>());
    }

    void add(Sample sample) {
        lives.getLast().add(sample);
    }

    /** The part of the longest life that counts. */
    List<Sample> settled() {
        var longest = lives.stream()
                .max((a, b) -> Integer.compare(a.size(), b.size()))
                .orElse(List.of());
        return longest.subList(longest.size() / 2, longest.size());
    }

    /** Growth of resident memory that is no page of a file, MiB an hour; needs three settled samples. */
    Slope anonymousSlope() {
        return slope(Sample::anonymousMib);
    }

    /** Growth of the working set, MiB an hour; needs three settled samples. */
    Slope workingSetSlope() {
        return slope(Sample::workingSetMib);
    }

    private Slope slope(ToDoubleFunction<Sample> figure) {
        var samples = settled();
        var slope = Statistics.slope(
                samples.stream().mapToDouble(Sample::seconds).toArray(),
                samples.stream().mapToDouble(figure).toArray());
        return new Slope(slope.perUnit() * SECONDS_PER_HOUR, slope.error() * SECONDS_PER_HOUR);
    }

    /**
     * Whether resident memory did not grow, but for noise and a few MiB. Pages of files do not count: they come as they are first touched, for hours where
     * a path is rarely taken, and cannot leak.
     */
    boolean flat() {
        var samples = settled();
        if (samples.size() < 3) {
            return false;
        }
        var slope = anonymousSlope();
        var hours = (samples.getLast().seconds() - samples.getFirst().seconds()) / SECONDS_PER_HOUR;
        return slope.perUnit() * hours <= ALLOWED_GROWTH_MIB || slope.perUnit() <= 2 * slope.error();
    }

    /** The largest working set of all lives, MiB. */
    double peakWorkingSet() {
        return lives.stream()
                .flatMap(List::stream)
                .mapToDouble(Sample::workingSetMib)
                .max()
                .orElse(0);
    }
}
