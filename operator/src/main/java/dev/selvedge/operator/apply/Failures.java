package dev.selvedge.operator.apply;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.operator.status.Finding;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong in one pass. One node's trouble does not keep the others from being served; the pass fails at its end. A race is an error like any
 * other when it lasts.
 */
public final class Failures {
    private static final Duration AFTER_RACE = Duration.ofSeconds(1);
    /** They repeat. */
    private static final int FRAMES = 40;

    private final Races races;
    private final HasMetadata primary;
    private final List<RuntimeException> errors = new ArrayList<>();
    private final List<Finding> findings = new ArrayList<>();
    private boolean raced;

    /** @param primary what the pass is over */
    public Failures(Races races, HasMetadata primary) {
        this.races = races;
        this.primary = primary;
    }

    /** Runs a part of the pass. */
    public void guard(@Nullable String node, Runnable part) {
        guard(
                node,
                () -> {
                    part.run();
                    return true;
                },
                false);
    }

    /** What a part of the pass gives; {@code otherwise} when it fails. */
    public <T> T guard(@Nullable String node, Supplier<T> part, T otherwise) {
        try {
            return part.get();
        } catch (RuntimeException e) {
            var race = Applier.raced(e);
            raced |= race;
            if (!race || races.last(primary)) {
                errors.add(e);
                findings.add(new Finding(node, Reasons.ERROR, said(e)));
            }
            return otherwise;
        }
    }

    public List<Finding> findings() {
        return List.copyOf(findings);
    }

    /** Whether all that kept the pass from its end is a race: it is soon done again, and has seen too little to say where things stand. */
    public boolean onlyRaced() {
        return raced && errors.isEmpty();
    }

    /** How the pass ends: as given, or soon again after a race; or throws the first error, so that it is tried again ever less often. */
    public <P extends HasMetadata> UpdateControl<P> orElse(UpdateControl<P> good) {
        races.ended(primary, raced);
        if (!errors.isEmpty()) {
            throw errors.getFirst();
        }
        return raced ? UpdateControl.<P>noUpdate().rescheduleAfter(AFTER_RACE) : good;
    }

    /**
     * A whole pass. A stack that ends is a failure like any other: the framework knows no errors, and would never look at the object again.
     *
     * @param primary what the pass is over
     */
    public static <T> T whole(HasMetadata primary, Supplier<T> pass) {
        try {
            return pass.get();
        } catch (StackOverflowError e) {
            e.setStackTrace(Arrays.copyOf(e.getStackTrace(), Math.min(FRAMES, e.getStackTrace().length)));
            var meta = primary.getMetadata();
            throw new IllegalStateException(
                    primary.getKind() + " " + meta.getNamespace() + "/" + meta.getName()
                            + " cannot be looked at: it, or what it goes with, is nested too deep",
                    e);
        }
    }

    /** What the API server said, without the request around it. */
    public static String said(RuntimeException error) {
        if (error instanceof KubernetesClientException e
                && e.getStatus() != null
                && e.getStatus().getMessage() != null) {
            return e.getStatus().getMessage();
        }
        return String.valueOf(error.getMessage());
    }
}
