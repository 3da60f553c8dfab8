package dev.selvedge.hub.routing;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.LongAdder;

import dev.selvedge.hub.delivery.Endpoints;
import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.store.Destination;
import dev.selvedge.plan.HubConfiguration;
import dev.selvedge.plan.HubConfiguration.Entry;
import dev.selvedge.route.BodyPaths;
import dev.selvedge.route.Evaluation;
import dev.selvedge.route.Route;
import dev.selvedge.route.RouteParser;
import dev.selvedge.route.RouteSyntaxException;
import dev.selvedge.route.Sink;
import dev.selvedge.route.Value;

/**
 * The routes of one hub, compiled. All are evaluated; an endpoint gets a message once, by the highest of the priorities that lead there.
 * Immutable but for the count of what each route took.
 */
public final class Router {
    private static final int LOWEST_NAMED = 9;
    private static final long NEVER = Long.MAX_VALUE;
    private static final long CENTURY_SECONDS = 100L * 365 * 24 * 3600;

    /** Sorted by priority, so that the first match for an endpoint is the one that counts. */
    private final List<Compiled> routes;

    private final BodyPaths bodyPaths;
    private final Map<String, Set<String>> inputs;
    private final Set<String> endpoints;
    private final Map<String, String> problems;

    private Router(List<Compiled> routes, Map<String, String> problems) {
        this.routes = List.copyOf(routes);
        this.problems = Collections.unmodifiableMap(problems);
        this.bodyPaths = BodyPaths.of(routes.stream().map(Compiled::route).toList());
        this.inputs = inputs(routes);
        var all = new TreeSet<String>();
        routes.forEach(route -> all.add(route.endpoint()));
        this.endpoints = Collections.unmodifiableSet(all);
    }

    /** Compiles what can be; the rest is in {@link #problems}. */
    public static Router of(HubConfiguration configuration) {
        var compiled = new ArrayList<Compiled>();
        var problems = new TreeMap<String, String>();
        configuration.routes().forEach((name, entry) -> {
            try {
                compiled.add(compile(name, entry, configuration.timeToLiveSecs()));
            } catch (RouteSyntaxException | IllegalArgumentException e) {
                problems.put(name, String.valueOf(e.getMessage()));
            }
        });
        compiled.sort((a, b) -> Integer.compare(a.priority(), b.priority()));
        return new Router(compiled, problems);
    }

    /** Where a message goes that is stored at this time (epoch milliseconds); empty when no route takes it. */
    public List<Destination> route(Message message, long storedAtMillis) {
        var path = message.sourcePath();
        var evaluation = new Evaluation(message, bodyPaths);
        var destinations = new HashMap<String, Destination>();
        for (var compiled : routes) {
            if (!destinations.containsKey(compiled.endpoint())
                    && compiled.route().matches(path)
                    && compiled.route().verdict(evaluation).equals(Value.TRUE)) {
                compiled.taken().increment();
                var expires =
                        compiled.timeToLiveMillis() == NEVER ? NEVER : storedAtMillis + compiled.timeToLiveMillis();
                destinations.put(
                        compiled.endpoint(), new Destination(compiled.endpoint(), compiled.priority(), expires));
            }
        }
        return List.copyOf(destinations.values());
    }

    /** How many messages each route has taken since this router is in force, by its name. */
    public Map<String, Long> taken() {
        var taken = new TreeMap<String, Long>();
        routes.forEach(route -> taken.put(route.name(), route.taken().sum()));
        return taken;
    }

    /** The ids of all endpoints that routes lead to, as {@link Endpoints} names them. */
    public Set<String> endpoints() {
        return endpoints;
    }

    /** The inputs of a module of the hub's own device that routes lead to. */
    public Set<String> inputs(String moduleId) {
        return inputs.getOrDefault(moduleId, Set.of());
    }

    /** Why routes are not in force, by name; empty when all are. */
    public Map<String, String> problems() {
        return problems;
    }

    private static Compiled compile(String name, Entry entry, long defaultSeconds) throws RouteSyntaxException {
        var route = RouteParser.parse(entry.route());
        var priority = entry.priority() == null ? Destination.NO_PRIORITY : entry.priority();
        if (priority < 0 || (entry.priority() != null && priority > LOWEST_NAMED)) {
            throw new IllegalArgumentException("priority " + priority + " is not in 0 to " + LOWEST_NAMED);
        }
        var own = entry.timeToLiveSecs() == null ? 0 : entry.timeToLiveSecs();
        var seconds = own > 0 ? own : defaultSeconds;
        return new Compiled(
                name,
                route,
                endpoint(route.sink()),
                priority,
                seconds > 0 && seconds < CENTURY_SECONDS ? seconds * 1000 : NEVER,
                new LongAdder());
    }

    private static String endpoint(Sink sink) {
        return switch (sink) {
            case Sink.Upstream _ -> Endpoints.UPSTREAM;
            case Sink.ModuleInput(var moduleId, var input) -> Endpoints.input(moduleId, input);
        };
    }

    private static Map<String, Set<String>> inputs(List<Compiled> routes) {
        var inputs = new HashMap<String, Set<String>>();
        for (var compiled : routes) {
            if (compiled.route().sink() instanceof Sink.ModuleInput(var moduleId, var input)) {
                inputs.computeIfAbsent(moduleId, _ -> new TreeSet<>()).add(input);
            }
        }
        return inputs;
    }

    private record Compiled(
            String name, Route route, String endpoint, int priority, long timeToLiveMillis, LongAdder taken) {}
}
