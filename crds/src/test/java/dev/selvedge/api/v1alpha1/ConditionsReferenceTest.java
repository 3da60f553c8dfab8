package dev.selvedge.api.v1alpha1;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ConditionsReferenceTest {
    /** What the reason means; then why it may be so and what to do, or that nothing is to be done. */
    private static final Pattern EXPLAINED =
            Pattern.compile(".{20,}(Nothing to do|Cause: .{10,} What to do: .|Cause.*, and what to do: .).*");

    @Test
    void explainsEachReasonAndNoOther() throws IOException {
        var page = Files.readString(Path.of("../docs/reference/conditions.md"));
        var explained = new HashMap<String, String>();
        for (var section : page.split("(?m)^## ")) {
            var heading = section.indexOf('\n');
            explained.put(
                    section.substring(0, heading),
                    section.substring(heading).strip().replaceAll("\\s+", " "));
        }
        explained.keySet().removeIf(heading -> heading.startsWith("#"));

        assertThat(explained)
                .containsOnlyKeys(Arrays.stream(Reasons.class.getFields())
                        .map(ConditionsReferenceTest::value)
                        .toList());
        assertThat(explained.values()).allSatisfy(text -> assertThat(text).matches(EXPLAINED));
    }

    private static String value(Field field) {
        try {
            return (String) field.get(null);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }
}
