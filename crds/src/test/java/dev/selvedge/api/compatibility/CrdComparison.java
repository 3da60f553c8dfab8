package dev.selvedge.api.compatibility;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.selvedge.api.compatibility.Breakage.Change;

import static java.util.function.Predicate.not;

/**
 * What a CRD refuses, drops or reads in another way than a released one did. A keyword that it does not know counts as a change of structure.
 * Descriptions and printed columns are for people and may change.
 */
final class CrdComparison {
    private static final Set<String> FOR_PEOPLE = Set.of("description", "title", "example", "externalDocs");
    private static final Set<String> PERMISSIONS =
            Set.of("nullable", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string");
    private static final Set<String> RESTRICTIONS = Set.of(
            "pattern",
            "format",
            "multipleOf",
            "uniqueItems",
            "exclusiveMaximum",
            "exclusiveMinimum",
            "not",
            "allOf",
            "anyOf",
            "oneOf");

    private enum Bound {
        UPPER,
        LOWER;

        boolean narrows(BigDecimal was, BigDecimal is) {
            return this == UPPER ? is.compareTo(was) < 0 : is.compareTo(was) > 0;
        }
    }

    private final List<Breakage> found = new ArrayList<>();
    private final String kind;
    private final String version;

    private CrdComparison(String kind, String version) {
        this.kind = kind;
        this.version = version;
    }

    /** Compares two CRDs of one name, version by version; {@code now} is missing where the kind is gone. */
    static List<Breakage> between(JsonNode released, JsonNode now) {
        var kind = released.at("/spec/names/kind").asText();
        var all = new ArrayList<Breakage>();
        for (var before : released.at("/spec/versions")) {
            if (before.path("served").asBoolean()) {
                var comparison = new CrdComparison(kind, before.path("name").asText());
                comparison.names(released.path("spec"), now.path("spec"));
                comparison.version(before, now.at("/spec/versions"));
                all.addAll(comparison.found);
            }
        }
        return all;
    }

    private void names(JsonNode before, JsonNode now) {
        for (var pointer : List.of("/group", "/scope", "/names/kind", "/names/plural", "/names/singular")) {
            if (!now.isMissingNode() && !before.at(pointer).equals(now.at(pointer))) {
                add(
                        "",
                        Change.NAME_CHANGED,
                        pointer.substring(1) + " went from " + before.at(pointer) + " to "
                                + orNothing(now.at(pointer)));
            }
        }
        for (var pointer : List.of("/names/shortNames", "/names/categories")) {
            missing(before.at(pointer), now.at(pointer))
                    .forEach(name -> add("", Change.NAME_CHANGED, pointer.substring(1) + " lost " + name));
        }
    }

    private void version(JsonNode before, JsonNode versions) {
        var served = versions.valueStream()
                .filter(v -> v.path("name").asText().equals(version))
                .filter(v -> v.path("served").asBoolean())
                .findFirst();
        if (served.isEmpty()) {
            add("", Change.VERSION_REMOVED, "the version is no longer served");
            return;
        }
        var now = served.orElseThrow();
        missing(before.path("selectableFields"), now.path("selectableFields"))
                .forEach(field -> add(
                        field.path("jsonPath").asText().substring(1),
                        Change.SELECTOR_REMOVED,
                        "it can no longer be selected by"));
        missing(
                        before.path("subresources")
                                .propertyStream()
                                .map(p -> p.getKey())
                                .toList(),
                        now.path("subresources"))
                .forEach(name -> add("", Change.STRUCTURE_CHANGED, "the subresource " + name + " was removed"));
        schema("", before.at("/schema/openAPIV3Schema"), now.at("/schema/openAPIV3Schema"));
    }

    private void schema(String field, JsonNode before, JsonNode now) {
        var keywords = new TreeSet<String>();
        before.fieldNames().forEachRemaining(keywords::add);
        now.fieldNames().forEachRemaining(keywords::add);
        for (var keyword : keywords) {
            var was = before.path(keyword);
            var is = now.path(keyword);
            if (!was.equals(is) && !FOR_PEOPLE.contains(keyword)) {
                keyword(field, keyword, was, is, now);
            }
        }
    }

    private void keyword(String field, String keyword, JsonNode was, JsonNode is, JsonNode now) {
        switch (keyword) {
            case "properties" -> properties(field, was, is);
            case "additionalProperties" -> nested(field, "*", was, is);
            case "items" -> nested(field, "[]", was, is);
            case "required" -> required(field, was, is, now);
            case "enum" -> values(field, was, is);
            case "maximum", "maxLength", "maxItems", "maxProperties" -> bound(field, keyword, was, is, Bound.UPPER);
            case "minimum", "minLength", "minItems", "minProperties" -> bound(field, keyword, was, is, Bound.LOWER);
            case "x-kubernetes-validations" -> rules(field, was, is);
            case "type" -> add(field, Change.TYPE_CHANGED, went("its type", was, is));
            case "default" -> add(field, Change.DEFAULT_CHANGED, went("its default", was, is));
            default -> other(field, keyword, was, is);
        }
    }

    private void properties(String field, JsonNode was, JsonNode is) {
        was.propertyStream().forEach(property -> {
            var path = child(field, property.getKey());
            if (is.has(property.getKey())) {
                schema(path, property.getValue(), is.get(property.getKey()));
            } else {
                add(path, Change.FIELD_REMOVED, "the field was removed");
            }
        });
    }

    private void nested(String field, String step, JsonNode was, JsonNode is) {
        var path = step.equals("*") ? child(field, step) : field + step;
        if (was.isObject() && is.isObject()) {
            schema(path, was, is);
        } else if (is.isMissingNode()) {
            add(path, Change.FIELD_REMOVED, "such entries were removed");
        } else {
            add(path, Change.STRUCTURE_CHANGED, went("what it may hold", was, is));
        }
    }

    /** The API server fills a default in before it looks for what is required. */
    private void required(String field, JsonNode was, JsonNode is, JsonNode now) {
        missing(is, was).stream()
                .map(JsonNode::asText)
                .filter(name -> !now.path("properties").path(name).has("default"))
                .forEach(name -> add(child(field, name), Change.FIELD_REQUIRED, "it became required"));
    }

    private void values(String field, JsonNode was, JsonNode is) {
        if (was.isMissingNode()) {
            add(field, Change.VALUE_REMOVED, "any value was taken, now only " + is);
        } else if (!is.isMissingNode()) {
            missing(was, is).forEach(value -> add(field, Change.VALUE_REMOVED, "the value " + value + " was removed"));
        }
    }

    private void bound(String field, String keyword, JsonNode was, JsonNode is, Bound bound) {
        if (!is.isMissingNode() && (was.isMissingNode() || bound.narrows(was.decimalValue(), is.decimalValue()))) {
            add(field, Change.BOUND_NARROWED, went(keyword, was, is));
        }
    }

    /** A rule is what it says in CEL: its message and where it points may change. */
    private void rules(String field, JsonNode was, JsonNode is) {
        var before = was.valueStream().map(rule -> rule.path("rule").asText()).toList();
        is.valueStream()
                .map(rule -> rule.path("rule").asText())
                .filter(not(before::contains))
                .forEach(rule -> add(field, Change.RULE_ADDED, "the rule '" + rule + "' was added"));
    }

    private void other(String field, String keyword, JsonNode was, JsonNode is) {
        var none = is.isMissingNode() || is.isBoolean() && !is.asBoolean();
        var had = !was.isMissingNode() && !(was.isBoolean() && !was.asBoolean());
        if (PERMISSIONS.contains(keyword)) {
            if (had && none) {
                add(field, Change.TYPE_CHANGED, went(keyword, was, is));
            }
        } else if (RESTRICTIONS.contains(keyword)) {
            if (!none) {
                add(field, Change.RESTRICTION_ADDED, went(keyword, was, is));
            }
        } else {
            add(field, Change.STRUCTURE_CHANGED, went(keyword, was, is));
        }
    }

    private void add(String field, Change change, String what) {
        found.add(new Breakage(kind, version, field, change, what));
    }

    private static List<JsonNode> missing(JsonNode from, JsonNode in) {
        var there = in.valueStream().toList();
        return from.valueStream().filter(not(there::contains)).toList();
    }

    private static List<String> missing(List<String> from, JsonNode in) {
        return from.stream().filter(not(in::has)).toList();
    }

    private static String child(String field, String name) {
        return field.isEmpty() ? name : field + "." + name;
    }

    private static String went(String what, JsonNode was, JsonNode is) {
        return what + " went from " + orNothing(was) + " to " + orNothing(is);
    }

    private static String orNothing(JsonNode node) {
        return node instanceof MissingNode ? "nothing" : node.toString();
    }
}
