package dev.selvedge.operator.reconciler.module;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.identity.Identity;
import dev.selvedge.operator.render.ModuleObjects;
import dev.selvedge.operator.render.Names;
import dev.selvedge.plan.ModuleInstance;
import dev.selvedge.plan.Site;
import dev.selvedge.plan.SitePlan;
import org.jspecify.annotations.Nullable;

/**
 * What instances of one site wait for before they start: the hub of their node, and what {@code dependsOn} names. Tells what is only a matter of
 * time from what never comes.
 */
final class Dependencies {
    private final Map<String, EdgeModule> modules;
    private final SitePlan plan;
    private final Predicate<String> exists;
    private final Predicate<String> ready;

    /**
     * Those of a site.
     *
     * @param exists whether an instance of this name, of a hub or a module, is there
     * @param ready whether it is ready
     */
    Dependencies(Site site, SitePlan plan, Predicate<String> exists, Predicate<String> ready) {
        modules = site.modules().stream()
                .collect(Collectors.toMap(module -> module.getMetadata().getName(), Function.identity()));
        this.plan = plan;
        this.exists = exists;
        this.ready = ready;
    }

    /** What an instance waits for, in words for people; empty when it may start. One that exists is never held back by this again. */
    Optional<String> missing(ModuleInstance instance) {
        var needs = instance.module().getSpec().dependsOn();
        if (needs == null || exists.test(ModuleObjects.name(instance))) {
            return Optional.empty();
        }
        var node = instance.node().name();
        var said = new ArrayList<String>();
        var later = new ArrayList<String>();
        if (!ready.test(Names.hub(node))) {
            later.add("the hub");
        }
        for (var need : needs) {
            if (!ready.test(Names.instance(need, node))) {
                whyNever(instance, need).ifPresentOrElse(said::add, () -> later.add(need));
            }
        }
        if (!later.isEmpty()) {
            said.add("starts when " + String.join(", ", later) + (later.size() == 1 ? " is" : " are") + " ready here");
        }
        return said.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", said));
    }

    private Optional<String> whyNever(ModuleInstance instance, String need) {
        var named = "waits for '" + need + "' of spec.dependsOn, ";
        if (!modules.containsKey(need)) {
            return Optional.of(named + "and no EdgeModule of this namespace has that name: create it, or take it out");
        }
        var other = beside(instance, need);
        if (other == null) {
            return Optional.of(named + "which has no instance on this node: let it run here too, or take it out");
        }
        var cycle = cycle(instance, need);
        if (cycle != null) {
            return Optional.of("waits for itself (" + String.join(" -> ", cycle)
                    + "): take one of these out of spec.dependsOn of the one before it");
        }
        return other.stopped()
                ? Optional.of(named + "which is stopped: set its spec.state to Running, or take it out")
                : Optional.empty();
    }

    /** The instance of a module on the same node, or null. */
    private @Nullable ModuleInstance beside(ModuleInstance instance, String module) {
        var asked = modules.get(module);
        return asked == null
                ? null
                : plan.moduleOf(Identity.module(instance.node().deviceId(), ModuleInstance.moduleId(asked)))
                        .filter(found -> found.module().getMetadata().getName().equals(module))
                        .orElse(null);
    }

    /** The shortest way from an instance over what it needs, and what is not there, back to itself; null when there is none. */
    private @Nullable List<String> cycle(ModuleInstance instance, String need) {
        var self = instance.module().getMetadata().getName();
        var neededBy = new HashMap<>(Map.of(need, self));
        var next = new ArrayDeque<>(List.of(need));
        while (!next.isEmpty()) {
            var module = next.remove();
            if (module.equals(self)) {
                return way(self, neededBy);
            }
            for (var other : needs(instance, module)) {
                if (neededBy.putIfAbsent(other, module) == null) {
                    next.add(other);
                }
            }
        }
        return null;
    }

    private List<String> needs(ModuleInstance instance, String module) {
        var other = beside(instance, module);
        var needs = other == null || exists.test(ModuleObjects.name(other))
                ? null
                : other.module().getSpec().dependsOn();
        return needs == null ? List.of() : needs;
    }

    private static List<String> way(String self, Map<String, String> neededBy) {
        var way = new ArrayList<>(List.of(self));
        do {
            way.add(String.valueOf(neededBy.get(way.getLast())));
        } while (!way.getLast().equals(self));
        return way.reversed();
    }
}
