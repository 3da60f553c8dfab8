package dev.selvedge.json;

import java.util.ArrayList;
import java.util.List;

import com.fasterxml.jackson.databind.JsonNode;

/** How deep a document of a user may be. Most of what walks a document calls itself for each level, and threads have small stacks. */
public final class Nesting {
    /** Most levels of objects and arrays below the root: far more than anybody needs. IoT Hub allows ten. */
    public static final int MAX = 64;

    private Nesting() {}

    /** Whether a document, of whatever depth, is deeper than {@link #MAX}. */
    public static boolean tooDeep(JsonNode document) {
        var level = List.of(document);
        for (int depth = 0; !level.isEmpty(); depth++) {
            if (depth > MAX) {
                return true;
            }
            level = below(level);
        }
        return false;
    }

    private static List<JsonNode> below(List<JsonNode> level) {
        var next = new ArrayList<JsonNode>();
        for (var node : level) {
            for (var child : node) {
                if (child.isContainerNode()) {
                    next.add(child);
                }
            }
        }
        return next;
    }
}
