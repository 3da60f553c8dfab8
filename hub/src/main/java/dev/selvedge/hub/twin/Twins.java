package dev.selvedge.hub.twin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.hub.security.IdentityRegistry;
import dev.selvedge.hub.store.StateJournal;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Identity;
import dev.selvedge.twin.MergePatch;
import dev.selvedge.twin.PropertyRules;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The truth about every twin of the hub's device: desired properties from the source, reported ones from the clients, both on disk before
 * anybody is told. Desired ones that the disk refuses are told all the same: their source keeps them. At a cold start all is there without the
 * source. Any thread.
 */
public final class Twins implements TwinSource.Listener, IdentityRegistry {
    /** Most bytes of all reported properties of one twin: IoT Hub's limit. */
    public static final int MAX_REPORTED_BYTES = 32 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(Twins.class);
    private static final String PREFIX = "twin/";
    private static final String CONDITIONS = "conditions";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final StateJournal journal;
    private final StatusSink sink;
    private final Identity hub;
    private final List<TwinListener> listeners = new CopyOnWriteArrayList<>();
    private final Map<Identity, Twin> twins = new HashMap<>();
    private final Set<Identity> connected = new HashSet<>();
    private List<Condition> conditions = List.of();

    /**
     * Reads what is on disk.
     *
     * @param hub the hub's own identity: its twin is never removed, so that the last routes stay in force
     */
    public Twins(StateJournal journal, StatusSink sink, Identity hub) {
        this.journal = journal;
        this.sink = sink;
        this.hub = hub;
        journal.withPrefix(PREFIX).forEach((key, value) -> load(key.substring(PREFIX.length()), value));
        loadConditions();
        connected.add(hub);
        twins.keySet().forEach(this::show);
    }

    /** From now on the listener hears of changes. */
    public void listen(TwinListener listener) {
        listeners.add(listener);
    }

    public synchronized Optional<Twin> find(Identity identity) {
        return Optional.ofNullable(twins.get(identity));
    }

    /** How all twins are now. */
    public synchronized Map<Identity, StatusSink.State> states() {
        var states = new HashMap<Identity, StatusSink.State>();
        twins.forEach((identity, twin) -> states.put(identity, state(identity, twin)));
        return states;
    }

    @Override
    public Optional<Credentials> credentials(Identity identity) {
        return find(identity).map(Twin::credentials);
    }

    @Override
    public void desired(Identity identity, String uid, long version, Credentials credentials, ObjectNode desired) {
        Twin before;
        Twin after;
        CompletionStage<Void> written;
        synchronized (this) {
            before = twins.get(identity);
            after = before == null || !before.uid().equals(uid)
                    ? Twin.fresh(uid, credentials, Twin.plain(desired), version)
                    : before.withDesired(credentials, Twin.plain(desired), version);
            if (after.equals(before)) {
                return;
            }
            written = write(identity, after);
        }
        if (before != null && !before.uid().equals(uid)) {
            revoke(identity, "its identity was replaced");
        } else if (before != null && !before.credentials().equals(credentials)) {
            listeners.forEach(listener -> listener.credentialsChanged(identity));
        }
        var patch = MergePatch.difference(before == null ? desired.objectNode() : before.desired(), after.desired());
        written.whenComplete((_, failure) -> {
            if (failure != null) {
                // who asked for it has it, and says it again after a restart
                LOG.error("changed twin is not on disk, it is obeyed all the same: identity={}", identity, failure);
            }
            show(identity);
            listeners.forEach(listener -> listener.desiredChanged(identity, patch, version));
        });
    }

    @Override
    public void credentials(Identity identity, String uid, Credentials credentials) {
        find(identity).ifPresent(good -> {
            if (good.uid().equals(uid)) {
                desired(identity, uid, good.desiredVersion(), credentials, good.desired());
            } else {
                removed(identity);
            }
        });
    }

    @Override
    public void complete(Set<Identity> identities) {
        Set<Identity> gone;
        synchronized (this) {
            gone = new HashSet<>(twins.keySet());
        }
        gone.removeAll(identities);
        gone.forEach(this::removed);
    }

