package dev.selvedge.hub.kubernetes;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.hub.client.Callers.Verdict;
import dev.selvedge.hub.client.Callers.Wish;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;

/**
 * Asks the API server, with a caller's own token, whether it lets the caller create a subresource of a twin: the hub itself needs no permission for
 * it. Anybody can come with a token, and each question takes a client of its own: few are asked at once, and few wait. Any thread.
 */
final class AccessReviews {
    /** Questions that the API server is asked at the same time. */
    static final int MAX_ASKED = 8;
    /** Questions that are asked or wait for it; the next one fails at once. */
    static final int MAX_OPEN = 100;

    private static final int UNAUTHORIZED = 401;

    private final KubernetesClient client;
    private final String namespace;
    private final Duration patience;
    private final Semaphore asking = new Semaphore(MAX_ASKED, true);
    private final AtomicInteger open = new AtomicInteger();

    /**
     * @param client knows where the API server is
     * @param patience how long a question may wait to be asked, and then for its answer
     */
    AccessReviews(KubernetesClient client, String namespace, Duration patience) {
        this.client = client;
        this.namespace = namespace;
        this.patience = patience;
    }

    /** @param name of the twin */
    CompletionStage<Verdict> ask(String token, Wish wish, String name) {
        var answer = new CompletableFuture<Verdict>();
        if (open.incrementAndGet() > MAX_OPEN) {
            open.decrementAndGet();
            answer.completeExceptionally(new IOException(MAX_OPEN + " callers wait to be looked up already"));
            return answer;
        }
        Thread.startVirtualThread(() -> {
            try {
                answer.complete(inTurn(token, wish, name));
            } catch (IOException | InterruptedException | RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    private Verdict inTurn(String token, Wish wish, String name) throws IOException, InterruptedException {
        try {
            if (!asking.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException("it still looks up others after " + patience.toSeconds() + " s");
            }
            try {
                return answered(token, wish, name);
            } finally {
                asking.release();
            }
        } finally {
            open.decrementAndGet();
        }
    }

    private Verdict answered(String token, Wish wish, String name) {
        // nothing of the hub's own configuration but where the API server is: its own token must never speak for a
        // caller
        var own = client.getConfiguration();
        var millis = Math.toIntExact(patience.toMillis());
        var as = new ConfigBuilder(Config.empty())
                .withAutoConfigure(false)
                .withMasterUrl(own.getMasterUrl())
                .withCaCertFile(own.getCaCertFile())
                .withCaCertData(own.getCaCertData())
                .withOauthToken(token)
                .withRequestTimeout(millis)
                .withConnectionTimeout(millis)
                .withRequestRetryBackoffLimit(0)
                .build();
        try (var caller = new KubernetesClientBuilder()
                .withConfig(as)
                .withKubernetesSerialization(client.getKubernetesSerialization())
                .build()) {
            var review = new SelfSubjectAccessReviewBuilder()
                    .withNewSpec()
                    .withNewResourceAttributes()
                    .withNamespace(namespace)
                    .withVerb("create")
                    .withGroup(HasMetadata.getGroup(ModuleTwin.class))
                    .withResource(HasMetadata.getPlural(ModuleTwin.class))
                    .withSubresource(wish.subresource())
                    .withName(name)
                    .endResourceAttributes()
                    .endSpec()
                    .build();
            var status = caller.resource(review).create().getStatus();
            return Boolean.TRUE.equals(status.getAllowed()) ? Verdict.ALLOWED : Verdict.FORBIDDEN;
        } catch (KubernetesClientException e) {
            if (e.getCode() == UNAUTHORIZED) {
                return Verdict.UNKNOWN;
            }
            throw e;
        }
    }
}
