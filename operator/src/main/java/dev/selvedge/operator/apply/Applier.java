package dev.selvedge.operator.apply;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.cache.KindCache;
import dev.selvedge.operator.render.Names;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Deletable;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.processing.dependent.kubernetes.SSABasedGenericKubernetesResourceMatcher;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings objects to what was rendered, by server-side apply, and writes only what differs: compared are the fields that this field manager
 * owns on the object as cached. What the API server writes otherwise than it was rendered, such as 1024Mi, seems to differ then: of a StatefulSet, where
 * a difference is a change to be rolled out, the API server itself is asked. It forces, because everything it renders is its own; on twins, where others own fields too, only together
 * with the resource version from which it was seen that nobody else owns what is written. Thread-safe.
 */
public final class Applier {
    /** Field manager of everything the operator applies. */
    public static final String FIELD_MANAGER = "selvedge-operator";

    private static final Logger LOG = LoggerFactory.getLogger(Applier.class);
    private static final int BAD_REQUEST = 400;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;
    private static final int UNPROCESSABLE = 422;
    private static final int INTERNAL_ERROR = 500;
    /** What admission webhooks and policies say; one who lacks the right is told otherwise. */
    private static final Pattern DENIED = Pattern.compile("denied (the )?request");
    /** Of what does not fit the kind's schema a server-side apply says that the server failed. */
    private static final Pattern MALFORMED =
            Pattern.compile("failed to create typed patch object|unable to convert unstructured object");

    private static final int DIGITS = 32;

    /** A large site would wait long if each instance were asked for while a webhook does not answer. */
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(30);

    private final KubernetesClient client;
    private final ClusterCaches caches;
    /** When a dry run last failed, by {@link System#nanoTime}. */
    private volatile long failed = System.nanoTime() - AFTER_FAILURE.toNanos();

    public Applier(KubernetesClient client, ClusterCaches caches) {
        this.client = client;
        this.caches = caches;
    }

    /** Whether the object is in the cluster as rendered. */
    public <T extends HasMetadata> boolean matches(T desired, Context<?> context) {
        var cached = cached(desired);
        return cached != null && matches(cached, json(desired), context);
    }

    /** Brings one object to what was rendered. Throws KubernetesClientException when the API server refuses. */
    public <T extends HasMetadata> void apply(T desired, Context<?> context) {
        var cached = cached(desired);
        var json = json(desired);
        if (cached != null && (leaving(cached) || matches(cached, json, context))) {
            return;
        }
        var wanted = plain(json, desired);
        var shared = wanted instanceof ModuleTwin;
        if (shared && cached != null) {
            wanted.getMetadata().setResourceVersion(cached.getMetadata().getResourceVersion());
        }
        var written = client.resource(wanted)
                .patch(serverSideApply(!shared || cached != null).build());
        cache(wanted).wrote(written);
        if (cached != null && version(cached).equals(version(written))) {
            cache(written).compared(written, Names.hash(json, DIGITS), true);
        }
        LOG.info(
                "{} {} {}/{}",
                cached == null ? "Created" : "Updated",
                wanted.getKind(),
                wanted.getMetadata().getNamespace(),
                wanted.getMetadata().getName());
    }

    private static PatchContext.Builder serverSideApply(boolean force) {
        return new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager(FIELD_MANAGER)
                .withForce(force);
    }

    /**
     * The Secret as it is in the cluster, or, when there is none, the given one, created. Never overwrites: of two operators that create at
     * once, one gets the other's.
     */
    public Secret createOnce(String namespace, String name, Supplier<Secret> fresh) {
        var found = find(namespace, name);
        if (found != null) {
            return found;
        }
        try {
            var created = client.resource(fresh.get()).create();
            caches.of(Secret.class).wrote(created);
            LOG.info("Created Secret {}/{}", namespace, name);
            return created;
        } catch (KubernetesClientException e) {
            if (e.getCode() != CONFLICT) {
                throw e;
            }
            return client.secrets().inNamespace(namespace).withName(name).require();
        }
    }