    @Override
    public void removed(Identity identity) {
        if (identity.equals(hub)) {
            LOG.warn("the hub's own twin is gone; the last configuration stays in force: identity={}", identity);
            return;
        }
        synchronized (this) {
            if (twins.remove(identity) == null) {
                return;
            }
            journal.remove(PREFIX + identity.path()).whenComplete((_, failure) -> {
                if (failure != null) {
                    LOG.error("removed twin is still on disk: identity={}", identity, failure);
                }
            });
        }
        revoke(identity, "its twin was removed");
    }

    /**
     * Merges a patch of reported properties. Completes with the new version when it is on disk; fails with {@link InvalidReportException} when
     * a rule is broken or there is no such twin, and as the journal does when the disk fails.
     */
    public CompletionStage<Long> report(Identity identity, ObjectNode patch) {
        var violation = PropertyRules.violation(patch);
        if (violation.isPresent()) {
            return invalid(violation.get());
        }
        synchronized (this) {
            var twin = twins.get(identity);
            if (twin == null) {
                return invalid("this hub has no twin of " + identity);
            }
            var merged = MergePatch.apply(twin.reported(), patch);
            var bytes = merged.toString().getBytes(StandardCharsets.UTF_8).length;
            if (bytes > MAX_REPORTED_BYTES) {
                return invalid("all reported properties together would have " + bytes + " bytes, at most "
                        + MAX_REPORTED_BYTES + " are allowed");
            }
            var after = twin.withReported(merged);
            return write(identity, after).thenApply(_ -> {
                show(identity);
                return after.reportedVersion();
            });
        }
    }

    /**
     * A client connected as this identity, or is gone.
     *
     * @param isConnected whether one is connected, asked one change after the other: when one comes while another goes, the later has the truth
     */
    public void connection(Identity identity, BooleanSupplier isConnected) {
        synchronized (this) {
            if (!(isConnected.getAsBoolean() ? connected.add(identity) : connected.remove(identity))) {
                return;
            }
        }
        show(identity);
    }

    /** What the hub found out about itself, as it is shown on its own twin. */
    public synchronized List<Condition> conditions() {
        return conditions;
    }

    /** Shows on the hub's own twin what it found out about itself; the next start begins with it. */
    public void conditions(List<Condition> found) {
        synchronized (this) {
            conditions = List.copyOf(found);
        }
        show(hub);
        try {
            journal.put(CONDITIONS, JSON.writeValueAsBytes(found)).whenComplete((_, failure) -> {
                if (failure != null) {
                    LOG.error("the hub's conditions were not kept for the next start", failure);
                }
            });
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("conditions that cannot be written", e);
        }
    }

    private CompletionStage<Void> write(Identity identity, Twin twin) {
        twins.put(identity, twin);
        return journal.put(PREFIX + identity.path(), twin.toBytes());
    }

    /** Under the lock: of two changes at once, the later is shown last. */
    private synchronized void show(Identity identity) {
        var twin = twins.get(identity);
        if (twin != null) {
            sink.changed(identity, state(identity, twin));
        }
    }

    private StatusSink.State state(Identity identity, Twin twin) {
        return new StatusSink.State(
                twin.uid(),
                twin.reported(),
                twin.desiredVersion(),
                twin.reportedVersion(),
                connected.contains(identity),
                identity.equals(hub) ? conditions : List.of());
    }

    private void revoke(Identity identity, String why) {
        listeners.forEach(listener -> listener.revoked(identity, why));
    }

    private void load(String path, byte[] value) {
        var identity = Identity.parse(path);
        try {
            twins.put(identity.orElseThrow(() -> new IOException("no identity")), Twin.fromBytes(value));
        } catch (IOException | IllegalArgumentException e) {
            LOG.error("twin on disk cannot be read and is left out: identity={}", path, e);
        }
    }

    private void loadConditions() {
        var saved = journal.get(CONDITIONS);
        if (saved == null) {
            return;
        }
        try {
            conditions = List.of(JSON.readValue(saved, Condition[].class));
        } catch (IOException e) {
            LOG.error("the hub's conditions of an earlier start cannot be read", e);
        }
    }

    private static <T extends @Nullable Object> CompletionStage<T> invalid(String why) {
        return CompletableFuture.failedFuture(new InvalidReportException(why));
    }
}
