package dev.selvedge.route;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/** A path into a JSON body: {@code a.b[0].c}. Names are case-sensitive. */
public record BodyPath(List<Step> steps) {
    private static final Pattern STEP = Pattern.compile("([^\\[\\]]+)(?:\\[(\\d{1,9})])?");
    private static final int MAX_STEPS = 64;
    private static final Pattern DIGITS = Pattern.compile("\\d+");

    public BodyPath {
        steps = List.copyOf(steps);
    }

    /**
     * Into one member, and then perhaps into one element.
     *
     * @param index from 0; -1 for none
     */
    public record Step(String name, int index) {
        @Override
        public String toString() {
            return index < 0 ? name : name + "[" + index + "]";
        }
    }

    /** Null when the text is no path, or has more than 64 names (deeper bodies IoT Edge does not read). */
    static @Nullable BodyPath parse(String text) {
        var steps = new ArrayList<Step>();
        for (var part : text.split("\\.", -1)) {
            var step = STEP.matcher(part);
            if (!step.matches() || DIGITS.matcher(step.group(1)).matches()) {
                return null;
            }
            steps.add(new Step(step.group(1), step.group(2) == null ? -1 : Integer.parseInt(step.group(2))));
        }
        return steps.size() > MAX_STEPS ? null : new BodyPath(steps);
    }

    @Override
    public String toString() {
        return steps.stream().map(Step::toString).collect(Collectors.joining("."));
    }
}
