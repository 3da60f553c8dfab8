package dev.selvedge.route;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class RouteParserTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "FROM /messages/* INTO $upstream",
                "from /messages/* into $UPSTREAM",
                "SELECT * FROM /messages/* INTO $upstream",
                "select*from/messages/* into$upstream",
                "  FROM\t/messages/*\nINTO $upstream  ",
                "FROM /* everything */ /messages/* INTO $upstream",
                "FROM /messages/ INTO /* the broker */ $upstream"
            })
    void understandsTheSameRouteInManyForms(String text) throws RouteSyntaxException {
        var route = RouteParser.parse(text);
        assertThat(route.sink()).isEqualTo(new Sink.Upstream());
        assertThat(route.matches("/messages/modules/m/outputs/o")).isTrue();
        assertThat(route.matches("/twinChangeNotifications")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "BrokeredEndpoint(\"/modules/m/inputs/i\")",
                "brokeredendpoint ( 'modules/m/inputs/i/' )",
                "BrokeredEndpoint('/Modules/m/Inputs/i')",
                "BrokeredEndpoint(\" /modules/m/inputs/i \")",
                "BrokeredEndpoint('\tmodules/m/inputs/i/\n')"
            })
    void understandsTheSameInputInManyForms(String sink) throws RouteSyntaxException {
        assertThat(RouteParser.parse("FROM /* INTO " + sink).sink()).isEqualTo(new Sink.ModuleInput("m", "i"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "INTO $upstream | 1 | expected FROM",
                "FROM | 5 | expected a source",
                "FROM / INTO $upstream | 6 | a source such as",
                "FROM messages INTO $upstream | 6 | expected a source",
                "FROM /a//b INTO $upstream | 9 | an empty part",
                "FROM /a?b INTO $upstream | 8 | '?' is not allowed",
                "FROM /messages/* | 17 | expected WHERE or INTO",
                "FROM /messages/* WERE true INTO $upstream | 18 | did you mean WHERE?",
                "FORM /messages/* INTO $upstream | 1 | did you mean FROM?",
                "FROM /messages/* INTO BrokeredEndpiont('/modules/m/inputs/i') | 23 | did you mean BrokeredEndpoint?",
                "FROM /messages/* WHERE INTO $upstream | 24 | expected a condition after WHERE",
                "FROM /messages/* WHERE a = 'b' | 31 | expected an operator or INTO",
                "FROM /messages/* WHERE a = 'b' INTP $upstream | 32 | did you mean INTO?",
                "FROM /messages/* INTO $downstream | 23 | did you mean $upstream?",
                "FROM /messages/* INTO nowhere | 23 | expected $upstream or",
                "FROM /messages/* INTO $upstream; DROP | 23 | did you mean $upstream?",
                "FROM /messages/* INTO $upstream and more | 33 | nothing may follow the sink",
                "FROM /* INTO BrokeredEndpoint(/modules/m/inputs/i) | 31 | a string in quotes",
                "FROM /* INTO BrokeredEndpoint('/modules/m/inputs/i | 31 | no closing",
                "FROM /* INTO BrokeredEndpoint('/modules/m/inputs/i' | 52 | expected ')'",
                "FROM /* INTO BrokeredEndpoint('/modules/m') | 31 | is no module input",
                "FROM /* INTO BrokeredEndpoint('/modules/a b/inputs/i') | 31 | is no module id",
                "FROM /* INTO BrokeredEndpoint('/modules/m/inputs/a\"b') | 31 | may not contain quotes",
                "FROM /* INTO BrokeredEndpoint('/modules/m/inputs/i /') | 31 | may not end with white space",
                "FROM /* INTO BrokeredEndpoint(' /') | 31 | is no module input"
            })
    void saysWhatIsWrongAndWhere(String text, int column, String message) {
        assertThatExceptionOfType(RouteSyntaxException.class)
                .isThrownBy(() -> RouteParser.parse(text))
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.column()).isEqualTo(column));
    }

    @Test
    void refusesARouteThatIsTooLong() {
        assertThatExceptionOfType(RouteSyntaxException.class)
                .isThrownBy(() -> RouteParser.parse("x".repeat(RouteParser.MAX_LENGTH + 1)));
    }

    @ParameterizedTest
    @CsvSource({"m, i, 1007", "m, ü, 503", "module, i, 1002"})
    void takesInputsWhosePathFitsTheStoreOfAHub(String module, String letter, int most) throws RouteSyntaxException {
        var start = "FROM /* INTO BrokeredEndpoint('/modules/" + module + "/inputs/";
        var input = letter.repeat(most);
        assertThat(RouteParser.parse(start + input + "')").sink()).isEqualTo(new Sink.ModuleInput(module, input));
        assertThatExceptionOfType(RouteSyntaxException.class)
                .isThrownBy(() -> RouteParser.parse(start + input + letter + "')"))
                .withMessageContaining("at most 1024 bytes")
                .satisfies(e -> assertThat(e.column()).isEqualTo(31));
    }

    @Test
    void keepsItsMessagesShort() {
        assertThatExceptionOfType(RouteSyntaxException.class)
                .isThrownBy(() -> RouteParser.parse("FROM /* INTO $upstream " + "x".repeat(8000)))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(120));
    }

    @ParameterizedTest
    @CsvSource({
        "/*, /twinChangeNotifications, true",
        "/*, /messages/modules/m, true",
        "/messages, /messages/modules/m/outputs/o, true",
        "/messages/*, /messages, true",
        "/messages/modules/*, /messages, false",
        "/messages/modules/m, /messages/modules/m/outputs/o, true",
        "/messages/modules/m, /messages/modules/m2/outputs/o, false",
        "/MESSAGES/Modules/M/*, /messages/modules/m, true",
        "/messages/*/m, /messages/modules/m, false",
        "/messages/modules/m/outputs/o, /messages/modules/m/outputs/o2, false"
    })
    void matchesWholeSegmentsOfAPrefix(String source, String path, boolean matches) {
        assertThat(new Source(source).matches(path)).isEqualTo(matches);
    }

    @Property
    void printsWhatItParses(@ForAll("routes") Route route) throws RouteSyntaxException {
        assertThat(RouteParser.parse(route.toString())).isEqualTo(route);
    }

    @Property
    void isTotal(@ForAll String text) {
        parsesOrRefuses(text);
    }

    @Property
    void isTotalNearRoutes(@ForAll("almost") String text) {
        parsesOrRefuses(text);
    }

    private static void parsesOrRefuses(String text) {
        try {
            var route = RouteParser.parse(text);
            assertThat(RouteParser.parse(route.toString())).isEqualTo(route);
        } catch (RouteSyntaxException e) {
            assertThat(e.column()).isBetween(1, text.length() + 1);
        }
    }

    @Provide
    Arbitrary<Route> routes() {
        var name =
                Arbitraries.strings().withChars("abzAZ019_.:-").ofMinLength(1).ofMaxLength(20);
        var source = name.map(n -> "s" + n)
                .list()
                .ofMinSize(1)
                .ofMaxSize(5)
                .map(parts -> new Source("/" + String.join("/", parts).replace(":", "-")));
        var module = name.map(n -> "m" + n);
        Arbitrary<Sink> sink = Arbitraries.oneOf(
                Arbitraries.just(new Sink.Upstream()),
                Combinators.combine(module, name).as((m, i) -> (Sink) new Sink.ModuleInput(m, i)));
        return Combinators.combine(source, Conditions.conditions(), sink).as(Route::new);
    }

    @Provide
    Arbitrary<String> almost() {
        return Arbitraries.of(
                        "SELECT",
                        "*",
                        "FROM",
                        "/",
                        "/*",
                        "*/",
                        "/messages/*",
                        "WHERE",
                        "INTO",
                        "$upstream",
                        "$",
                        "\"",
                        "'",
                        "BrokeredEndpoint",
                        "(",
                        ")",
                        "/modules/m/inputs/i",
                        " ",
                        "\\",
                        "\u0000",
                        "'/modules/m/inputs/i'",
                        "' modules/m/inputs/ i /'")
                .list()
                .ofMaxSize(14)
                .map(words -> String.join(" ", words).replace("  ", ""));
    }
}
