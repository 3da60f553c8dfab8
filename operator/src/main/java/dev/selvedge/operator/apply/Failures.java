package dev.selvedge.operator.apply;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.operator.status.Finding;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.RetryInfo;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong in one pass. One node's trouble does not keep the others from being served; the pass fails at its end. A race is an error like any
 * other when it is still there after a minute of retries: then nobody was faster, the API server just does not take it.
 */
public final class Failures {
    /** With the pauses of the operator's retries that is a minute. */
    private static final int LASTING = 6;

    private final List<RuntimeException> errors = new ArrayList<>();
    private final List<Finding> findings = new ArrayList<>();
    private final boolean lasting;
    private @Nullable RuntimeException race;

    /** @param retry how often the framework has tried this pass before; empty when the last one succeeded */
    public Failures(Optional<RetryInfo> retry) {
        lasting = retry.filter(info -> info.getAttemptCount() >= LASTING).isPresent();
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
            if (Applier.raced(e) && !lasting) {
                race = e;
            } else {
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
        return race != null && errors.isEmpty();
    }

    /** How the pass ends: as given; or throws the first error, or else the race, so that it is tried again ever less often. */
    public <P extends HasMetadata> UpdateControl<P> orElse(UpdateControl<P> good) {
        if (!errors.isEmpty()) {
            throw errors.getFirst();
        }
        if (race != null) {
            throw race;
        }
        return good;
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
