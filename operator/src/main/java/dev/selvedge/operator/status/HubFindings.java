package dev.selvedge.operator.status;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.ModuleTwinStatus;
import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.plan.SiteNode;
import org.jspecify.annotations.Nullable;

/** What the hubs of an EdgeHub say of themselves on their twins, by type of condition. A hub that does not run says nothing that still counts. */
public final class HubFindings {
    private HubFindings() {}

    /**
     * One hub.
     *
     * @param ready whether its pod is up
     * @param said conditions of its twin
     */
    public record Hub(SiteNode node, boolean ready, List<Condition> said) {
        public Hub {
            said = List.copyOf(said);
        }
    }

    /** The conditions that a hub wrote into a twin's status. */
    public static List<Condition> said(@Nullable ModuleTwinStatus status) {
        var all = status == null || status.conditions() == null ? List.<Condition>of() : status.conditions();
        return all.stream()
                .filter(condition -> !condition.type().equals(Condition.READY))
                .toList();
    }

    /** @param upstream whether the hubs are to have one */
    public static Map<String, List<Finding>> of(List<Hub> hubs, boolean upstream) {
        var findings = new LinkedHashMap<String, List<Finding>>();
        for (var hub : hubs) {
            add(findings, Condition.STORE_READY, hub, true);
            add(findings, Condition.STORE_NEARLY_FULL, hub, false);
            if (upstream) {
                add(findings, Condition.UPSTREAM_CONNECTED, hub, true);
            }
        }
        return findings;
    }

    /** @param missed whether it is worth saying that a hub does not say it */
    private static void add(Map<String, List<Finding>> findings, String type, Hub hub, boolean missed) {
        var node = hub.node().name();
        var said = hub.said().stream().filter(c -> c.type().equals(type)).findFirst();
        Finding finding = null;
        if (hub.node().reachable() && hub.ready() && said.isPresent()) {
            finding = new Finding(node, said.get().reason(), message(said.get()));
        } else if (missed) {
            finding = silent(hub);
        }
        if (finding != null) {
            findings.computeIfAbsent(type, _ -> new ArrayList<>()).add(finding);
        }
    }

    private static Finding silent(Hub hub) {
        var node = hub.node().name();
        if (!hub.node().reachable()) {
            return new Finding(node, Reasons.NODE_UNREACHABLE, "not known: the node does not answer the API server");
        }
        return new Finding(
                node,
                Reasons.HUB_NOT_READY,
                hub.ready() ? "not known: the hub has not said it yet" : "not known: the hub is not ready");
    }

    private static String message(Condition said) {
        return Conditions.good(said.reason()) || said.lastTransitionTime() == null
                ? said.message()
                : said.message() + " (since " + said.lastTransitionTime() + ")";
    }
}
