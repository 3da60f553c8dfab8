package dev.selvedge.hub.twin;

import java.io.IOException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.hub.Mutations;
import dev.selvedge.twin.MergePatch;
import dev.selvedge.twin.PropertyRules;
import org.junit.jupiter.api.Test;

/** Whatever JSON a client reports is judged, and what is allowed can be merged. */
class TwinFuzzTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void reportedProperties() {
        Mutations.ofTexts(
                        "{\"a\":{\"b\":{\"c\":[1,2,{\"d\":null}]}},\"n\":4503599627370495,\"t\":\"text\"}",
                        "{\"a\":null,\"b\":true,\"c\":1.5e300}")
                .feed(input -> {
                    JsonNode read;
                    try {
                        read = JSON.readTree(input);
                    } catch (IOException _) {
                        return;
                    }
                    if (read instanceof ObjectNode patch
                            && PropertyRules.violation(patch).isEmpty()) {
                        MergePatch.apply(JsonNodeFactory.instance.objectNode(), patch);
                    }
                });
    }
}
