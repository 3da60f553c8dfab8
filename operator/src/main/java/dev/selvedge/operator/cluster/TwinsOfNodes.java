package dev.selvedge.operator.cluster;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.operator.render.Labels;
import io.fabric8.kubernetes.api.model.HasMetadata;
import org.jspecify.annotations.Nullable;

/** The names of the twins by the node whose hub answers for them. Thread-safe. */
final class TwinsOfNodes {
    private final Map<String, Set<String>> names = new ConcurrentHashMap<>();

    /** Follows a change of a twin. */
    void changed(@Nullable ModuleTwin before, @Nullable ModuleTwin after) {
        var from = before == null ? "" : place(before);
        var to = after == null ? "" : place(after);
        if (from.equals(to)) {
            return;
        }
        var left = names.get(from);
        if (before != null && left != null) {
            left.remove(before.getMetadata().getName());
        }
        if (after != null && !to.isEmpty()) {
            names.computeIfAbsent(to, _ -> ConcurrentHashMap.newKeySet())
                    .add(after.getMetadata().getName());
        }
    }

    /** The twins of the node that an object is of. */
    Set<String> beside(HasMetadata object) {
        return names.getOrDefault(place(object), Set.of());
    }

    /** Namespace and node; empty for what is of no node. */
    private static String place(HasMetadata object) {
        var node = Labels.of(object, Labels.NODE);
        return node == null ? "" : object.getMetadata().getNamespace() + "/" + node;
    }
}
