package dev.selvedge.operator.render;

import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import org.jspecify.annotations.Nullable;

/**
 * Strategic merge patch of a pod template, as {@code kubectl patch} does it on the server: objects merge, {@code null} deletes, lists whose
 * items have a key in the Kubernetes API (containers by name, mounts by path, …) merge item by item, every other list is replaced. Of the
 * directives it knows {@code $patch: delete}, {@code $patch: replace} and {@code $patch: merge}. Arguments are never changed.
 *
 * <p>Otherwise than {@code kubectl patch}, and as server-side apply, it takes a port with TCP and the same with UDP for two.
 */
final class StrategicMerge {
    private static final String DIRECTIVE = "$patch";

    private static final String PORT = "containerPort";
    /** Tells ports of one number apart. */
    private static final String PROTOCOL = "protocol";

    private static final JsonNode USUAL_PROTOCOL = TextNode.valueOf("TCP");

    /** The {@code patchMergeKey} of the lists of a PodTemplateSpec in the Kubernetes API. */
    private static final Map<String, String> MERGE_KEYS = Map.ofEntries(
            Map.entry("containers", "name"),
            Map.entry("initContainers", "name"),
            Map.entry("ephemeralContainers", "name"),
            Map.entry("env", "name"),
            Map.entry("volumes", "name"),
            Map.entry("imagePullSecrets", "name"),
            Map.entry("resourceClaims", "name"),
            Map.entry("schedulingGates", "name"),
            Map.entry("volumeMounts", "mountPath"),
            Map.entry("volumeDevices", "devicePath"),
            Map.entry("ports", PORT),
            Map.entry("hostAliases", "ip"),
            Map.entry("topologySpreadConstraints", "topologyKey"));

    private StrategicMerge() {}

    /** {@code base} under {@code patch}. Throws IllegalArgumentException, in words for the user, when the patch cannot be applied. */
    static ObjectNode apply(ObjectNode base, ObjectNode patch) {
        return object(base, patch, "podTemplate");
    }

    private static ObjectNode object(@Nullable ObjectNode base, ObjectNode patch, String path) {
        var directive = directive(patch, path);
        var result = base == null || "replace".equals(directive) ? patch.objectNode() : base.deepCopy();
        for (var field : patch.properties()) {
            var key = field.getKey();
            var at = path + "." + key;
            if (key.equals(DIRECTIVE)) {
                continue;
            }
            if (key.startsWith("$")) {
                throw new IllegalArgumentException(at + ": of the patch directives only $patch is supported");
            }
            var merged = value(result.get(key), field.getValue(), key, at);
            if (merged == null) {
                result.remove(key);
            } else {
                result.set(key, merged);
            }
        }
        return result;
    }

    private static @Nullable JsonNode value(@Nullable JsonNode base, JsonNode patch, String key, String path) {
        if (patch.isNull()) {
            return null;
        }
        if (patch instanceof ObjectNode object) {
            return "delete".equals(directive(object, path))
                    ? null
                    : object(base instanceof ObjectNode under ? under : null, object, path);
        }
        var mergeKey = MERGE_KEYS.get(key);
        if (mergeKey != null && patch instanceof ArrayNode list) {
            return list(base instanceof ArrayNode under ? under : list.arrayNode(), list, mergeKey, path);
        }
        return patch.deepCopy();
    }

    private static ArrayNode list(ArrayNode base, ArrayNode patch, String mergeKey, String path) {
        var result = base.deepCopy();
        for (int i = 0; i < patch.size(); i++) {
            var at = path + "[" + i + "]";
            if (!(patch.get(i) instanceof ObjectNode item)) {
                throw new IllegalArgumentException(at + ": must be an object");
            }
            if (!item.has(mergeKey)) {
                throw new IllegalArgumentException(at + ": needs '" + mergeKey + "', by which such items are merged");
            }
            merge(result, item, mergeKey, at);
        }
        return result;
    }

    private static void merge(ArrayNode result, ObjectNode item, String mergeKey, String path) {
        var id = id(item, mergeKey);
        var index = 0;
        while (index < result.size() && !id.equals(id(result.get(index), mergeKey))) {
            index++;
        }
        var delete = "delete".equals(directive(item, path));
        if (index == result.size()) {
            if (!delete) {
                result.add(object(null, item, path));
            }
        } else if (delete) {
            result.remove(index);
        } else {
            result.set(index, object((ObjectNode) result.get(index), item, path));
        }
    }

    private static List<JsonNode> id(JsonNode item, String mergeKey) {
        var key = item.path(mergeKey);
        return mergeKey.equals(PORT)
                ? List.of(key, item.hasNonNull(PROTOCOL) ? item.path(PROTOCOL) : USUAL_PROTOCOL)
                : List.of(key);
    }

    private static @Nullable String directive(ObjectNode patch, String path) {
        var directive = patch.get(DIRECTIVE);
        if (directive == null) {
            return null;
        }
        var text = directive.asText();
        if (!text.equals("delete") && !text.equals("replace") && !text.equals("merge")) {
            throw new IllegalArgumentException(path + ": $patch is '" + text + "'; write delete, replace or merge");
        }
        return text;
    }
}
