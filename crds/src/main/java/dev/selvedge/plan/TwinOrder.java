package dev.selvedge.plan;

import java.util.Comparator;

import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.identity.Identity;
import org.jspecify.annotations.Nullable;

/**
 * Which of several ModuleTwins of one identity counts; operator and hub must agree on it. It is the one that the operator made for the hub's node: of that
 * one it makes the module's Secret, and admission lets the hub write no other's status. A twin that was made for another node of the same device, or that
 * somebody wrote under another name, counts only where there is none.
 */
public final class TwinOrder {
    /** Stands for the module in the names of a hub's objects. */
    public static final String HUB = "edgehub";
    /** Label of what the operator makes for a module: name of the EdgeModule. */
    public static final String MODULE_LABEL = "selvedge.dev/module";

    private TwinOrder() {}

    /** The name of the twin that the operator makes for a module, or the hub, on a node. */
    public static String name(String module, String node) {
        return module + "." + node;
    }

    /**
     * The one that counts on a node comes first: of several that the operator made, for one EdgeModule after another, the youngest; where it made none, as
     * for downstream devices, the oldest.
     */
    public static Comparator<ModuleTwin> on(String node) {
        var youngestFirst = SitePlan.OLDEST_FIRST.reversed();
        return (one, other) -> {
            var made = madeFor(node, one);
            if (made != madeFor(node, other)) {
                return made ? -1 : 1;
            }
            return made ? youngestFirst.compare(one, other) : SitePlan.OLDEST_FIRST.compare(one, other);
        };
    }

    private static boolean madeFor(String node, ModuleTwin twin) {
        var module = module(twin);
        return module != null && twin.getMetadata().getName().equals(name(module, node));
    }

    private static @Nullable String module(ModuleTwin twin) {
        var labels = twin.getMetadata().getLabels();
        return switch (twin.getSpec().moduleId()) {
            case null -> null;
            case Identity.EDGE_HUB -> HUB;
            default -> labels == null ? null : labels.get(MODULE_LABEL);
        };
    }
}
