package dev.selvedge.operator.rollout;

import java.time.Duration;
import java.util.Optional;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeHubSpec;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.EdgeModuleSpec;
import dev.selvedge.operator.render.Hold;
import dev.selvedge.plan.DurationText;
import org.jspecify.annotations.Nullable;

/**
 * What a rollout keeps to.
 *
 * @param maxUnavailable how many instances may be down at once; those that are down for other reasons count
 * @param progressDeadline how long an instance may take to come up before it is late
 * @param held whether a person holds all changes back
 */
public record Strategy(int maxUnavailable, Duration progressDeadline, boolean held) {
    private static final Duration DEADLINE = Duration.ofMinutes(10);

    /** What an EdgeModule asks for. */
    public static Strategy of(EdgeModule module) {
        var asked = Optional.ofNullable(module.getSpec().updateStrategy());
        return new Strategy(
                asked.map(EdgeModuleSpec.UpdateStrategy::maxUnavailable).orElse(1),
                deadline(asked.map(EdgeModuleSpec.UpdateStrategy::progressDeadline)
                        .orElse(null)),
                Hold.of(module));
    }

    /** What an EdgeHub asks for: its hubs are changed one at a time. */
    public static Strategy of(EdgeHub hub) {
        var asked = Optional.ofNullable(hub.getSpec().updateStrategy());
        return new Strategy(
                1,
                deadline(asked.map(EdgeHubSpec.UpdateStrategy::progressDeadline).orElse(null)),
                Hold.of(hub));
    }

    private static Duration deadline(@Nullable String text) {
        return text == null ? DEADLINE : DurationText.parse(text);
    }
}
