package dev.selvedge.operator;

import java.util.List;
import java.util.Objects;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.operator.status.Conditions;
import org.jspecify.annotations.Nullable;

/**
 * What the status of a hub or a module says. Before the operator wrote one it says nothing, which is no error: whoever waits for words goes on
 * waiting.
 */
record Said(String instances, List<Condition> conditions) {
    private static final Said NOTHING = new Said("", List.of());

    static Said by(EdgeHub hub) {
        var status = hub.getStatus();
        return status == null ? NOTHING : of(status.instances(), status.conditions());
    }

    static Said by(EdgeModule module) {
        var status = module.getStatus();
        return status == null ? NOTHING : of(status.instances(), status.conditions());
    }

    private static Said of(@Nullable String instances, @Nullable List<Condition> conditions) {
        return new Said(
                Objects.requireNonNullElse(instances, ""),
                Objects.requireNonNullElse(conditions, List.<Condition>of()));
    }

    /** The condition Ready; with empty words while there is none. */
    Condition ready() {
        return Objects.requireNonNullElse(
                Conditions.ready(conditions), new Condition(Condition.READY, "", "", "", null, null));
    }

    /** A condition as status, reason and message; empty when there is none of that type. */
    String words(String type) {
        var said = Conditions.find(type, conditions);
        return said == null ? "" : said.status() + " " + said.reason() + ": " + said.message();
    }
}
