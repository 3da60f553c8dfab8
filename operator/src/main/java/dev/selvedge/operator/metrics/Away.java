package dev.selvedge.operator.metrics;

import java.util.function.Function;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.operator.render.ModuleObjects;
import dev.selvedge.operator.render.Names;
import dev.selvedge.plan.SiteNode;
import dev.selvedge.plan.SitePlan;

/** Counts the instances of an object that are not ready because of their nodes, which are cut off or cordoned. */
public final class Away {
    private final Function<String, SitePlan> plans;
    private final Look look;

    /** Looks at one instance. */
    @FunctionalInterface
    public interface Look {
        /**
         * Whether it is not ready because of its node.
         *
         * @param name of its StatefulSet
         */
        boolean away(SiteNode node, String namespace, String name);
    }

    /** @param plans by namespace */
    public Away(Function<String, SitePlan> plans, Look look) {
        this.plans = plans;
        this.look = look;
    }

    long of(EdgeHub hub) {
        var namespace = hub.getMetadata().getNamespace();
        return plans.apply(namespace).hubsOf(hub).stream()
                .filter(i -> look.away(i.node(), namespace, Names.hub(i.node().name())))
                .count();
    }

    long of(EdgeModule module) {
        var namespace = module.getMetadata().getNamespace();
        return plans.apply(namespace).instancesOf(module).stream()
                .filter(i -> look.away(i.node(), namespace, ModuleObjects.name(i)))
                .count();
    }
}
