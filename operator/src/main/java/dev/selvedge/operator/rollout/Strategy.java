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
 * @param progressDeadline how long an instance may take to come up before it is late; one that is down for other reasons waits as long for its turn
 * @param held whether a person holds all changes back
 * @param window when instances that are up may be changed; null for always
 */
public record Strategy(
        int maxUnavailable,
        Duration progressDeadline,
        boolean held,
        @Nullable Window window) {
    private static final Duration DEADLINE = Duration.ofMinutes(10);

    /** For one that cannot be understood: nothing that is up is changed. */
    public static final Strategy STANDSTILL = new Strategy(0, DEADLINE, false, null);

    /** What an EdgeModule asks for. Throws IllegalArgumentException as {@link Window#of} does. */
    public static Strategy of(EdgeModule module) {
        var asked = Optional.ofNullable(module.getSpec().updateStrategy());
        return new Strategy(
                asked.map(EdgeModuleSpec.UpdateStrategy::maxUnavailable).orElse(1),
                deadline(asked.map(EdgeModuleSpec.UpdateStrategy::progressDeadline)),
                Hold.of(module),
                asked.map(EdgeModuleSpec.UpdateStrategy::maintenanceWindow)
                        .map(Window::of)
                        .orElse(null));
    }

    /** What an EdgeHub asks for: its hubs are changed one at a time. Throws IllegalArgumentException as {@link Window#of} does. */
    public static Strategy of(EdgeHub hub) {
        var asked = Optional.ofNullable(hub.getSpec().updateStrategy());
        return new Strategy(
                1,
                deadline(asked.map(EdgeHubSpec.UpdateStrategy::progressDeadline)),
                Hold.of(hub),
                asked.map(EdgeHubSpec.UpdateStrategy::maintenanceWindow)
                        .map(Window::of)
                        .orElse(null));
    }

    private static Duration deadline(Optional<String> text) {
        return text.map(DurationText::parse).orElse(DEADLINE);
    }
}