    /** Lets an object that goes with one EdgeHub go with another, and changes nothing else of it. What goes with anything else is somebody's own. */
    public <T extends HasMetadata> void adopt(T cached, ObjectMeta wanted) {
        cache(cached)
                .whole(cached)
                .filter(found -> isOfAnotherHub(found, wanted))
                .ifPresent(found -> {
                    var patch = Map.of(
                            "metadata",
                            Map.of("labels", wanted.getLabels(), "ownerReferences", wanted.getOwnerReferences()));
                    var written = client.resource(found)
                            .patch(
                                    PatchContext.of(PatchType.JSON_MERGE),
                                    client.getKubernetesSerialization().asJson(patch));
                    cache(cached).wrote(written);
                    LOG.info("Took over {} {}/{}", found.getKind(), wanted.getNamespace(), wanted.getName());
                });
    }

    private static boolean isOfAnotherHub(HasMetadata found, ObjectMeta wanted) {
        var owners = found.getMetadata().getOwnerReferences();
        return !leaving(found)
                && !owners.isEmpty()
                && owners.stream().allMatch(owner -> owner.getKind().equals(EdgeHub.class.getSimpleName()))
                && !uids(owners).equals(uids(wanted.getOwnerReferences()));
    }

    /** Brings the data of a Secret to what is wanted, unless somebody changed it since it was read: that throws, and is a race. */
    public void replace(Secret read, Secret wanted) {
        if (wanted.getData().equals(read.getData())) {
            return;
        }
        var patch = Map.of(
                "metadata",
                Map.of("resourceVersion", read.getMetadata().getResourceVersion()),
                "data",
                wanted.getData());
        var written = client.resource(read)
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        client.getKubernetesSerialization().asJson(patch));
        caches.of(Secret.class).wrote(written);
        LOG.info(
                "Updated Secret {}/{}",
                read.getMetadata().getNamespace(),
                read.getMetadata().getName());
    }

    /** A Secret from the cache, or from the API server when the cache has none of that name; null when there is none. */
    public @Nullable Secret find(String namespace, String name) {
        return caches.of(Secret.class)
                .get(namespace, name)
                .orElseGet(() ->
                        client.secrets().inNamespace(namespace).withName(name).get());
    }

    /** Creates the volume claim if there is none; of one that is there, only whether it goes with its EdgeHub is brought up to date. */
    public void claim(PersistentVolumeClaim desired) {
        var cached = cached(desired);
        if (cached == null) {
            cached = client.resource(desired).get();
        }
        if (cached == null) {
            caches.of(PersistentVolumeClaim.class)
                    .wrote(client.resource(desired).create());
            LOG.info(
                    "Created PersistentVolumeClaim {}/{}",
                    desired.getMetadata().getNamespace(),
                    desired.getMetadata().getName());
            return;
        }
        var wanted = uids(desired.getMetadata().getOwnerReferences());
        if (leaving(cached) || uids(cached.getMetadata().getOwnerReferences()).equals(wanted)) {
            return;
        }
        var references =
                client.getKubernetesSerialization().asJson(desired.getMetadata().getOwnerReferences());
        var patched = client.resource(cached)
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"metadata\":{\"ownerReferences\":" + references + "}}");
        caches.of(PersistentVolumeClaim.class).wrote(patched);
    }

    /**
     * Deletes what is there and not wanted any more. A twin only as it is in the cache, since others may own fields of it by now: when somebody
     * changed it, it throws, and that is a race. One that may not be deleted keeps none of the others; then it throws what the API server said of the first.
     */
    public <T extends HasMetadata> void prune(Class<T> kind, String namespace, Predicate<T> mine, List<String> wanted) {
        var kept = Set.copyOf(wanted);
        KubernetesClientException first = null;
        for (var object : caches.of(kind).list(namespace)) {
            var name = object.getMetadata().getName();
            if (mine.test(object) && !kept.contains(name) && !leaving(object)) {
                var resource = client.resource(object);
                try {
                    delete(object, object instanceof ModuleTwin ? resource.lockResourceVersion() : resource);
                } catch (KubernetesClientException e) {
                    if (!refused(e) && !raced(e)) {
                        throw e;
                    }
                    first = first == null ? e : first;
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    /** Deletes an object as it is in the cache. When somebody changed it since, it throws, and that is a race. */
    public <T extends HasMetadata> void delete(T cached) {
        if (!leaving(cached)) {
            delete(cached, client.resource(cached).lockResourceVersion());
        }
    }

    private static void delete(HasMetadata object, Deletable deletable) {
        try {
            deletable.delete();
            LOG.info(
                    "Deleted {} {}/{}",
                    object.getKind(),
                    object.getMetadata().getNamespace(),
                    object.getMetadata().getName());
        } catch (KubernetesClientException e) {
            if (e.getCode() != NOT_FOUND) {
                throw e;
            }
        }
    }

    /** Whether an exception says that somebody else was faster: the watch will tell, and the next pass sees it. */
    public static boolean raced(Exception error) {
        return error instanceof KubernetesClientException e && e.getCode() == CONFLICT;
    }

    /** Whether an exception says that the object itself is not accepted, so that to send it again is of no use. */
    public static boolean refused(KubernetesClientException error) {
        return switch (error.getCode()) {
            case BAD_REQUEST, UNPROCESSABLE -> true;
            case FORBIDDEN -> DENIED.matcher(Failures.said(error)).find();
            case INTERNAL_ERROR -> MALFORMED.matcher(Failures.said(error)).find();
            default -> false;
        };
    }

    private static boolean leaving(HasMetadata object) {
        return object.getMetadata().getDeletionTimestamp() != null;
    }

    private static List<String> uids(List<OwnerReference> owners) {
        return owners.stream().map(OwnerReference::getUid).toList();
    }

    private <T extends HasMetadata> boolean matches(T cached, String json, Context<?> context) {
        var digest = Names.hash(json, DIGITS);
        var known = cache(cached).compared(cached, digest);
        if (known.isPresent()) {
            return known.get();
        }
        var whole = cache(cached).whole(cached);
        if (whole.isEmpty()) {
            return false;
        }
        var wanted = plain(json, cached);
        var same = Optional.of(
                SSABasedGenericKubernetesResourceMatcher.<T>getInstance().matches(whole.get(), wanted, context));
        if (!same.get() && wanted instanceof StatefulSet set) {
            same = changesNothing(set, (StatefulSet) whole.get());
        }
        same.ifPresent(is -> cache(cached).compared(cached, digest, is));
        return same.orElse(false);
    }

    /** Whether the API server would change nothing of a StatefulSet if this were applied; empty when it does not say. */
    private Optional<Boolean> changesNothing(StatefulSet wanted, StatefulSet whole) {
        if (!Objects.equals(wanted.getSpec().getReplicas(), whole.getSpec().getReplicas())
                || !images(wanted).equals(images(whole))) {
            return Optional.of(false);
        }
        if (System.nanoTime() - failed < AFTER_FAILURE.toNanos()) {
            return Optional.empty();
        }
        try {
            var dryRun = serverSideApply(true).withDryRun(List.of("All")).build();
            var is = whole.getMetadata();
            var after = client.resource(wanted).patch(dryRun).getMetadata();
            return Optional.of(Objects.equals(after.getGeneration(), is.getGeneration())
                    && Objects.equals(after.getLabels(), is.getLabels())
                    && Objects.equals(after.getAnnotations(), is.getAnnotations())
                    && Objects.equals(after.getOwnerReferences(), is.getOwnerReferences()));
        } catch (KubernetesClientException e) {
            if (refused(e)) {
                return Optional.of(false);
            }
            failed = System.nanoTime();
            return Optional.empty();
        }
    }

    private static List<String> images(StatefulSet set) {
        return set.getSpec().getTemplate().getSpec().getContainers().stream()
                .map(Container::getImage)
                .toList();
    }

    private static String version(HasMetadata object) {
        return object.getMetadata().getResourceVersion();
    }

    private String json(HasMetadata desired) {
        return client.getKubernetesSerialization().asJson(desired);
    }

    /** As the API server's answer would be read: numbers and empty fields compare only then. */
    @SuppressWarnings("unchecked")
    private <T extends HasMetadata> T plain(String json, T example) {
        return (T) client.getKubernetesSerialization().unmarshal(json, example.getClass());
    }

    private <T extends HasMetadata> @Nullable T cached(T desired) {
        var meta = desired.getMetadata();
        return cache(desired).get(meta.getNamespace(), meta.getName()).orElse(null);
    }

    @SuppressWarnings("unchecked")
    private <T extends HasMetadata> KindCache<T> cache(T object) {
        return (KindCache<T>) caches.of(object.getClass());
    }
}
