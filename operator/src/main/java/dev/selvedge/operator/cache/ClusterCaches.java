package dev.selvedge.operator.cache;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.operator.render.Labels;
import dev.selvedge.operator.status.Complaints;
import dev.selvedge.plan.SiteNode;
import dev.selvedge.plan.SitePlan;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One watch per kind and watched namespace, shared by all reconcilers. Start once, stop once. */
public final class ClusterCaches implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterCaches.class);
    private static final Duration NEXT_WORD = Duration.ofMinutes(1);
    /** How many objects are listed at once: they come whole. */
    public static final long PAGE = 200;
    /** Of the many Events of a cluster those few that say what no status does: reasons by the kind they are about. */
    private static final Map<String, String> COMPLAINTS = Map.of(
            "StatefulSet",
            "FailedCreate",
            "Job",
            "FailedCreate",
            "Pod",
            "FailedMount",
            "PersistentVolumeClaim",
            "ProvisioningFailed");

    /** Index of Events by the uid of what they are about. */
    private static final String ABOUT = "about";

    private final KubernetesClient client;
    private final Set<String> namespaces;
    private final List<SiteNode> named;
    private final Map<Class<? extends HasMetadata>, KindCache<?>> kinds = new LinkedHashMap<>();
    private final Map<String, KindCache<Event>> events = new LinkedHashMap<>();
    private volatile boolean stopping;

    /**
     * Caches for some namespaces, or for all when the set is empty.
     *
     * @param named the nodes there are; none named: all of the cluster, which are then watched
     * @param fieldManager under whose name the operator applies objects
     */
    public ClusterCaches(KubernetesClient client, Set<String> namespaces, List<SiteNode> named, String fieldManager) {
        this.client = client;
        this.named = List.copyOf(named);
        this.namespaces = namespaces.isEmpty() ? Set.of("") : Set.copyOf(namespaces);
        var trim = new Trim(fieldManager);
        users(EdgeHub.class, trim::asked);
        users(EdgeModule.class, trim::asked);
        users(ModuleTwin.class, trim::twin);
        own(StatefulSet.class, trim::set, new Archive<>(StatefulSet.class, client.getKubernetesSerialization()));
        own(Job.class, trim::applied, null);
        own(Pod.class, trim::pod, null);
        own(ConfigMap.class, trim::applied, null);
        own(Secret.class, trim::secret, null);
        own(Service.class, trim::applied, null);
        own(PersistentVolumeClaim.class, trim::applied, null);
        own(ServiceAccount.class, trim::applied, null);
        own(RoleBinding.class, trim::applied, null);
        kinds.put(
                Node.class,
                new KindCache<>(
                        Node.class,
                        named.isEmpty() ? Map.of("", informer(client.nodes(), Trim::node, null)) : Map.of(),
                        null));
        COMPLAINTS.forEach((kind, reason) -> events.put(kind, complaints(kind, reason, trim)));
    }

    @SuppressWarnings("unchecked")
    public <T extends HasMetadata> KindCache<T> of(Class<T> kind) {
        var cache = kinds.get(kind);
        if (cache == null) {
            throw new IllegalArgumentException(kind.getSimpleName() + " is not watched");
        }
        return (KindCache<T>) cache;
    }

    /** The nodes that were named, or else those of the cluster, the oldest first. */
    public List<SiteNode> nodes() {
        return areNodesNamed()
                ? named()
                : of(Node.class).all().stream()
                        .sorted(SitePlan.OLDEST_FIRST)
                        .map(Nodes::of)
                        .toList();
    }

    private List<SiteNode> named() {
        var pods = of(Pod.class).all().stream()
                .collect(Collectors.groupingBy(pod -> String.valueOf(Labels.of(pod, Labels.NODE))));
        return named.stream()
                .map(node -> Nodes.of(node, pods.getOrDefault(Labels.value(node.name()), List.of())))
                .toList();
    }

    /** Whether nodes were named; then none is watched, and only pods tell of them. */
    public boolean areNodesNamed() {
        return !named.isEmpty();
    }

    public void onComplaint(KindCache.ChangeHandler<Event> handler) {
        events.values().forEach(cache -> cache.onChange(handler));
    }

    /** What the cluster last complained of about the one instance of a StatefulSet; its claim, if it has one, has its name. */
    public Complaints complaints(StatefulSet set) {
        var namespace = set.getMetadata().getNamespace();
        var name = set.getMetadata().getName();
        var pod = of(Pod.class).get(namespace, name + "-0");
        var claim = of(PersistentVolumeClaim.class)
                .get(namespace, name)
                .filter(c ->
                        c.getStatus() == null || !"Bound".equals(c.getStatus().getPhase()));
        return new Complaints(
                pod.isPresent() ? null : refusal(set),
                pod.map(this::said).orElse(null),
                claim.map(this::said).orElse(null));
    }

    private @Nullable String refusal(StatefulSet set) {
        return last(set)
                .filter(complaint -> of(StatefulSet.class)
                        .whole(set)
                        .filter(whole -> Refusal.counts(complaint, whole))
                        .isPresent())
                .map(Event::getMessage)
                .orElse(null);
    }

    /** Why the cluster last could not create the pod of a Job, or null. */
    @Nullable
    public String refusal(Job job) {
        return said(job);
    }

    private @Nullable String said(HasMetadata about) {
        return last(about).map(Event::getMessage).orElse(null);
    }

    private Optional<Event> last(HasMetadata about) {
        var uid = about.getMetadata().getUid();
        var cache = events.get(about.getKind());
        return cache == null
                ? Optional.empty()
                : cache.indexed(about.getMetadata().getNamespace(), ABOUT, uid).stream()
                        .max(Comparator.comparing(e -> String.valueOf(e.getLastTimestamp())));
    }

    /**
     * Waits until the API server answers, then starts all watches and waits until each has its first list. Throws IllegalStateException when one cannot
     * be had.
     *
     * @param onLost told, on any thread, when a watch ends for good though nobody stopped it
     */
    public void start(Runnable onLost) {
        new FirstAnswer(client, namespaces).await();
        var started = informers().stream()
                .collect(Collectors.groupingBy(
                        informer -> informer.getApiTypeClass().getSimpleName(),
                        Collectors.collectingAndThen(
                                Collectors.mapping(ClusterCaches::firstList, Collectors.toList()),
                                ClusterCaches::together)));
        new FirstLists(started)
                .await(NEXT_WORD, missing -> LOG.warn("Waiting for the API server's first lists of {}", missing));
        informers()
                .forEach(informer -> informer.stopped().whenComplete((_, _) -> {
                    if (!stopping) {
                        onLost.run();
                    }
                }));
    }

    private static CompletableFuture<Void> firstList(SharedIndexInformer<?> informer) {
        return informer.start().toCompletableFuture();
    }

    private static CompletableFuture<Void> together(List<CompletableFuture<Void>> lists) {
        return CompletableFuture.allOf(lists.toArray(CompletableFuture[]::new));
    }

    public boolean synced() {
        return informers().stream().allMatch(SharedIndexInformer::hasSynced);
    }

    @Override
    public void close() {
        stopping = true;
        informers().forEach(SharedIndexInformer::stop);
    }

    private List<SharedIndexInformer<?>> informers() {
        var all = new ArrayList<SharedIndexInformer<?>>();
        kinds.values().forEach(cache -> cache.forEachInformer(all::add));
        events.values().forEach(cache -> cache.forEachInformer(all::add));
        return all;
    }

    /** Watches objects that users make. */
    private <T extends HasMetadata> void users(Class<T> kind, UnaryOperator<T> trim) {
        var informers = new LinkedHashMap<String, SharedIndexInformer<T>>();
        for (var namespace : namespaces) {
            informers.put(namespace, informer(scope(kind, namespace), trim, null));
        }
        kinds.put(kind, new KindCache<>(kind, informers, null));
    }

    /** Watches objects that the operator makes, or has made. */
    private <T extends HasMetadata> void own(Class<T> kind, UnaryOperator<T> trim, @Nullable Archive<T> archive) {
        var informers = new LinkedHashMap<String, SharedIndexInformer<T>>();
        for (var namespace : namespaces) {
            var scope = scope(kind, namespace).withLabel(Labels.MANAGED_BY, Labels.SELVEDGE);
            informers.put(namespace, informer(scope, trim, archive));
        }
        kinds.put(kind, new KindCache<>(kind, informers, archive));
    }

    private KindCache<Event> complaints(String kind, String reason, Trim trim) {
        var informers = new LinkedHashMap<String, SharedIndexInformer<Event>>();
        for (var namespace : namespaces) {
            var scope = scope(Event.class, namespace)
                    .withField("involvedObject.kind", kind)
                    .withField("reason", reason);
            informers.put(
                    namespace, informer(scope, trim::event, null).addIndexers(Map.of(ABOUT, ClusterCaches::about)));
        }
        return new KindCache<>(Event.class, informers, null);
    }

    private static List<String> about(Event event) {
        return Optional.ofNullable(event.getInvolvedObject().getUid()).stream().toList();
    }

    private <T extends HasMetadata> FilterWatchListDeletable<T, ?, ?> scope(Class<T> kind, String namespace) {
        var all = client.resources(kind);
        return namespace.isEmpty() ? all.inAnyNamespace() : all.inNamespace(namespace);
    }

    private static <T extends HasMetadata> SharedIndexInformer<T> informer(
            Informable<T> scope, UnaryOperator<T> trim, @Nullable Archive<T> archive) {
        return scope.withLimit(PAGE).runnableInformer(0).itemStore(new TrimmedStore<>(trim, archive));
    }
}
