package dev.selvedge.hub.kubernetes;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;

import dev.selvedge.hub.twin.StatusSink.State;
import dev.selvedge.identity.Identity;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The statuses that are to be written: of each twin the newest state, that which waits longest first. Any thread. */
final class StatusQueue {
    private static final Logger LOG = LoggerFactory.getLogger(StatusQueue.class);
    private static final int NOT_FOUND = 404;

    private final Function<Identity, @Nullable String> names;
    private final BiConsumer<String, State> write;
    private final Map<Identity, State> pending = new LinkedHashMap<>();

    /**
     * @param names the name of the twin that is in force; null when there is none
     * @param write writes the status of the twin of that name
     */
    StatusQueue(Function<Identity, @Nullable String> names, BiConsumer<String, State> write) {
        this.names = names;
        this.write = write;
    }

    /** A twin keeps its place in the queue: one that changes all the time must not wait for ever, nor be all that is written. */
    void changed(Identity identity, State state) {
        synchronized (pending) {
            pending.put(identity, state);
        }
    }

    /**
     * Writes a status, or lets it wait for its next turn. A conflict is another writer at the same moment, or another twin of that name: then the
     * state of the new one takes the place of this. Never throws: its timer would not call again, and no status would ever be written.
     */
    void writeOne() {
        var next = next();
        if (next == null) {
            return;
        }
        try {
            write.accept(next.name(), next.state());
        } catch (Throwable e) {
            failed(next, e);
        }
    }

    private @Nullable Waiting next() {
        synchronized (pending) {
            for (var entry : pending.entrySet()) {
                var name = names.apply(entry.getKey());
                if (name != null) {
                    pending.remove(entry.getKey());
                    return new Waiting(entry.getKey(), name, entry.getValue());
                }
            }
            return null;
        }
    }

    /** That the API server does not find a twin does not say that it is gone: one that does not serve its kind yet answers so too. */
    private void failed(Waiting waiting, Throwable failure) {
        var identity = waiting.identity();
        if (failure instanceof KubernetesClientException answer
                && answer.getCode() == NOT_FOUND
                && names.apply(identity) == null) {
            LOG.info("status belongs to a twin that is gone: identity={}", identity);
            return;
        }
        if (failure instanceof KubernetesClientException) {
            LOG.warn("status not written, it will be: identity={} reason={}", identity, failure.getMessage());
        } else {
            LOG.error("status not written, it will be: identity={}", identity, failure);
        }
        synchronized (pending) {
            pending.putIfAbsent(identity, waiting.state());
        }
    }

    private record Waiting(Identity identity, String name, State state) {}
}
