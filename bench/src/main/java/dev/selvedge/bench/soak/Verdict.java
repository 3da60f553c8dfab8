package dev.selvedge.bench.soak;

import java.util.ArrayList;
import java.util.List;

/** What was found, and whether all of it was as it must be. */
final class Verdict {
    private final List<String> lines = new ArrayList<>();
    private boolean passed = true;

    void check(boolean good, String line) {
        passed &= good;
        lines.add((good ? "ok    " : "FAIL  ") + line);
    }

    void note(String line) {
        lines.add("      " + line);
    }

    boolean passed() {
        return passed;
    }

    @Override
    public String toString() {
        return String.join("\n", lines) + "\n" + (passed ? "soak passed" : "SOAK FAILED");
    }
}
