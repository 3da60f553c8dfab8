package dev.selvedge.hub.health;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.Reasons;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Looks at what the hub's parts say, and tells what has become of the conditions of the hub's twin; nothing while they stay as they were. Any thread. */
public final class Health {
    private static final Logger LOG = LoggerFactory.getLogger(Health.class);
    private static final long STAND_MILLIS = Duration.ofSeconds(30).toMillis();

    private final Supplier<Facts> facts;
    private final Consumer<List<Condition>> told;
    private final InstantSource clock;
    private final StoreHealth store;
    private final Settled trouble = new Settled();
    private List<Condition> conditions;
    private boolean stopped;
    /** When the upstream was found connected and was not before; the latest time while it is not. */
    private long upSince = Long.MAX_VALUE;

    private volatile double hoursLeft = Double.NaN;

    /**
     * Nothing is told before the first {@link #look}.
     *
     * @param before what an earlier process told last: what did not change keeps its time
     */
    public Health(List<Condition> before, Supplier<Facts> facts, Consumer<List<Condition>> told, InstantSource clock) {
        this.conditions = List.copyOf(before);
        this.facts = facts;
        this.told = told;
        this.clock = clock;
        store = new StoreHealth(now(), before.stream().anyMatch(c -> c.reason().equals(Reasons.STORE_FULL)));
    }

    /** Hours until the store is full at the present rate: infinite when it is not filling, NaN in the first minutes. */
    public double hoursLeft() {
        return hoursLeft;
    }

    public synchronized void look() {
        if (stopped) {
            return;
        }
        var seen = facts.get();
        var millis = clock.millis();
        var now = new ArrayList<Condition>();
        now.add(store.ready(seen, millis));
        now.addAll(store.nearlyFull(seen, earlier(Condition.STORE_NEARLY_FULL), millis));
        now.addAll(upstream(seen, millis));
        hoursLeft = store.hoursLeft();
        tell(now.stream().map(this::since).toList());
    }

    /** From now on it tells nothing: parts that are being stopped are no news. */
    public synchronized void stop() {
        stopped = true;
    }

    private void tell(List<Condition> now) {
        if (now.equals(conditions)) {
            return;
        }
        for (var condition : now) {
            var earlier = earlier(condition.type());
            if (earlier.isEmpty() || !same(earlier.getFirst(), condition)) {
                LOG.atLevel(good(condition) ? Level.INFO : Level.WARN)
                        .log(
                                "{}={}: reason={} message={}",
                                condition.type(),
                                condition.status(),
                                condition.reason(),
                                condition.message());
            }
        }
        conditions = now;
        told.accept(now);
    }

    private static boolean good(Condition condition) {
        return condition.type().equals(Condition.STORE_NEARLY_FULL)
                != condition.status().equals(Condition.TRUE);
    }

    private static boolean same(Condition a, Condition b) {
        return a.status().equals(b.status())
                && a.reason().equals(b.reason())
                && a.message().equals(b.message());
    }

    private List<Condition> upstream(Facts seen, long millis) {
        var link = seen.upstream();
        if (link == null) {
            return List.of();
        }
        if (!link.tried()) {
            return earlier(Condition.UPSTREAM_CONNECTED);
        }
        upSince = link.connected() ? Math.min(upSince, millis) : Long.MAX_VALUE;
        var lost = earlier(Condition.UPSTREAM_CONNECTED).stream()
                .filter(earlier -> earlier.status().equals(Condition.FALSE))
                .filter(earlier -> earlier.message().startsWith(link.url() + ": "))
                .findFirst();
        if (link.connected() && lost.isPresent() && millis - upSince < STAND_MILLIS) {
            return List.of(disconnected(lost.get().message(), seen));
        }
        if (link.connected()) {
            trouble.clear();
            return List.of(Condition.of(
                    Condition.UPSTREAM_CONNECTED,
                    Condition.TRUE,
                    Reasons.CONNECTED,
                    "connected to " + link.url(),
                    seen.generation()));
        }
        return List.of(disconnected(
                link.url() + ": " + trouble.after(link.trouble(), millis) + "; messages wait in the store", seen));
    }

    private static Condition disconnected(String message, Facts seen) {
        return Condition.of(
                Condition.UPSTREAM_CONNECTED, Condition.FALSE, Reasons.DISCONNECTED, message, seen.generation());
    }

    private Condition since(Condition condition) {
        var earlier = earlier(condition.type());
        return condition.since(earlier.isEmpty() ? null : earlier.getFirst(), now().toString());
    }

    private List<Condition> earlier(String type) {
        return conditions.stream().filter(c -> c.type().equals(type)).toList();
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }
}
