package dev.selvedge.bench.measure;

import java.io.IOException;

import dev.selvedge.bench.report.Section;

/** One thing that is measured. It starts what it needs and leaves nothing running. */
@FunctionalInterface
public interface Measurement {
    /** Measures, which takes a while. */
    Section measure(Lab lab) throws IOException;
}
