package dev.selvedge.operator.cache;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import org.jspecify.annotations.Nullable;

/**
 * The objects of one kind as the watches last said, with the operator's own writes laid over them until the watch has caught up. Without that
 * a pass that follows a write would not see it and write again. Of large objects only a part is kept at hand. Objects are shared: never change them.
 * Thread-safe.
 */
public final class KindCache<T extends HasMetadata> {
    private final Class<T> type;
    private final Map<String, SharedIndexInformer<T>> informers;
    private final Map<String, T> written = new ConcurrentHashMap<>();
    /** By uid. */
    private final Map<String, Compared> compared = new ConcurrentHashMap<>();

    private final @Nullable Archive<T> archive;

    private record Compared(String resourceVersion, String digest, boolean same) {}

    /**
     * A cache over informers that the caller starts and stops.
     *
     * @param informers by namespace; the empty string for all namespaces
     * @param archive where their whole objects are; null when they keep them whole
     */
    KindCache(Class<T> type, Map<String, SharedIndexInformer<T>> informers, @Nullable Archive<T> archive) {
        this.type = type;
        this.informers = Map.copyOf(informers);
        this.archive = archive;
    }

    public Class<T> type() {
        return type;
    }

    public Optional<T> get(String namespace, String name) {
        var informer = informer(namespace);
        return informer == null
                ? Optional.empty()
                : Optional.ofNullable(newest(informer, Cache.namespaceKeyFunc(namespace, name)));
    }

    /** All of an object of which this cache gave what is at hand; empty when it is gone meanwhile. */
    @SuppressWarnings("ReferenceEquality") // an own write is whole
    public Optional<T> whole(T object) {
        var key = Cache.metaNamespaceKeyFunc(object);
        return archive == null || object == written.get(key) ? Optional.of(object) : archive.get(key);
    }

    /** All objects of a namespace. */
    public List<T> list(String namespace) {
        var informer = informer(namespace);
        if (informer == null) {
            return List.of();
        }
        var found = new LinkedHashMap<String, T>();
        for (var item : informer.getIndexer().byIndex(Cache.NAMESPACE_INDEX, namespace)) {
            found.put(Cache.metaNamespaceKeyFunc(item), item);
        }
        for (var key : List.copyOf(written.keySet())) {
            if (key.startsWith(namespace + "/")) {
                var item = newest(informer, key);
                if (item != null) {
                    found.put(key, item);
                }
            }
        }
        return List.copyOf(found.values());
    }

    /** What an index of the informer that watches a namespace has under a value, own writes aside: for kinds that are only read. */
    List<T> indexed(String namespace, String index, String value) {
        var informer = informer(namespace);
        return informer == null ? List.of() : informer.getIndexer().byIndex(index, value);
    }

    /** All objects there are, own writes aside: for kinds that are only read. */
    public List<T> all() {
        var all = new ArrayList<T>();
        informers.values().forEach(informer -> all.addAll(informer.getIndexer().list()));
        return all;
    }

    /** Notes what the API server answered to a write. */
    public void wrote(T object) {
        var key = Cache.metaNamespaceKeyFunc(object);
        written.put(key, object);
        var informer = informer(object.getMetadata().getNamespace());
        if (informer != null) {
            newest(informer, key);
        }
    }

    /** Notes that this version of an object was compared with a text, by the text's digest, and whether it is as that says. */
    public void compared(T object, String digest, boolean same) {
        var meta = object.getMetadata();
        compared.put(meta.getUid(), new Compared(meta.getResourceVersion(), digest, same));
    }

    /** What was noted of that. To compare two objects costs a hundred times as much. */
    public Optional<Boolean> compared(T object, String digest) {
        var meta = object.getMetadata();
        return Optional.ofNullable(compared.get(meta.getUid()))
                .filter(is -> is.resourceVersion().equals(meta.getResourceVersion())
                        && is.digest().equals(digest))
                .map(Compared::same);
    }

    public void onChange(ChangeHandler<T> handler) {
        var events = new ResourceEventHandler<T>() {
            @Override
            public void onAdd(T object) {
                forgetWritten(object);
                handler.changed(null, object);
            }

            @Override
            public void onUpdate(T before, T after) {
                forgetWritten(after);
                handler.changed(before, after);
            }

            @Override
            public void onDelete(T object, boolean unknown) {
                written.remove(Cache.metaNamespaceKeyFunc(object));
                compared.remove(object.getMetadata().getUid());
                handler.changed(object, null);
            }
        };
        informers.values().forEach(informer -> informer.addEventHandler(events));
    }

    private void forgetWritten(T seen) {
        written.computeIfPresent(
                Cache.metaNamespaceKeyFunc(seen),
                (_, own) -> reached(seen.getMetadata().getResourceVersion(), own) ? null : own);
    }

    void forEachInformer(Consumer<SharedIndexInformer<T>> action) {
        informers.values().forEach(action);
    }

    /** Told of every change, on an informer's thread: it must return at once. */
    @FunctionalInterface
    public interface ChangeHandler<T> {
        void changed(@Nullable T before, @Nullable T after);
    }

    private @Nullable SharedIndexInformer<T> informer(String namespace) {
        var all = informers.get("");
        return all != null ? all : informers.get(namespace);
    }

    private @Nullable T newest(SharedIndexInformer<T> informer, String key) {
        var own = written.get(key);
        if (own != null && caughtUp(informer, own)) {
            written.remove(key, own);
            own = null;
        }
        return own != null ? own : informer.getIndexer().getByKey(key);
    }

    private static boolean caughtUp(SharedIndexInformer<?> informer, HasMetadata own) {
        return reached(informer.lastSyncResourceVersion(), own);
    }

    /** Resource versions of one kind grow; one that is no number counts as seen. */
    private static boolean reached(@Nullable String seen, HasMetadata own) {
        try {
            return seen == null
                    || seen.isEmpty()
                    || Long.parseUnsignedLong(seen)
                            >= Long.parseUnsignedLong(own.getMetadata().getResourceVersion());
        } catch (NumberFormatException _) {
            return true;
        }
    }
}
