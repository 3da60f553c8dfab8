package dev.selvedge.hub.kubernetes;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.ModuleTwinStatus;
import dev.selvedge.api.v1alpha1.ModuleTwinStatus.ConnectionState;
import dev.selvedge.hub.client.Callers;
import dev.selvedge.hub.twin.StatusSink;
import dev.selvedge.hub.twin.TwinSource;
import dev.selvedge.identity.Identity;
import dev.selvedge.json.ShallowJson;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ModuleTwins of one device: watches their specs, and writes their statuses, at most one a second and the newest state of each. While the
 * API server is away one state for each twin waits in memory; the truth is on the hub's own disk. Any thread.
 */
public final class ModuleTwins implements TwinSource, StatusSink, Callers {
    private static final Logger LOG = LoggerFactory.getLogger(ModuleTwins.class);
    private static final String FIELD_MANAGER = "selvedge-hub";
    private static final long WRITE_EVERY_MILLIS = 1000;
    private static final Duration ASK_WITHIN = Duration.ofSeconds(5);
    /** Of a request: who asked tries again anyway. */
    private static final int RETRIES = 2;
    /** A watch that fell silent is found dead by the second ping without an answer. */
    private static final long PING_MILLIS = 15_000;

    private final KubernetesClient client;
    private final String namespace;
    private final String deviceId;
    private final String node;
    private final AccessReviews reviews;
    private final StatusQueue statuses = new StatusQueue(this::name, this::write);
    /** What is heard is passed on here. */
    private final ExecutorService executor = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("selvedge-kubernetes").daemon().factory());
    /** An API server that does not answer holds up writes alone. */
    private final ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("selvedge-status").daemon().factory());

    private volatile List<SharedIndexInformer<ModuleTwin>> informers = List.of();
    private volatile @Nullable Claims claims;

    /** Those of the API server that the pod's service account reaches. */
    public static ModuleTwins inCluster(String namespace, String deviceId, String node) {
        var config = new ConfigBuilder(Config.autoConfigure(null))
                .withRequestRetryBackoffLimit(RETRIES)
                .withWebsocketPingInterval(PING_MILLIS)
                .build();
        return new ModuleTwins(client(config), namespace, deviceId, node);
    }

    /** One that no twin keeps from hearing of the others, however deep it is nested. */
    static KubernetesClient client(Config config) {
        return new KubernetesClientBuilder()
                .withConfig(config)
                .withKubernetesSerialization(new KubernetesSerialization(ShallowJson.mapper(), true))
                .build();
    }

    public ModuleTwins(KubernetesClient client, String namespace, String deviceId, String node) {
        this.client = client;
        this.namespace = namespace;
        this.deviceId = deviceId;
        this.node = node;
        reviews = new AccessReviews(client, namespace, ASK_WITHIN);
    }

    @Override
    public void start(Listener listener) {
        var claiming = new Claims(node, this::existing, listener);
        claims = claiming;
        informers = List.of(watch("spec.deviceId", claiming), watch("spec.parentDeviceId", claiming));
        var started = informers.stream()
                .map(watching -> watching.start().toCompletableFuture())
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(started).whenComplete((_, failure) -> {
            if (failure == null) {
                run(() -> LOG.info(
                        "ModuleTwins known: device={} count={}",
                        deviceId,
                        claiming.complete().size()));
            } else {
                LOG.error("ModuleTwins are not watched", failure);
            }
        });
        writer.scheduleWithFixedDelay(
                statuses::writeOne, WRITE_EVERY_MILLIS, WRITE_EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Twins of the device and its modules, or of its downstream devices. */
    private SharedIndexInformer<ModuleTwin> watch(String field, Claims claiming) {
        var watching = client.resources(ModuleTwin.class)
                .inNamespace(namespace)
                .withField(field, deviceId)
                .runnableInformer(0);
        watching.exceptionHandler((_, failure) -> {
            LOG.warn("the API server is away, the hub goes on with what it has: reason={}", failure.getMessage());
            return true;
        });
        watching.addEventHandler(new Handler(claiming));
        return watching;
    }

    private List<ModuleTwin> existing() {
        return informers.stream()
                .flatMap(watching -> watching.getStore().list().stream())
                .toList();
    }

    @Override
    public void changed(Identity identity, State state) {
        statuses.changed(identity, state);
    }

    private @Nullable String name(Identity identity) {
        var claiming = claims;
        return claiming == null ? null : claiming.name(identity);
    }

    private void write(String name, State state) {
        client.resource(twin(name, state))
                .inNamespace(namespace)
                .subresource("status")
                .patch(new PatchContext.Builder()
                        .withPatchType(PatchType.SERVER_SIDE_APPLY)
                        .withFieldManager(FIELD_MANAGER)
                        .withForce(true)
                        .build());
    }

    private static ModuleTwin twin(String name, State state) {
        var twin = new ModuleTwin();
        twin.setMetadata(
                new ObjectMetaBuilder().withName(name).withUid(state.uid()).build());
        twin.setStatus(new ModuleTwinStatus(
                new ModuleTwinStatus.Properties(state.reported()),
                state.desiredVersion(),
                state.reportedVersion(),
                state.connected() ? ConnectionState.Connected : ConnectionState.Disconnected,
                null,
                state.conditions().isEmpty() ? null : state.conditions()));
        return twin;
    }

    /** Who does not ask about a twin of this hub is told so without a question to the API server. */
    @Override
    public CompletionStage<Verdict> may(String token, Wish wish, Identity target) {
        var name = name(target);
        return name == null ? CompletableFuture.completedFuture(Verdict.FORBIDDEN) : reviews.ask(token, wish, name);
    }

    private void run(Runnable work) {
        try {
            executor.execute(work);
        } catch (RejectedExecutionException _) {
            // closed meanwhile
        }
    }

    @Override
    public void close() {
        executor.shutdown();
        writer.shutdown();
        informers.forEach(SharedIndexInformer::close);
    }

    /** Passes watch events on, one at a time, on this object's thread. */
    private final class Handler implements ResourceEventHandler<ModuleTwin> {
        private final Claims claiming;

        Handler(Claims claiming) {
            this.claiming = claiming;
        }

        @Override
        public void onAdd(ModuleTwin twin) {
            run(() -> claiming.changed(twin));
        }

        @Override
        public void onUpdate(ModuleTwin before, ModuleTwin twin) {
            run(() -> claiming.changed(twin));
        }

        @Override
        public void onDelete(ModuleTwin twin, boolean unknown) {
            run(() -> claiming.changed(twin));
        }
    }
}
