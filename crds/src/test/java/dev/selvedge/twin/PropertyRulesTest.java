package dev.selvedge.twin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class PropertyRulesTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"a\":null}",
                "{\"a\":{\"b\":null}}",
                "{\"a\":[1,\"x\",true,{\"b\":1.5}]}",
                "{\"a\":4503599627370495,\"b\":-4503599627370496}",
                "{\"ключ-1_2\":1}"
            })
    void letsPass(String json) throws JsonProcessingException {
        assertThat(PropertyRules.violation(object(json))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"a\":[null]} | 'a[0]': null is not allowed",
                "{\"a\":[{\"b\":null}]} | 'a[0].b': null is not allowed",
                "{\"a.b\":1} | may not contain '.'",
                "{\"a\":{\"$b\":1}} | may not contain '$'",
                "{\"a#\":1} | may not contain '#'",
                "{\"a b\":1} | may not contain ' '",
                "{\"a\\u0007\":1} | may not contain",
                "{\"\":1} | an empty property name",
                "{\"a\":4503599627370496} | an integer beyond",
                "{\"a\":-4503599627370497} | an integer beyond",
                "{\"a\":99999999999999999999} | an integer beyond"
            })
    void refuses(String json, String message) throws JsonProcessingException {
        assertThat(PropertyRules.violation(object(json)))
                .hasValueSatisfying(v -> assertThat(v).contains(message));
    }

    @Test
    void countsBytesOfStringsNotCharacters() {
        var patch = MAPPER.createObjectNode();
        assertThat(PropertyRules.violation(patch.put("a", "é".repeat(2048)))).isEmpty();
        assertThat(PropertyRules.violation(patch.put("a", "é".repeat(2048) + "x")))
                .hasValueSatisfying(v -> assertThat(v).contains("4096 bytes"));
    }

    @Test
    void countsBytesOfNames() {
        assertThat(PropertyRules.violation(MAPPER.createObjectNode().put("k".repeat(1024), 1)))
                .isEmpty();
        assertThat(PropertyRules.violation(MAPPER.createObjectNode().put("k".repeat(1025), 1)))
                .isPresent();
    }

    @Test
    void countsBytesOfThePatch() {
        var patch = MAPPER.createObjectNode();
        for (int i = 0; i < 7; i++) {
            patch.put("k" + i, "x".repeat(4096));
        }
        var rest = PropertyRules.MAX_PATCH_BYTES - patch.toString().length() - ",\"r\":\"\"".length();
        assertThat(PropertyRules.violation(patch.deepCopy().put("r", "x".repeat(rest))))
                .isEmpty();
        assertThat(PropertyRules.violation(patch.deepCopy().put("r", "x".repeat(rest + 1))))
                .hasValueSatisfying(v -> assertThat(v).contains("32768"));
    }

    @Test
    void countsLevels() throws JsonProcessingException {
        assertThat(PropertyRules.violation(nested(PropertyRules.MAX_DEPTH))).isEmpty();
        assertThat(PropertyRules.violation(nested(PropertyRules.MAX_DEPTH + 1)))
                .hasValueSatisfying(v -> assertThat(v).contains("deeper than 10"));
    }

    private static ObjectNode nested(int levels) throws JsonProcessingException {
        return object("{\"a\":".repeat(levels + 1) + "1" + "}".repeat(levels + 1));
    }

    private static ObjectNode object(String json) throws JsonProcessingException {
        return (ObjectNode) MAPPER.readTree(json);
    }
}
