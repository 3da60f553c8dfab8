package dev.selvedge.route;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** The paths into bodies that some routes ask for: nothing else of a body is kept when it is parsed. Immutable. */
public final class BodyPaths {
    private final Wanted root = new Wanted(new HashMap<>(), new HashMap<>());

    private BodyPaths() {}

    /** What is wanted below one place of a body, by member name and by index. */
    record Wanted(Map<String, Wanted> members, Map<Integer, Wanted> elements) {
        private Wanted at(BodyPath.Step step) {
            var place = members.computeIfAbsent(step.name(), _ -> new Wanted(new HashMap<>(), new HashMap<>()));
            for (var index : step.indexes()) {
                place = place.elements.computeIfAbsent(index, _ -> new Wanted(new HashMap<>(), new HashMap<>()));
            }
            return place;
        }
    }

    /** Of all these routes together. */
    public static BodyPaths of(Collection<Route> routes) {
        var paths = new BodyPaths();
        routes.forEach(route -> paths.add(route.condition()));
        return paths;
    }

    Wanted root() {
        return root;
    }

    private void add(Expression expression) {
        switch (expression) {
            case Expression.Body(var path) -> {
                var place = root;
                for (var step : path.steps()) {
                    place = place.at(step);
                }
            }
            case Expression.Dollar dollar -> add(dollar.otherwise());
            case Expression.Negate(var operand) -> add(operand);
            case Expression.Not(var operand) -> add(operand);
            case Expression.Binary binary -> {
                add(binary.left());
                add(binary.right());
            }
            case Expression.Call call -> {
                for (var argument : call.arguments()) {
                    add(argument);
                }
            }
            case Expression.Literal _, Expression.Property _, Expression.SystemProperty _ -> {}
        }
    }
}
