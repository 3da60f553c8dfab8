package dev.selvedge.route;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/** A path into a JSON body: {@code a.b[0][1].c}. Names are case-sensitive. */
public record BodyPath(List<Step> steps) {
    private static final Pattern STEP = Pattern.compile("([^\\[\\]]+)((?:\\[\\d{1,9}])*)");
    private static final Pattern INDEX = Pattern.compile("\\d+");
    private static final int MAX_STEPS = 64;

    public BodyPath {
        steps = List.copyOf(steps);
    }

    /**
     * Into one member, and then perhaps into one element, one of its elements, and so on.
     *
     * @param indexes from 0
     */
    public record Step(String name, List<Integer> indexes) {
        public Step {
            indexes = List.copyOf(indexes);
        }

        @Override
        public String toString() {
            return name + indexes.stream().map(index -> "[" + index + "]").collect(Collectors.joining());
        }
    }

    /** Null when the text is no path, or has more than 64 names or indexes (deeper bodies IoT Edge does not read). */
    static @Nullable BodyPath parse(String text) {
        var steps = new ArrayList<Step>();
        var allIndexes = 0;
        for (var part : text.split("\\.", -1)) {
            var step = STEP.matcher(part);
            if (!step.matches() || INDEX.matcher(step.group(1)).matches()) {
                return null;
            }
            var indexes = INDEX.matcher(step.group(2))
                    .results()
                    .map(index -> Integer.valueOf(index.group()))
                    .toList();
            allIndexes += indexes.size();
            steps.add(new Step(step.group(1), indexes));
        }
        return steps.size() > MAX_STEPS || allIndexes > MAX_STEPS ? null : new BodyPath(steps);
    }

    @Override
    public String toString() {
        return steps.stream().map(Step::toString).collect(Collectors.joining("."));
    }
}
