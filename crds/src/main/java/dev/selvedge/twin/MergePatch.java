package dev.selvedge.twin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * JSON merge patch (RFC 7396) as twins use it: objects merge key by key, {@code null} deletes, anything else, arrays too, replaces. Arguments
 * are never changed. Keys that start with {@code $} ({@code $version}, {@code $metadata}) are the hub's own and must be taken off before.
 */
public final class MergePatch {
    private MergePatch() {}

    /** {@code target} after {@code patch}. */
    public static ObjectNode apply(ObjectNode target, ObjectNode patch) {
        var result = target.deepCopy();
        patch.properties().forEach(entry -> {
            var key = entry.getKey();
            var value = entry.getValue();
            if (value.isNull()) {
                result.remove(key);
            } else if (value instanceof ObjectNode inner) {
                var old = result.get(key);
                result.set(key, apply(old instanceof ObjectNode o ? o : result.objectNode(), inner));
            } else {
                result.set(key, value.deepCopy());
            }
        });
        return result;
    }

    /** The smallest patch that turns {@code from} into {@code to}; empty when they are equal. */
    public static ObjectNode difference(ObjectNode from, ObjectNode to) {
        var patch = to.objectNode();
        from.fieldNames().forEachRemaining(key -> {
            if (!to.has(key)) {
                patch.putNull(key);
            }
        });
        to.properties().forEach(entry -> differ(patch, entry.getKey(), from.get(entry.getKey()), entry.getValue()));
        return patch;
    }

    private static void differ(ObjectNode patch, String key, @Nullable JsonNode old, JsonNode value) {
        if (value.equals(old)) {
            return;
        }
        if (old instanceof ObjectNode before && value instanceof ObjectNode after) {
            patch.set(key, difference(before, after));
        } else {
            patch.set(key, value.deepCopy());
        }
    }
}
