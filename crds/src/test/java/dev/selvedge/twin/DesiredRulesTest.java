package dev.selvedge.twin;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.identity.Identity;
import dev.selvedge.json.Nesting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class DesiredRulesTest {
    private static final int BRACES_AND_QUOTES = "{\"ü\":\"\"}".length() + 1;

    @ParameterizedTest
    @CsvSource({"sensor, 32768", ", 32768", "$edgeHub, 262144"})
    void areAsLargeAsIoTHubTakesAndLargerForRoutes(String moduleId, int most) {
        var largest = JsonNodeFactory.instance.objectNode().put("ü", "x".repeat(most - BRACES_AND_QUOTES));
        var larger = JsonNodeFactory.instance.objectNode().put("ü", "x".repeat(most - BRACES_AND_QUOTES + 1));

        assertThat(DesiredRules.violation(moduleId, largest)).isEmpty();
        assertThat(DesiredRules.violation(moduleId, larger))
                .hasValue("has " + (most + 1) + " bytes without white space, at most " + most
                        + " are allowed; make it smaller");
    }

    @Test
    void areNotNestedDeep() {
        assertThat(DesiredRules.violation(Identity.EDGE_HUB, nested(Nesting.MAX)))
                .isEmpty();
        assertThat(DesiredRules.violation(Identity.EDGE_HUB, nested(Nesting.MAX + 1)))
                .hasValue("is nested deeper than 64 levels; make it flatter");
    }

    private static ObjectNode nested(int levels) {
        var document = JsonNodeFactory.instance.objectNode();
        var deepest = document;
        for (int i = 0; i < levels; i++) {
            deepest = deepest.putObject("a");
        }
        return document;
    }
}
