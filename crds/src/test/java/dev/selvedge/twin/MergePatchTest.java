package dev.selvedge.twin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class MergePatchTest {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** The object cases of RFC 7396, appendix A. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"a\":\"b\"} | {\"a\":\"c\"} | {\"a\":\"c\"}",
                "{\"a\":\"b\"} | {\"b\":\"c\"} | {\"a\":\"b\",\"b\":\"c\"}",
                "{\"a\":\"b\"} | {\"a\":null} | {}",
                "{\"a\":\"b\",\"b\":\"c\"} | {\"a\":null} | {\"b\":\"c\"}",
                "{\"a\":[\"b\"]} | {\"a\":\"c\"} | {\"a\":\"c\"}",
                "{\"a\":\"c\"} | {\"a\":[\"b\"]} | {\"a\":[\"b\"]}",
                "{\"a\":{\"b\":\"c\"}} | {\"a\":{\"b\":\"d\",\"c\":null}} | {\"a\":{\"b\":\"d\"}}",
                "{\"a\":[{\"b\":\"c\"}]} | {\"a\":[1]} | {\"a\":[1]}",
                "{\"e\":null} | {\"a\":1} | {\"e\":null,\"a\":1}",
                "{} | {\"a\":{\"bb\":{\"ccc\":null}}} | {\"a\":{\"bb\":{}}}"
            })
    void mergesAsTheRfcSays(String target, String patch, String result) throws JsonProcessingException {
        assertThat(MergePatch.apply(object(target), object(patch))).isEqualTo(object(result));
    }

    @Property
    void differenceLeadsFromOneToTheOther(@ForAll("objects") ObjectNode from, @ForAll("objects") ObjectNode to) {
        assertThat(MergePatch.apply(from, MergePatch.difference(from, to))).isEqualTo(to);
    }

    @Property
    void differenceOfEqualsIsEmpty(@ForAll("objects") ObjectNode object) {
        assertThat(MergePatch.difference(object, object.deepCopy()).isEmpty()).isTrue();
    }

    @Property
    void applyingTwiceIsApplyingOnce(@ForAll("objects") ObjectNode from, @ForAll("objects") ObjectNode to) {
        var patch = MergePatch.difference(from, to);
        var once = MergePatch.apply(from, patch);
        assertThat(MergePatch.apply(once, patch)).isEqualTo(once);
    }

    @Property
    void leavesItsArgumentsAlone(@ForAll("objects") ObjectNode target, @ForAll("objects") ObjectNode patch) {
        var targetBefore = target.deepCopy();
        var patchBefore = patch.deepCopy();
        var result = MergePatch.apply(target, patch);
        result.properties().forEach(e -> {
            if (e.getValue() instanceof ObjectNode inner) {
                inner.put("changed", true);
            }
        });
        assertThat(target).isEqualTo(targetBefore);
        assertThat(patch).isEqualTo(patchBefore);
    }

    @Provide
    Arbitrary<ObjectNode> objects() {
        return object(3);
    }

    private static Arbitrary<ObjectNode> object(int depth) {
        var key = Arbitraries.of("a", "b", "c", "ключ");
        return Arbitraries.maps(key, value(depth)).ofMaxSize(4).map(map -> {
            var object = JSON.objectNode();
            map.forEach(object::set);
            return object;
        });
    }

    private static Arbitrary<JsonNode> value(int depth) {
        Arbitrary<JsonNode> leaf = Arbitraries.oneOf(
                Arbitraries.integers().map(i -> (JsonNode) JSON.numberNode(i)),
                Arbitraries.strings().ofMaxLength(5).map(s -> (JsonNode) JSON.textNode(s)),
                Arbitraries.of(true, false).map(b -> (JsonNode) JSON.booleanNode(b)),
                Arbitraries.integers().list().ofMaxSize(3).map(l -> (JsonNode) MAPPER.valueToTree(l)));
        return depth == 0 ? leaf : Arbitraries.oneOf(leaf, object(depth - 1).map(o -> (JsonNode) o));
    }

    private static ObjectNode object(String json) throws JsonProcessingException {
        return (ObjectNode) MAPPER.readTree(json);
    }
}
