package dev.selvedge.hub.page;

import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.selvedge.api.v1alpha1.Upstream;
import dev.selvedge.hub.log.Problems;
import dev.selvedge.hub.routing.InForce;
import dev.selvedge.hub.routing.RouterHolder;
import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.store.StoreStats;
import dev.selvedge.hub.twin.Twins;
import dev.selvedge.hub.upstream.Uplink;
import org.jspecify.annotations.Nullable;

/** Asks the parts of a running hub how they are. Any thread; it may read a disk. */
public final class StatusReader {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String device;
    private final MessageStore store;
    private final RouterHolder routers;
    private final Twins twins;
    private final Uplink uplink;
    private final Problems problems;
    private final InstantSource clock;

    public StatusReader(
            String device,
            MessageStore store,
            RouterHolder routers,
            Twins twins,
            Uplink uplink,
            Problems problems,
            InstantSource clock) {
        this.device = device;
        this.store = store;
        this.routers = routers;
        this.twins = twins;
        this.uplink = uplink;
        this.problems = problems;
        this.clock = clock;
    }

    /** How the hub is now. */
    public Status read() throws IOException {
        var now = clock.instant();
        var stats = store.stats();
        var inForce = routers.current();
        var limit = stats.maxBytes() == Long.MAX_VALUE ? null : stats.maxBytes();
        return new Status(
                device,
                now.toString(),
                inForce.isPresent(),
                new Status.Store(stats.bytes(), limit, stats.volumeLow(), stats.lost()),
                upstream(inForce.map(InForce::configuration)
                        .map(configuration -> configuration.upstream())
                        .orElse(null)),
                queues(stats, now),
                inForce.map(StatusReader::routes).orElse(List.of()),
                twins(),
                problems.last());
    }

    private Status.@Nullable Upstream upstream(@Nullable Upstream upstream) {
        if (upstream == null) {
            return null;
        }
        var kinds = JSON.valueToTree(upstream).properties();
        return kinds.stream()
                .findFirst()
                .map(kind -> new Status.Upstream(
                        kind.getKey(), kind.getValue().path("url").asText(), uplink.connected()))
                .orElse(null);
    }

    private List<Status.Queue> queues(StoreStats stats, Instant now) throws IOException {
        var byEndpoint = new TreeMap<String, List<StoreStats.Queue>>();
        stats.queues()
                .forEach(queue -> byEndpoint
                        .computeIfAbsent(queue.endpoint(), _ -> new ArrayList<>())
                        .add(queue));
        var queues = new ArrayList<Status.Queue>();
        for (var entry : byEndpoint.entrySet()) {
            queues.add(queue(entry.getKey(), entry.getValue(), now));
        }
        return queues;
    }

    private Status.Queue queue(String endpoint, List<StoreStats.Queue> priorities, Instant now) throws IOException {
        var oldest = store.queue(endpoint).oldestMillis();
        var dropped = new TreeMap<String, Long>();
        priorities.forEach(
                queue -> queue.dropped().forEach((reason, count) -> dropped.merge(reason, count, Long::sum)));
        return new Status.Queue(
                endpoint,
                priorities.stream().mapToLong(StoreStats.Queue::queued).sum(),
                oldest == 0 ? null : Math.max(0, now.toEpochMilli() - oldest) / 1000,
                priorities.stream().mapToLong(StoreStats.Queue::received).sum(),
                priorities.stream().mapToLong(StoreStats.Queue::delivered).sum(),
                priorities.stream().mapToLong(StoreStats.Queue::expired).sum(),
                priorities.stream().mapToLong(StoreStats.Queue::quarantined).sum(),
                dropped);
    }

    private static List<Status.Route> routes(InForce inForce) {
        var router = inForce.router();
        var taken = router.taken();
        return inForce.configuration().routes().entrySet().stream()
                .map(route -> new Status.Route(
                        route.getKey(),
                        route.getValue().route(),
                        route.getValue().priority(),
                        taken.getOrDefault(route.getKey(), 0L),
                        router.problems().get(route.getKey())))
                .toList();
    }

    private List<Status.Twin> twins() {
        var twinsByPath = new TreeMap<String, Status.Twin>();
        for (var entry : twins.states().entrySet()) {
            var path = entry.getKey().path();
            var state = entry.getValue();
            twinsByPath.put(
                    path, new Status.Twin(path, state.connected(), state.desiredVersion(), state.reportedVersion()));
        }
        return List.copyOf(twinsByPath.values());
    }
}
