package dev.selvedge.operator.render;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.twin.MergePatch;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;

/**
 * The fields of an object that field managers other than the operator own, read from {@code metadata.managedFields} (FieldsV1: {@code f:key}
 * per field, {@code {}} at a leaf). The operator leaves these out of what it applies, so it never has to force.
 */
public final class FieldOwners {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FIELD = "f:";

    private final ObjectNode fields;

    private FieldOwners(ObjectNode fields) {
        this.fields = fields;
    }

    /** What all managers but one own outside of subresources. */
    public static FieldOwners others(List<ManagedFieldsEntry> entries, String ownManager) {
        var all = JsonNodeFactory.instance.objectNode();
        for (var entry : entries) {
            var own = ownManager.equals(entry.getManager()) && "Apply".equals(entry.getOperation());
            if (own || entry.getSubresource() != null || entry.getFieldsV1() == null) {
                continue;
            }
            JsonNode tree = JSON.valueToTree(entry.getFieldsV1());
            if (tree instanceof ObjectNode object) {
                all = MergePatch.apply(all, object);
            }
        }
        return new FieldOwners(all);
    }

    /** Whether anybody else owns anything below a path. */
    public boolean any(String... path) {
        return at(path).properties().stream().anyMatch(field -> field.getKey().startsWith(FIELD));
    }

    /** {@code ours} without the leaves that others own below a path. An object of which nothing is left goes too. */
    public ObjectNode leaveOut(ObjectNode ours, String... path) {
        return without(ours, at(path));
    }

    /** {@code ours} without the keys that others own below a path. */
    public Map<String, String> leaveOut(Map<String, String> ours, String... path) {
        var left = new TreeMap<>(ours);
        var theirs = at(path);
        left.keySet().removeIf(key -> theirs.has(FIELD + key));
        return left;
    }

    private static ObjectNode without(ObjectNode ours, JsonNode theirs) {
        var left = ours.objectNode();
        for (var field : ours.properties()) {
            var owned = theirs.get(FIELD + field.getKey());
            if (field.getValue().isNull()) {
                continue;
            }
            if (owned == null) {
                left.set(field.getKey(), field.getValue());
            } else if (!owned.isEmpty() && field.getValue() instanceof ObjectNode inner) {
                var rest = without(inner, owned);
                if (!rest.isEmpty()) {
                    left.set(field.getKey(), rest);
                }
            }
        }
        return left;
    }

    private JsonNode at(String... path) {
        JsonNode node = fields;
        for (var name : path) {
            node = node.path(FIELD + name);
        }
        return node;
    }
}
