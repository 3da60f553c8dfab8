package dev.selvedge.route;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/** However deep a condition is nested, its route is understood or refused: threads have small stacks, and a stack that ends ends them. */
class DeepConditionTest {
    @Test
    void fitsTheStackOfAMachineThatCompilesNothing() throws IOException, InterruptedException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var process = new ProcessBuilder(
                        java,
                        "-Xint",
                        "-Xss256k",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DeepConditions.class.getName())
                .redirectErrorStream(true)
                .start();
        var said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said).matches("parsed: [1-9]\\d\\d+\\s*");
    }

    @Property(tries = 200)
    void isUnderstoodOrRefused(
            @ForAll("openings") List<String> openings,
            @ForAll @IntRange(min = 1, max = RouteParser.MAX_LENGTH) int times,
            @ForAll("leaves") String leaf)
            throws InterruptedException {
        var deep = DeepConditions.nested(openings, Math.min(times, 6000 / longest(openings)), leaf);
        DeepConditions.fits(deep);
        DeepConditions.fits(DeepConditions.nested(openings, 20 + times % 180, leaf));
    }

    @Test
    void asManyLevelsAsArePromisedAreUnderstood() throws InterruptedException {
        for (var opening : List.of("(", "abs(", "1 + (", "x || (", "- ", "true AND (", "is_bool(")) {
            assertThat(DeepConditions.LEAVES)
                    .as(opening)
                    .anySatisfy(leaf -> assertThat(DeepConditions.fits(
                                    DeepConditions.nested(List.of(opening), Expression.MAX_DEPTH - 1, leaf)))
                            .isTrue());
        }
    }

    private static int longest(List<String> openings) {
        return openings.stream().mapToInt(String::length).max().orElseThrow();
    }

    @Provide
    Arbitrary<List<String>> openings() {
        return Arbitraries.of(DeepConditions.OPENINGS).list().ofMinSize(1).ofMaxSize(8);
    }

    @Provide
    Arbitrary<String> leaves() {
        return Arbitraries.of(DeepConditions.LEAVES);
    }
}
