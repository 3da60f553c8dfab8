package dev.selvedge.operator;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.operator.apply.Announcer;
import dev.selvedge.operator.apply.Applier;
import dev.selvedge.operator.apply.AuthorityOrder;
import dev.selvedge.operator.apply.Races;
import dev.selvedge.operator.apply.SiteTrust;
import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.cache.IdentityStore;
import dev.selvedge.operator.cluster.ClockJumps;
import dev.selvedge.operator.cluster.Replicas;
import dev.selvedge.operator.cluster.SiteEvents;
import dev.selvedge.operator.cluster.SitePlans;
import dev.selvedge.operator.cluster.SteadyClock;
import dev.selvedge.operator.cluster.Troubles;
import dev.selvedge.operator.cluster.Wakeups;
import dev.selvedge.operator.metrics.Away;
import dev.selvedge.operator.metrics.SiteCollector;
import dev.selvedge.operator.reconciler.hub.HubMaterial;
import dev.selvedge.operator.reconciler.hub.HubReconciler;
import dev.selvedge.operator.reconciler.hub.SiteAuthority;
import dev.selvedge.operator.reconciler.module.ModuleReconciler;
import dev.selvedge.operator.reconciler.twin.TwinReconciler;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.ConfigurationServiceOverrider;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;

/** The operator put together: caches, reconcilers, leader election. Start once, stop once. */
public final class SelvedgeOperator implements AutoCloseable {
    private static final int THREADS = 4;
    private static final Duration STOP_LIMIT = Duration.ofSeconds(5);
    /** An API server may be slow; one that fails says so before. */
    private static final Duration LISTS_LIMIT = Duration.ofDays(1);

    /** Beyond the minute after which an API server itself gives up a list. */
    private static final int FIRST_LIST_MILLIS = 90_000;

    private static final int FIRST_RETRY_MILLIS = 1000;
    private static final int LONGEST_RETRY_MILLIS = 30_000;

    private final Config patience;
    private final ClusterCaches caches;
    private final SitePlans plans;
    private final Wakeups wakeups;
    private final ClockJumps jumps;
    private final Operator operator;
    private final Runnable onLost;
    private final InstantSource clock;
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final SiteEvents<EdgeHub> hubEvents = new SiteEvents<>(EdgeHub.class);
    private final SiteEvents<EdgeModule> moduleEvents = new SiteEvents<>(EdgeModule.class);
    private final SiteEvents<ModuleTwin> twinEvents = new SiteEvents<>(ModuleTwin.class);
    private volatile boolean started;

    /**
     * Puts it together; nothing is sent yet.
     *
     * @param onLost told, on any thread, when it can no longer work: a watch ended for good, or another operator leads. The process must end
     */
    public SelvedgeOperator(
            OperatorConfig config, KubernetesClient client, InstantSource clock, Metrics metrics, Runnable onLost) {
        this.onLost = () -> {
            if (!stopping.get()) {
                onLost.run();
            }
        };
        this.clock = clock;
        patience = client.getConfiguration();
        caches = new ClusterCaches(client, config.watchNamespaces(), config.nodes(), Applier.FIELD_MANAGER);
        plans = new SitePlans(caches);
        wakeups = new Wakeups(caches, plans, hubEvents, moduleEvents, twinEvents);
        wakeups.listen();
        var steady = new SteadyClock();
        jumps = new ClockJumps(clock, steady, wakeups::all);
        var troubles = new Troubles(caches, steady);
        var races = new Races(steady);
        var applier = new Applier(client, caches);
        var announcer = new Announcer(client, caches, clock);
        var random = new SecureRandom();
        var trust = new SiteTrust(applier, config.lifetimes(), clock, random);
        var authority = new SiteAuthority(applier, new AuthorityOrder(client, caches), trust);
        var material = new HubMaterial(applier, trust, random);
        operator = new Operator(override -> configure(override, config, client, metrics));
        operator.register(
                new HubReconciler(
                        caches,
                        hubEvents,
                        applier,
                        announcer,
                        races,
                        authority,
                        material,
                        config.hub(),
                        troubles,
                        clock),
                override -> control(override, config.watchNamespaces()));
        operator.register(
                new ModuleReconciler(
                        caches,
                        moduleEvents,
                        applier,
                        trust,
                        announcer,
                        races,
                        config.hub().pullSecrets(),
                        troubles,
                        clock),
                override -> control(override, config.watchNamespaces()));
        operator.register(
                new TwinReconciler(caches, plans, twinEvents, applier, trust, announcer, races, steady),
                override -> control(override, config.watchNamespaces()));
    }

    /**
     * Waits for the API server, and returns when all caches are filled; from then on it works, or waits to be the leader. Until then the client's requests
     * may take longer, since the first lists are large and come all at once, often from an API server that has itself just started; after that a leader
     * must know in time that it cannot renew its lease.
     */
    public void start() {
        var usual = patience.getRequestTimeout();
        patience.setRequestTimeout(Math.max(usual, FIRST_LIST_MILLIS));
        try {
            caches.start(onLost);
            operator.start();
        } finally {
            patience.setRequestTimeout(usual);
        }
        started = true;
        jumps.start();
    }

    /** What there is to tell of the sites. */
    SiteCollector collector() {
        return new SiteCollector(
                caches.of(EdgeHub.class)::all,
                caches.of(EdgeModule.class)::all,
                caches.of(Secret.class)::all,
                new Away(plans::of, new Replicas(caches)::away),
                clock);
    }

    public boolean ready() {
        return started && caches.synced();
    }

    /** Has every object looked at once more. */
    void wakeAll() {
        wakeups.all();
    }

    @Override
    public void close() {
        stopping.set(true);
        jumps.close();
        operator.stop();
        caches.close();
    }

    private void configure(
            ConfigurationServiceOverrider override, OperatorConfig config, KubernetesClient client, Metrics metrics) {
        override.withKubernetesClient(client)
                .withCloseClientOnStop(false)
                .withMetrics(metrics)
                .withConcurrentReconciliationThreads(THREADS)
                .withConcurrentWorkflowExecutorThreads(THREADS)
                .withReconciliationTerminationTimeout(STOP_LIMIT)
                .withCacheSyncTimeout(LISTS_LIMIT)
                .withStopOnInformerErrorDuringStartup(true);
        var lease = config.lease();
        if (lease != null) {
            override.withLeaderElectionConfiguration(election(lease));
        }
    }

    /** Losing the lease ends the process at once, so that two operators never work side by side. */
    private LeaderElectionConfiguration election(OperatorConfig.Lease lease) {
        return LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(lease.name())
                .withLeaseNamespace(lease.namespace())
                .withExitOnStopLeading(false)
                .withLeaderCallbacks(new LeaderCallbacks(() -> {}, onLost, _ -> {}))
                .build();
    }

    private static <R extends CustomResource<?, ?>> void control(
            ControllerConfigurationOverrider<R> override, Set<String> namespaces) {
        override.withFieldManager(Applier.FIELD_MANAGER)
                .withRetry(new GenericRetry()
                        .setInitialInterval(FIRST_RETRY_MILLIS)
                        .setIntervalMultiplier(2)
                        .setMaxInterval(LONGEST_RETRY_MILLIS)
                        .withoutMaxAttempts());
        override.withInformerListLimit(ClusterCaches.PAGE);
        if (namespaces.size() <= 1) {
            override.withItemStore(new IdentityStore<>()); // the framework uses it for the watches of all namespaces
        }
        if (namespaces.isEmpty()) {
            override.watchingAllNamespaces();
        } else {
            override.settingNamespaces(namespaces);
        }
    }
}
