package dev.selvedge.operator.cache;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;

/**
 * Keeps of each object its identity and its generation. For the framework, which holds all objects of a kind a second time to know when one changes;
 * reconcilers read {@link ClusterCaches}. Serves one watch: two would take each other's objects for gone.
 */
public final class IdentityStore<T extends CustomResource<?, ?>> extends BasicItemStore<T> {
    public IdentityStore() {
        super(Cache::metaNamespaceKeyFunc);
    }

    /** The object is as it came from the API server, and nobody else has it: it is changed. */
    @Override
    public T put(String key, T object) {
        object.setMetadata(Trim.bare(Trim.identity(object.getMetadata()).build()));
        object.setSpec(null);
        object.setStatus(null);
        return super.put(key, object);
    }
}
