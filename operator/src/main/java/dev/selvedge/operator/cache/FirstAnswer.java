package dev.selvedge.operator.cache;

import java.util.List;
import java.util.Set;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for an API server that lists the three kinds. A box that comes up without its link, or before its definitions, has none yet; a process that
 * ended for that would be started again after ever longer pauses.
 */
final class FirstAnswer {
    private static final Logger LOG = LoggerFactory.getLogger(FirstAnswer.class);
    private static final List<Class<? extends HasMetadata>> KINDS =
            List.of(EdgeHub.class, EdgeModule.class, ModuleTwin.class);
    private static final int FIRST_PAUSE_MILLIS = 500;
    private static final int LONGEST_PAUSE_MILLIS = 10_000;

    private final KubernetesClient client;
    private final Set<String> namespaces;

    /** For some namespaces, of which an empty name stands for all. */
    FirstAnswer(KubernetesClient client, Set<String> namespaces) {
        this.client = client;
        this.namespaces = Set.copyOf(namespaces);
    }

    /** Returns when every kind was listed, however long that takes; each new reason to wait is logged. */
    void await() {
        var pauses = new GenericRetry()
                .setInitialInterval(FIRST_PAUSE_MILLIS)
                .setIntervalMultiplier(2)
                .setMaxInterval(LONGEST_PAUSE_MILLIS)
                .withoutMaxAttempts()
                .initExecution();
        var last = "";
        for (var why = refusal(); !why.isEmpty(); why = refusal()) {
            if (!why.equals(last)) {
                LOG.warn("Waiting for the API server: {}", why);
                last = why;
            }
            pause(pauses.nextDelay().orElseThrow());
        }
        if (!last.isEmpty()) {
            LOG.info("The API server answers");
        }
    }

    /** Why a kind cannot be listed; empty when all can. */
    private String refusal() {
        for (var kind : KINDS) {
            try {
                namespaces.forEach(namespace -> list(kind, namespace));
            } catch (KubernetesClientException e) {
                return HasMetadata.getFullResourceName(kind) + " cannot be listed: " + said(e);
            }
        }
        return "";
    }

    private static String said(KubernetesClientException e) {
        return e.getStatus() == null
                ? String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause())
                : e.getCode() + " " + e.getStatus().getMessage();
    }

    private void list(Class<? extends HasMetadata> kind, String namespace) {
        var one = new ListOptionsBuilder().withLimit(1L).build();
        if (namespace.isEmpty()) {
            client.resources(kind).inAnyNamespace().list(one);
        } else {
            client.resources(kind).inNamespace(namespace).list(one);
        }
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the API server", e);
        }
    }
}
