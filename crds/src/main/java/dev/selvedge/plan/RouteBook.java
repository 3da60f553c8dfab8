package dev.selvedge.plan;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.api.v1alpha1.Route;
import dev.selvedge.api.v1alpha1.StoreAndForward;
import dev.selvedge.api.v1alpha1.StoreAndForward.WhenFull;
import dev.selvedge.plan.HubConfiguration.Entry;
import dev.selvedge.route.RouteParser;
import dev.selvedge.route.RouteSyntaxException;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Quantity;
import org.jspecify.annotations.Nullable;

/** Collects the routes of one node's hub. A route that cannot be understood is a problem of its object; the last good one stays. */
final class RouteBook {
    private static final long DEFAULT_TIME_TO_LIVE = 7200;
    private static final BigDecimal MOST_BYTES = BigDecimal.valueOf(Long.MAX_VALUE);
    private static final Pattern NAME = Pattern.compile("[^.$#/\\s]{1,128}");

    private final TreeMap<String, Entry> routes = new TreeMap<>();
    private final Map<String, Entry> inForce;
    private final SiteNode node;
    private final List<Problem> problems;

    RouteBook(Site site, SiteNode node, List<Problem> problems) {
        var last = site.inForce().get(node.name());
        this.inForce = last == null ? Map.of() : last.routes();
        this.node = node;
        this.problems = problems;
    }

    HubConfiguration configuration(EdgeHub hub, List<EdgeModule> modules) {
        add(hub, "", hub.getSpec().routes());
        for (var module : modules) {
            add(module, module.getMetadata().getName() + "/", module.getSpec().routes());
        }
        var storage = hub.getSpec().storage();
        var maxBytes = storage.maxBytes() != null ? bytes(storage.maxBytes()) : bytes(storage.size()) / 4 * 3;
        var forward = hub.getSpec().storeAndForward();
        var timeToLive = timeToLive(hub, forward);
        var whenFull = forward == null || forward.whenFull() == null ? WhenFull.RejectNew : forward.whenFull();
        var backlogShare = forward == null || forward.backlogShare() == null
                ? StoreAndForward.DEFAULT_BACKLOG_SHARE
                : forward.backlogShare();
        return new HubConfiguration(
                routes,
                timeToLive,
                maxBytes,
                whenFull,
                backlogShare,
                hub.getSpec().upstream());
    }

    private long timeToLive(EdgeHub hub, @Nullable StoreAndForward forward) {
        if (forward == null || forward.timeToLive() == null) {
            return DEFAULT_TIME_TO_LIVE;
        }
        try {
            return DurationText.parse(forward.timeToLive()).toSeconds();
        } catch (IllegalArgumentException e) {
            problems.add(new Problem(
                    hub.getKind(),
                    hub.getMetadata().getName(),
                    node.name(),
                    Reasons.ERROR,
                    "storeAndForward.timeToLive: " + e.getMessage() + "; 2h is in force"));
            return DEFAULT_TIME_TO_LIVE;
        }
    }

    private void add(HasMetadata owner, String prefix, @Nullable Map<String, Route> more) {
        if (more == null) {
            return;
        }
        more.forEach((name, route) -> {
            var key = prefix + name;
            var wrong = wrong(name, route);
            if (wrong == null) {
                routes.put(key, entry(route));
                return;
            }
            var kept = inForce.get(key);
            if (kept != null) {
                routes.put(key, kept);
            }
            problems.add(new Problem(
                    owner.getKind(),
                    owner.getMetadata().getName(),
                    node.name(),
                    Reasons.INVALID_ROUTE,
                    "route '" + name + "': " + wrong
                            + (kept == null ? "; it is not in force" : "; the last good one stays in force")));
        });
    }

    private static @Nullable String wrong(String name, Route route) {
        if (!NAME.matcher(name).matches()) {
            return "a route name may not contain '.', '$', '#', '/' or spaces, at most 128 characters";
        }
        try {
            RouteParser.parse(route.route());
            entry(route);
            return null;
        } catch (RouteSyntaxException | IllegalArgumentException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static Entry entry(Route route) {
        var ttl = route.timeToLive();
        return new Entry(
                route.route(),
                route.priority(),
                ttl == null ? null : DurationText.parse(ttl).toSeconds());
    }

    private static long bytes(String quantity) {
        return Quantity.getAmountInBytes(Quantity.parse(quantity))
                .min(MOST_BYTES)
                .longValue();
    }
}
