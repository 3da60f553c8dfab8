package dev.selvedge.api.v1alpha1;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ConditionsReferenceTest {
    @Test
    void explainsEachReasonAndNoOther() throws IOException {
        var explained = Files.readAllLines(Path.of("../docs/reference/conditions.md")).stream()
                .filter(line -> line.startsWith("## "))
                .map(line -> line.substring(3))
                .toList();
        var reasons = Arrays.stream(Reasons.class.getFields())
                .map(ConditionsReferenceTest::value)
                .toList();
        assertThat(explained).containsExactlyInAnyOrderElementsOf(reasons);
    }

    private static String value(Field field) {
        try {
            return (String) field.get(null);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }
}
