package dev.selvedge.route;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class SearchTest {
    @Property
    void findsWhatStringFinds(
            @ForAll("texts") String text, @ForAll("parts") String part, @ForAll("texts") String after) {
        for (var whole : List.of(text, text + after, text + part, text + part + after, text + part + part)) {
            assertThat(Search.indexOf(whole, part)).isEqualTo(whole.indexOf(part));
        }
    }

    /** Many characters match before one does not, at every place: millions times millions of comparisons, unless they are remembered. */
    @ParameterizedTest
    @ValueSource(strings = {"contains(text, part)", "index_of(text, part) >= 0"})
    @Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void isNotSlowedByPartsThatAlmostMatch(String condition) throws RouteSyntaxException {
        var part = "a".repeat(1 << 22) + "b";
        var message = new TestMessage(Map.of("text", "a".repeat(1 << 23), "part", part), Map.of(), new byte[0]);
        var route = RouteParser.parse("FROM /* WHERE " + condition + " INTO $upstream");
        assertThat(route.verdict(new Evaluation(message, BodyPaths.of(List.of(route)))))
                .isEqualTo(Value.FALSE);
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.strings().withChars("ab").ofMaxLength(300);
    }

    /** Of two letters, and some that repeat themselves. */
    @Provide
    Arbitrary<String> parts() {
        var repeated = Combinators.combine(
                        Arbitraries.strings().withChars("ab").ofMinLength(1).ofMaxLength(9),
                        Arbitraries.integers().between(1, 40),
                        Arbitraries.strings().withChars("abc").ofMaxLength(2))
                .as((word, times, end) -> word.repeat(times) + end);
        return Arbitraries.oneOf(Arbitraries.strings().withChars("ab").ofMaxLength(150), repeated);
    }
}
