package dev.selvedge.route;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** {@code conditions.txt} is the table of what each condition says of the messages at its head. */
class ConditionTest {
    private static final Map<String, String> JSON =
            Map.of("contentType", "application/json", "contentEncoding", "utf-8");

    @ParameterizedTest(name = "{0}")
    @MethodSource("table")
    void saysWhatTheTableSays(Case line) {
        assertThat(line.verdict()).as(line.condition()).isEqualTo(line.expected());
    }

    static Stream<Case> table() throws IOException {
        return GoldenTable.read().stream();
    }

    @Test
    void theTableTriesEveryOperatorAndEveryFunction() throws IOException {
        var conditions = GoldenTable.read().stream()
                .filter(line -> !line.expected().equals("error"))
                .map(Case::condition)
                .toList();
        for (var operator : Operator.values()) {
            assertThat(conditions).anyMatch(condition -> condition.contains(" " + operator.symbol() + " "));
        }
        for (var function : Function.values()) {
            assertThat(conditions).anyMatch(condition -> condition.contains(function + "("));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "a = 3 | 3 | '=' does not go between a string and a number; as_number(…)",
                "'a' + 'b' = 'ab' | 5 | '||' joins strings",
                "3 + undefined = 3 | 3 | between a number and undefined",
                "NOT a = 'b' | 1 | it binds tighter than comparison",
                "- (a) < 3 | 1 | '-' takes a number, not a string; as_number(…)",
                "a = 'b | 5 | no closing '",
                "a = 'b\\n' | 5 | no closing '",
                "a = 'b'AND c = 'd' | 8 | put a space after the closing quote",
                "lenght(a) = 3 | 1 | no function is called 'lenght'; did you mean length?",
                "strats_with(a, 'b') | 1 | did you mean starts_with?",
                "length(3) = 3 | 1 | length takes (string), not (number)",
                "substring(a) = 'b' | 1 | (string, number) or (string, number, number), not (string)",
                "power(a, 2) = 3 | 1 | as_number(…)",
                "twin_change_includes(a.b) | 1 | only known to IoT Hub",
                "(a = 'b' | 10 | expected ')', found 'INTO'",
                "a = 'b') | 8 | expected an operator or INTO",
                "a == 'b' | 4 | expected a property, a value",
                "a = 'b' && c = 'd' | 9 | expected an operator or INTO after the condition, found '&&'",
                "a = 'b' ADN c = 'd' | 9 | did you mean AND?",
                "3 -4 < 5 | 3 | expected an operator",
                "$body. = 3 | 1 | is no path",
                "$body.a[] = 3 | 1 | is no path",
                "$body.a[1:2] = 3 | 10 | ':' means nothing",
                "$body.a..b = 3 | 1 | is no path",
                "$body.0.a = 3 | 1 | is no path",
                "$a[0] = 'b' | 1 | starts with $body.",
                "a[0] = 'b' | 2 | belongs into a path",
                "{a} = 'b' | 2 | expected a system property",
                "{$a = 'b' | 5 | expected '}'",
                "true AND $body.x | 6 | put the $body value on the left",
                "$body.x % 2 = 0 | 9 | as_number(…)",
                "e5 = 'a' | 1 | looks like a number",
                "0x11112222333344445 = 1 | 1 | looks like a number",
                "a\u00a0= 'b' | 2 | U+00A0",
                "select = 'b' | 1 | expected a property"
            })
    void saysWhatIsWrongAndWhere(String condition, int column, String message) {
        assertThatExceptionOfType(RouteSyntaxException.class)
                .isThrownBy(() -> compile(condition))
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.column()).isEqualTo(column + "FROM /* WHERE ".length()));
    }

    @Test
    void countsLines() {
        assertThatExceptionOfType(RouteSyntaxException.class)
                .isThrownBy(() -> RouteParser.parse("FROM /messages/*\nWHERE a = 'b'\n  AND c = 3\nINTO $upstream"))
                .withMessageStartingWith("line 3, column 9: '='");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "-(1 * 2 + 3) ~ -(((1.0 * 2.0) + 3.0))",
                "1 + 2 * 3 = 7 AND true OR false ~ ((((1.0 + (2.0 * 3.0)) = 7.0) AND true) OR false)",
                "1 - 2 - 3 < 4 = true ~ ((((1.0 - 2.0) - 3.0) < 4.0) = true)",
                "not true = false ~ (NOT (true) = false)",
                "true and true ?? false or true ~ ((true AND true) ?? (false OR true))",
                "'a' || 'b' <> 'ab' ~ ((\"a\" || \"b\") <> \"ab\")",
                "a-b != x-3 ~ (a-b <> x-3)",
                "a!='b' ~ (a! = \"b\")",
                "a<'b' ~ (a < \"b\")",
                "LENGTH ( a )>=0x1F ~ (length(a) >= 31.0)"
            })
    void bindsAsIotEdgeDoes(String condition, String printed) throws RouteSyntaxException {
        assertThat(compile(condition).toString()).isEqualTo(printed);
    }

    @Property
    void neverThrowsAndPrintsWhatItParses(
            @ForAll("conditions") Expression condition, @ForAll("bodies") String body, @ForAll boolean json)
            throws RouteSyntaxException {
        var route = new Route(new Source("/messages/*"), condition, new Sink.Upstream());
        assertThat(RouteParser.parse(route.toString())).isEqualTo(route);
        var message = new TestMessage(Map.of("p", body, "pa", "3"), json ? JSON : Map.of(), body.getBytes(UTF_8));
        assertThat(route.verdict(evaluation(message, condition))).isIn(Value.TRUE, Value.FALSE, Value.UNDEFINED);
        assertThat(message.bodyReads).isLessThanOrEqualTo(1);
    }

    @Property
    void isTotal(@ForAll("almost") String text, @ForAll byte[] body) {
        try {
            var condition = compile(text);
            assertThat(compile(condition.toString())).isEqualTo(condition);
            condition.evaluate(evaluation(new TestMessage(Map.of(), JSON, body), condition));
        } catch (RouteSyntaxException e) {
            assertThat(e.getMessage()).hasSizeLessThan(250);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "NOT (", "- (", "abs(", "a = ("})
    void refusesWhatIsTooDeep(String opening) {
        assertThatExceptionOfType(RouteSyntaxException.class)
                .isThrownBy(() -> compile(opening.repeat(1500)))
                .withMessageContaining("200 levels");
        assertThatExceptionOfType(RouteSyntaxException.class)
                .isThrownBy(() -> compile("true OR ".repeat(201) + "true"))
                .withMessageContaining("200 levels");
    }

    @ParameterizedTest
    @ValueSource(strings = {".a", "[0]", ".a[0]"})
    void refusesPathsThatAreTooLong(String step) throws RouteSyntaxException {
        var names = step.startsWith(".") ? 63 : 64;
        assertThat(compile("$body.a" + step.repeat(names) + " = 1")).isNotNull();
        assertThatExceptionOfType(RouteSyntaxException.class)
                .isThrownBy(() -> compile("$body.a" + step.repeat(names + 2) + " = 1"))
                .withMessageContaining("is no path");
    }

    @Test
    void theDeepestConditionFitsASmallStack() throws InterruptedException {
        var seen = new AtomicReference<Object>();
        var thread = new Thread(
                null,
                () -> {
                    try {
                        var chain = compile("1 + ".repeat(198) + "1 = 199");
                        var nested = compile("NOT (".repeat(98) + "true" + ")".repeat(98));
                        var message = evaluation(new TestMessage(Map.of(), Map.of(), new byte[0]), chain);
                        seen.set(List.of(
                                chain.evaluate(message),
                                nested.evaluate(message),
                                chain.toString().length()));
                    } catch (RouteSyntaxException | StackOverflowError e) {
                        seen.set(e);
                    }
                },
                "small",
                256 * 1024);
        thread.start();
        thread.join();
        assertThat(seen.get())
                .isInstanceOfSatisfying(
                        List.class, list -> assertThat(list.subList(0, 2)).isEqualTo(List.of(Value.TRUE, Value.TRUE)));
    }

    @Test
    void readsTheBodyOnceForAllRoutesAndNotForThoseThatDoNotAsk() throws RouteSyntaxException {
        var message = new TestMessage(Map.of("a", "b"), JSON, "{\"x\": 1}".getBytes(UTF_8));
        var asks = compile("$body.x = 1 OR $body.y = 2");
        var evaluation = evaluation(message, asks);
        assertThat(compile("a = 'b'").evaluate(evaluation)).isEqualTo(Value.TRUE);
        assertThat(message.bodyReads).isZero();
        for (int i = 0; i < 3; i++) {
            assertThat(asks.evaluate(evaluation)).isEqualTo(Value.TRUE);
        }
        assertThat(message.bodyReads).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "length(concat(a, a, a, a)) = 1048576 ; TRUE",
                "length(concat(a, a, a, a, 'b')) > 0 ; UNDEFINED",
                "is_defined(a || a || a) ; FALSE",
                "is_defined(concat('b', concat(a, a, a, a))) ; FALSE",
                "is_defined(upper(concat(a, a, a))) ; FALSE",
                "is_defined(lower(concat(a, a, a))) ; FALSE",
                "is_defined(substring(concat(a, a, a), 1)) ; FALSE",
                "is_defined(substring(concat(a, a, a), 1, 300000)) ; FALSE",
                "is_defined(concat(concat(a, a, a), concat(a, a))) OR is_defined(lower('b')) ; TRUE"
            })
    void makesTextsUpToABound(String condition, String verdict) throws RouteSyntaxException {
        var compiled = compile(condition);
        var message = new TestMessage(Map.of("a", "a".repeat(262_144)), Map.of(), new byte[0]);
        var evaluation = evaluation(message, compiled);
        var route = new Route(new Source("/*"), compiled, new Sink.Upstream());
        for (int i = 0; i < 2; i++) {
            assertThat(route.verdict(evaluation)).hasToString(verdict);
        }
    }

    @Test
    void aTextThatIsTooLongIsNotMade() throws RouteSyntaxException {
        var condition = compile("is_defined(concat(" + "a, ".repeat(2_400) + "a))");
        var message = new TestMessage(Map.of("a", "a".repeat(1 << 20)), Map.of(), new byte[0]);
        assertThat(condition.evaluate(evaluation(message, condition))).isEqualTo(Value.FALSE);
    }

    @ParameterizedTest
    @CsvSource({
        "utf-8, UTF-8, TRUE",
        "UTF-8, UTF-8, TRUE",
        "utf-16, UTF-16LE, TRUE",
        "utf-32, UTF-32LE, TRUE",
        "utf-8, UTF-16LE, UNDEFINED",
        "utf-8, UTF-16BE, UNDEFINED",
        "utf-16, UTF-8, UNDEFINED",
        "utf-32, UTF-8, UNDEFINED",
        "latin1, UTF-8, UNDEFINED"
    })
    void readsTheBodyInTheEncodingThatTheMessageNames(String named, String real, String verdict)
            throws RouteSyntaxException {
        var body = "{\"x\": \"ü\"}".getBytes(Charset.forName(real));
        var message =
                new TestMessage(Map.of(), Map.of("contentType", "APPLICATION/JSON", "contentEncoding", named), body);
        var condition = compile("$body.x = 'ü'");
        assertThat(condition.evaluate(evaluation(message, condition))).hasToString(verdict);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\0",
                "[1]",
                "3",
                "null",
                "{\"x\": 1",
                "{\"x\": 1} 2",
                "{\"x\": 1}\0{}",
                "{\0\"x\": 1}",
                "{\"x\": 1, \"y\": 010}",
                "{\"x\": 1, \"y\": 0x1}",
                "{\"x\": 1, \"y\": +1}",
                "{\"x\": 1, \"y\": undefined}",
                "{\"x\": 1, \"y\": [1,,2]}"
            })
    void aBodyThatIsNoJsonHasNoValues(String body) throws RouteSyntaxException {
        assertThat(bodySays("$body.x = 1", body.getBytes(UTF_8))).isEqualTo(Value.UNDEFINED);
    }

    @Test
    void aBodyThatIsTooDeepHasNoValues() throws RouteSyntaxException {
        for (var deep : List.of("[".repeat(5000), "{\"x\": 1, \"y\": " + "[".repeat(5000) + "]".repeat(5000) + "}")) {
            assertThat(bodySays("$body.x = 1", deep.getBytes(UTF_8))).isEqualTo(Value.UNDEFINED);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"x\": 1}\0",
                "{\"x\": 1}\r\n\0\0 \0",
                "\uFEFF{\"x\": 1}",
                "{'x': 1}",
                "{x: 1}",
                "{$x_2: 2, x: 1, 3: 4}",
                "{\"x\": 1,}",
                "{\"y\": [1, 2,], \"x\": 1}",
                "// a\n{\"y\": /* b */ 2, /* c */ \"x\": 1} // d",
                "{\"y\": \"a\tb\r\nc\0\", \"x\": 1}",
                "{\"y\": [.5, -.5, 5.], \"x\": 1.}",
                "{\"y\": 'it\\'s \"b\"', \"x\": 1}",
                "{\"y\": [NaN, Infinity, -Infinity], \"x\": 1}"
            })
    void readsWhatIotEdgeReadsThoughItIsNoJson(String body) throws RouteSyntaxException {
        for (var charset : List.of("utf-8", "utf-16le", "utf-32le")) {
            var bytes = body.getBytes(Charset.forName(charset));
            var named = Map.of("contentType", "application/json", "contentEncoding", charset.replace("le", ""));
            assertThat(says("$body.x = 1", new TestMessage(Map.of(), named, bytes)))
                    .as(charset)
                    .isEqualTo(Value.TRUE);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "$body.x = 'a\\u0009b' | {\"x\": \"a\tb\"}",
                "$body.x = 'it\\'s' | {x: 'it\\'s'}",
                "$body.x = -0.5 | {\"x\": -.5}",
                "$body.x = 1/0 | {\"x\": Infinity}",
                "NOT is_defined($body.x) AND $body.y = 1 | {\"x\": NaN, \"y\": 1}",
                "$body.x[1] = 2 AND $body.x[2] = null | {\"x\": [1, 2,]}"
            })
    void whatIsNoJsonHasTheValueThatIotEdgeReads(String condition, String body) throws RouteSyntaxException {
        assertThat(bodySays(condition, body.getBytes(UTF_8))).isEqualTo(Value.TRUE);
    }

    @Property
    void aBodySaysTheSameInEveryEncoding(@ForAll("nearlyJson") String body) throws RouteSyntaxException {
        for (var condition : List.of("$body.x = 1", "$body.x = 'a'", "$body.x[0] = null", "is_defined($body.x)")) {
            var wide = body.getBytes(StandardCharsets.UTF_16LE);
            var named = Map.of("contentType", "application/json", "contentEncoding", "utf-16");
            assertThat(bodySays(condition, body.getBytes(UTF_8)))
                    .isEqualTo(says(condition, new TestMessage(Map.of(), named, wide)));
        }
    }

    /** Each of these would be a slash, or half of a character, for a decoder that only counts bytes. */
    @ParameterizedTest
    @CsvSource({"E9, \\ufffd", "C0AF, \\ufffd\\ufffd", "EDA080, \\ufffd", "C3, \\ufffd"})
    void bytesThatAreNoTextAreReplaced(String bytes, String text) throws RouteSyntaxException {
        var body = HexFormat.of().formatHex("{\"x\": \"".getBytes(UTF_8)) + bytes + "227d";
        assertThat(bodySays("$body.x = '" + text + "'", HexFormat.of().parseHex(body)))
                .isEqualTo(Value.TRUE);
    }

    @Provide
    Arbitrary<Expression> conditions() {
        return Conditions.conditions();
    }

    @Provide
    Arbitrary<String> bodies() {
        return Arbitraries.oneOf(
                Arbitraries.strings(),
                Arbitraries.of(
                        "{\"p\": 1, \"pa\": [true, null, \"x\"], \"pb\": {\"p\": \"2017-03-09T00:00:00Z\"}}", "{}"));
    }

    /** Words that make an object more often than not, with ones that only a lenient parser takes, or none. */
    @Provide
    Arbitrary<String> nearlyJson() {
        var value = Arbitraries.of(
                "1",
                ".5",
                "1.",
                "NaN",
                "Infinity",
                "-Infinity",
                "010",
                "+1",
                "'a'",
                "\"a\"",
                "\"a\tb\"",
                "'\\''",
                "\"\u00fc\"",
                "\"\\u00fc\"",
                "[1,]",
                "[,]",
                "[[1], {x: 2,}]",
                "{'x': 1}",
                "null",
                "undefined",
                "/* a */ 1",
                "1 // b\n",
                "\u0001",
                "1e400");
        var name = Arbitraries.of("x", "\"x\"", "'x'", "y", "\"y\"", "3", "a-b", "\u00fc", "'");
        var member = Combinators.combine(name, value).as((n, v) -> n + ": " + v);
        var members = member.list().ofMaxSize(4).map(list -> String.join(", ", list));
        var end = Arbitraries.of("}", "}", "}", ",}", "} \n", "}\f", "} // c", "} {}", "", "}\u0000");
        return Combinators.combine(members, end).as((m, e) -> "{" + m + e);
    }

    @Provide
    Arbitrary<String> almost() {
        var words = new ArrayList<>(List.of(
                "a",
                "'b'",
                "\"c\"",
                "3",
                "-1",
                "0x1",
                "1e5",
                "e5",
                "true",
                "null",
                "undefined",
                "NOT",
                "-",
                "(",
                ")",
                "{",
                "}",
                "$a",
                "{$a}",
                "$body.a",
                "$body.a[0]",
                "$body.",
                ",",
                "!=",
                "'",
                "\\",
                "\u0000",
                "INTO",
                "/* x */",
                "*/",
                "$"));
        Stream.of(Operator.values()).forEach(operator -> words.add(operator.symbol()));
        Stream.of(Function.values()).forEach(function -> words.add(function + "("));
        return Arbitraries.of(words).list().ofMaxSize(12).map(list -> String.join(" ", list));
    }

    private static Value bodySays(String condition, byte[] body) throws RouteSyntaxException {
        return says(condition, new TestMessage(Map.of(), JSON, body));
    }

    private static Value says(String condition, TestMessage message) throws RouteSyntaxException {
        var compiled = compile(condition);
        return compiled.evaluate(evaluation(message, compiled));
    }

    private static Evaluation evaluation(TestMessage message, Expression condition) {
        var route = new Route(new Source("/*"), condition, new Sink.Upstream());
        return new Evaluation(message, BodyPaths.of(List.of(route)));
    }

    static Expression compile(String condition) throws RouteSyntaxException {
        return RouteParser.parse("FROM /* WHERE " + condition + " INTO $upstream")
                .condition();
    }
}
