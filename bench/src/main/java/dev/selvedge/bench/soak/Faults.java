package dev.selvedge.bench.soak;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

import dev.selvedge.bench.server.Hub;
import dev.selvedge.bench.server.Mosquitto;

/** What goes wrong, one thing after the other, at random times. Each is over when the next begins. */
final class Faults {
    private final Random random;
    private final Hub hub;
    private final Mosquitto upstream;
    private final Sink module;
    private final Map<Kind, Integer> counts = new EnumMap<>(Kind.class);

    /** The kinds of faults. */
    enum Kind {
        HUB_KILLED,
        UPSTREAM_AWAY,
        RECEIVER_AWAY,
        RECEIVER_SLOW
    }

    Faults(Random random, Hub hub, Mosquitto upstream, Sink module) {
        this.random = random;
        this.hub = hub;
        this.upstream = upstream;
        this.module = module;
    }

    /** Makes something go wrong and right again; the hub is killed only if it may be. */
    void next(boolean mayKill) throws IOException {
        var kinds = Kind.values();
        var kind = kinds[mayKill ? random.nextInt(kinds.length) : 1 + random.nextInt(kinds.length - 1)];
        counts.merge(kind, 1, Integer::sum);
        switch (kind) {
            case HUB_KILLED -> {
                hub.kill();
                hub.restart();
            }
            case UPSTREAM_AWAY -> {
                upstream.stop();
                sleep(1, 10);
                upstream.restart();
            }
            case RECEIVER_AWAY -> {
                module.away(true);
                sleep(0.2, 8);
                module.away(false);
            }
            case RECEIVER_SLOW -> {
                module.pause(5 + random.nextInt(20));
                sleep(3, 12);
                module.pause(0);
            }
        }
    }

    /** Lets nothing go wrong for some seconds. */
    void sleep(double atLeast, double atMost) throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(Math.round(1e3 * random.nextDouble(atLeast, atMost)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public String toString() {
        return counts.toString();
    }
}
