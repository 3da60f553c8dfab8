package dev.selvedge.operator.cluster;

import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.pki.Validity;
import dev.selvedge.operator.render.HubObjects;
import dev.selvedge.operator.render.Texts;
import io.fabric8.kubernetes.api.model.Secret;

/** The certificates that hubs, modules and devices have, each in a Secret. */
public final class Certificates {
    private static final Duration AT_SOONEST = Duration.ofSeconds(5);
    private static final Duration AT_LATEST = Duration.ofMinutes(10);

    private final ClusterCaches caches;

    public Certificates(ClusterCaches caches) {
        this.caches = caches;
    }

    /** How long that in a Secret is valid; empty when there is none that can be read. */
    public Optional<Validity> validity(String namespace, String secret) {
        try {
            return caches.of(Secret.class)
                    .get(namespace, secret)
                    .flatMap(found -> Texts.text(found, HubObjects.TLS_CERTIFICATE))
                    .map(Validity::of);
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /**
     * How long it may take until somebody looks at the clock again for what is in these Secrets: clocks jump, and nothing tells. It follows from
     * what there is, since that keeps its end when other lifetimes are set.
     */
    public Duration lookAgain(String namespace, Stream<String> secrets) {
        var often = secrets.flatMap(secret -> validity(namespace, secret).stream())
                .map(Validity::lookAgain)
                .min(Comparator.naturalOrder())
                .orElse(AT_LATEST);
        return often.compareTo(AT_SOONEST) < 0 ? AT_SOONEST : often.compareTo(AT_LATEST) < 0 ? often : AT_LATEST;
    }
}
