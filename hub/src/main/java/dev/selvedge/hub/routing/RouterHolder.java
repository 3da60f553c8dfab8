package dev.selvedge.hub.routing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.hub.store.StateJournal;
import dev.selvedge.hub.twin.Twin;
import dev.selvedge.hub.twin.TwinListener;
import dev.selvedge.hub.twin.Twins;
import dev.selvedge.identity.Identity;
import dev.selvedge.plan.HubConfiguration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the configuration in force: the last desired properties of {@code $edgeHub} that could be understood. What became of them is told in
 * its reported properties, as edgeHub does. Any thread.
 */
public final class RouterHolder {
    private static final Logger LOG = LoggerFactory.getLogger(RouterHolder.class);
    private static final int OK = 200;
    private static final int BAD = 400;
    private static final int MAX_DESCRIPTION = 1000;

    private static final String LAST_GOOD = "configuration";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Twins twins;
    private final Identity hub;
    private final StateJournal journal;
    private final List<Consumer<InForce>> observers = new CopyOnWriteArrayList<>();
    private volatile @Nullable InForce current;

    /** Takes the configuration that is on disk, and follows its changes from now on. */
    public RouterHolder(Twins twins, Identity hub, StateJournal journal) {
        this.twins = twins;
        this.hub = hub;
        this.journal = journal;
        twins.find(hub).ifPresent(this::apply);
        if (current == null) {
            takeLastGood();
        }
        twins.listen(new Follower());
    }

    /** What is desired now cannot be understood: an earlier start could. */
    private void takeLastGood() {
        var saved = journal.get(LAST_GOOD);
        if (saved == null) {
            return;
        }
        try {
            var configuration = HubConfiguration.parse((ObjectNode) JSON.readTree(saved));
            current = new InForce(configuration, Router.of(configuration));
            LOG.warn(
                    "the configuration of an earlier start is in force: routes={}",
                    configuration.routes().size());
        } catch (IOException | IllegalArgumentException e) {
            LOG.error("the configuration of an earlier start cannot be read", e);
        }
    }

    /** Empty until the hub has been told what to obey: until then no client is let in, since its messages would be lost. */
    public Optional<InForce> current() {
        return Optional.ofNullable(current);
    }

    /** The inputs of a client that routes lead to: only modules of the hub's own device have any. */
    public Set<String> inputs(Identity client) {
        var now = current;
        var module = client.moduleId();
        return now == null || module == null || !client.deviceId().equals(hub.deviceId())
                ? Set.of()
                : now.router().inputs(module);
    }

    /** Calls the observer now if there is a configuration, and whenever there is another; on the thread that brought it. */
    public synchronized void onChange(Consumer<InForce> observer) {
        observers.add(observer);
        current().ifPresent(observer);
    }

    private synchronized void apply(Twin twin) {
        try {
            var desired = HubConfiguration.parse(twin.desired());
            var problems = Router.of(desired).problems();
            var before = current;
            var configuration = withLastGood(desired, problems.keySet(), before);
            var next = new InForce(configuration, Router.of(configuration));
            if (before == null || !before.configuration().equals(configuration)) {
                current = next;
                keep(configuration);
                LOG.info(
                        "configuration in force: version={} routes={} problems={}",
                        twin.desiredVersion(),
                        configuration.routes().size(),
                        problems);
                observers.forEach(observer -> observer.accept(next));
            }
            var description = problems.entrySet().stream()
                    .map(problem -> "route '" + problem.getKey() + "': " + problem.getValue())
                    .collect(Collectors.joining("; "));
            tell(twin, problems.isEmpty() ? OK : BAD, description);
        } catch (IllegalArgumentException e) {
            LOG.error("configuration refused, the last one stays in force: version={}", twin.desiredVersion(), e);
            tell(twin, BAD, String.valueOf(e.getMessage()));
        }
    }

    /** A route that cannot be understood stays as it was, if it could be before. */
    private static HubConfiguration withLastGood(
            HubConfiguration desired, Set<String> unreadable, @Nullable InForce before) {
        var routes = new TreeMap<>(desired.routes());
        for (var name : unreadable) {
            var last = before == null ? null : before.configuration().routes().get(name);
            if (last != null) {
                routes.put(name, last);
            }
        }
        return desired.with(routes);
    }

    private void keep(HubConfiguration configuration) {
        var bytes = configuration.toDesired().toString().getBytes(StandardCharsets.UTF_8);
        if (!Arrays.equals(bytes, journal.get(LAST_GOOD))) {
            journal.put(LAST_GOOD, bytes).whenComplete((_, failure) -> {
                if (failure != null) {
                    LOG.error("the configuration in force was not kept for the next start", failure);
                }
            });
        }
    }

    private void tell(Twin twin, int code, String why) {
        var description = clip(why);
        var told = twin.reported();
        if (told.path("lastDesiredVersion").asLong() == twin.desiredVersion()
                && told.at("/lastDesiredStatus/code").asInt() == code
                && told.at("/lastDesiredStatus/description").asText().equals(description)) {
            return;
        }
        var status = JsonNodeFactory.instance.objectNode();
        status.put("schemaVersion", "1.0");
        status.put("lastDesiredVersion", twin.desiredVersion());
        status.putObject("lastDesiredStatus").put("code", code).put("description", description);
        twins.report(hub, status).whenComplete((_, failure) -> {
            if (failure != null) {
                LOG.error("the status of the configuration was not written", failure);
            }
        });
    }

    private static String clip(String description) {
        var bytes = description.getBytes(StandardCharsets.UTF_8).length;
        return bytes <= MAX_DESCRIPTION ? description : description.substring(0, MAX_DESCRIPTION / 4) + "…";
    }

    private final class Follower implements TwinListener {
        @Override
        public void desiredChanged(Identity identity, ObjectNode patch, long version) {
            if (identity.equals(hub)) {
                twins.find(hub).ifPresent(RouterHolder.this::apply);
            }
        }

        @Override
        public void credentialsChanged(Identity identity) {}

        @Override
        public void revoked(Identity identity, String why) {
            // the hub's own twin in another life brings its desired properties with it
        }
    }
}
