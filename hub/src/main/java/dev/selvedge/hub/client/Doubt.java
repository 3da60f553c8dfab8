package dev.selvedge.hub.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * What a client has seen while nobody knows whether it obeyed a patch: every value that the patch may have changed is null, which no desired
 * property is. So the difference to any desired properties sets or deletes each of them again.
 */
final class Doubt {
    private Doubt() {}

    /** What was seen, with all in doubt that the patch touches; neither is changed. */
    static ObjectNode of(ObjectNode seen, ObjectNode patch) {
        var doubted = seen.deepCopy();
        patch.properties().forEach(change -> {
            var before = seen.get(change.getKey());
            doubted.set(change.getKey(), touched(before, change.getValue()));
        });
        return doubted;
    }

    private static JsonNode touched(@Nullable JsonNode before, JsonNode patch) {
        if (patch instanceof ObjectNode changes) {
            return before instanceof ObjectNode object ? of(object, changes) : unknown(changes);
        }
        return before == null ? NullNode.instance : unknown(before);
    }

    /** The keys stay: a client that has them is told to delete those that are not desired. */
    private static JsonNode unknown(JsonNode value) {
        if (!(value instanceof ObjectNode object) || object.isEmpty()) {
            return NullNode.instance;
        }
        var keys = object.objectNode();
        object.properties().forEach(inner -> keys.set(inner.getKey(), unknown(inner.getValue())));
        return keys;
    }
}
