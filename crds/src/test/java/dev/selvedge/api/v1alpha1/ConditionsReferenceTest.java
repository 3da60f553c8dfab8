package dev.selvedge.api.v1alpha1;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ConditionsReferenceTest {
    /** Characters: less is no meaning and no remedy. */
    private static final int SENTENCE = 40;

    @Test
    void explainsEachReasonAndNoOther() throws IOException {
        var page = Files.readString(Path.of("../docs/reference/conditions.md"));
        var explained = new HashMap<String, String>();
        for (var section : page.split("(?m)^## ")) {
            var heading = section.indexOf('\n');
            explained.put(
                    section.substring(0, heading), section.substring(heading).strip());
        }
        explained.keySet().removeIf(heading -> heading.startsWith("#"));

        assertThat(explained)
                .containsOnlyKeys(Arrays.stream(Reasons.class.getFields())
                        .map(ConditionsReferenceTest::value)
                        .toList());
        assertThat(explained.values()).allSatisfy(text -> assertThat(text).hasSizeGreaterThan(SENTENCE));
    }

    private static String value(Field field) {
        try {
            return (String) field.get(null);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }
}
