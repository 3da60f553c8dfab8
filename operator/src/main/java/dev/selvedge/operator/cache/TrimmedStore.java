package dev.selvedge.operator.cache;

import java.util.function.UnaryOperator;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import org.jspecify.annotations.Nullable;

/** Keeps of each object only what the operator reads often, and the whole of it in an archive if there is one. */
final class TrimmedStore<T extends HasMetadata> extends BasicItemStore<T> {
    private final UnaryOperator<T> trim;
    private final @Nullable Archive<T> archive;

    TrimmedStore(UnaryOperator<T> trim, @Nullable Archive<T> archive) {
        super(Cache::metaNamespaceKeyFunc);
        this.trim = trim;
        this.archive = archive;
    }

    @Override
    public T put(String key, T object) {
        if (archive != null) {
            archive.put(key, object);
        }
        return super.put(key, trim.apply(object));
    }

    @Override
    public T remove(String key) {
        if (archive != null) {
            archive.remove(key);
        }
        return super.remove(key);
    }
}
