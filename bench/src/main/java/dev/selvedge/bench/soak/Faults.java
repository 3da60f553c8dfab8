package dev.selvedge.bench.soak;

import java.io.IOException;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import dev.selvedge.bench.server.FaultyDisk;
import dev.selvedge.bench.server.Hub;
import dev.selvedge.bench.server.Mosquitto;

/** What goes wrong, one thing after the other, at random times. Each is over when the next begins. */
final class Faults {
    /** A thousand times 10 ms or more, and nothing was written: then it is killed between two writes. */
    private static final int TRIES = 1000;

    private static final int DAY = 86_400;

    private final Random random;
    private final Hub hub;
    private final FaultyDisk disk;
    private final Mosquitto upstream;
    private final Uplink uplink;
    private final Sink module;
    private final Map<Kind, Integer> counts = new EnumMap<>(Kind.class);

    /** The kinds of faults. */
    enum Kind {
        HUB_KILLED,
        WRITE_TORN,
        POWER_CUT,
        BIT_FLIPPED,
        DISK_FULL,
        SYNC_FAILED,
        DISK_SLOW,
        CLOCK_WRONG,
        UPSTREAM_AWAY,
        ANSWERS_LOST,
        LINK_SILENT,
        RECEIVER_AWAY,
        RECEIVER_SLOW;

        static final List<Kind> ALL = List.of(values());
        private static final Set<Kind> DEADLY = EnumSet.of(HUB_KILLED, WRITE_TORN, POWER_CUT, BIT_FLIPPED);
        /** Those that leave the hub's process alone. */
        static final List<Kind> SURVIVED = List.copyOf(EnumSet.complementOf(EnumSet.copyOf(DEADLY)));
    }

    Faults(Random random, Hub hub, FaultyDisk disk, Mosquitto upstream, Uplink uplink, Sink module) {
        this.random = random;
        this.hub = hub;
        this.disk = disk;
        this.upstream = upstream;
        this.uplink = uplink;
        this.module = module;
    }

    /** Makes something go wrong and right again, and says what; the hub's process is ended only if it may be. */
    Kind next(boolean mayEnd) throws IOException {
        var kinds = mayEnd ? Kind.ALL : Kind.SURVIVED;
        var kind = kinds.get(random.nextInt(kinds.size()));
        counts.merge(kind, 1, Integer::sum);
        switch (kind) {
            case HUB_KILLED -> {
                hub.kill();
                hub.restart();
            }
            case WRITE_TORN -> endAt("kill");
            case POWER_CUT -> endAt("cut");
            case BIT_FLIPPED -> flipBit();
            case DISK_FULL -> fail(0.5, 5, "write /log- ENOSPC " + random.nextInt(20_000) + " -1");
            case SYNC_FAILED -> fail(0.5, 2, "sync /log- EIO 0 1");
            case DISK_SLOW -> fail(3, 12, "sync / delay " + random.nextInt(10, 500) + " -1");
            case CLOCK_WRONG -> fail(1, 8, "clock clock shift " + (random.nextBoolean() ? DAY : -DAY) + " -1");
            case UPSTREAM_AWAY -> {
                upstream.stop();
                sleep(1, 10);
                upstream.restart();
            }
            case ANSWERS_LOST -> lose(Uplink.Passage.NO_ANSWERS, 0.02, 1);
            case LINK_SILENT -> lose(Uplink.Passage.NOTHING, 1, 20);
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
        return kind;
    }

    /** The process ends in the middle of a write. */
    private void endAt(String end) throws IOException {
        disk.fail("write /log- " + end + " " + random.nextInt(100_000) + " 1");
        for (int tries = 0; hub.alive() && tries < TRIES; tries++) {
            sleep(0.01, 0.02);
        }
        disk.heal();
        hub.kill();
        hub.restart();
    }

    /** While messages wait for the upstream, the hub is killed, and before it comes back one bit of what it has stored is another. */
    private void flipBit() throws IOException {
        upstream.stop();
        sleep(0.5, 4);
        hub.kill();
        Segments.flipBit(hub.data(), random);
        hub.restart();
        upstream.restart();
    }

    private void lose(Uplink.Passage passage, double atLeast, double atMost) throws IOException {
        uplink.pass(passage);
        sleep(atLeast, atMost);
        uplink.cut();
    }

    private void fail(double atLeast, double atMost, String rule) throws IOException {
        disk.fail(rule);
        sleep(atLeast, atMost);
        disk.heal();
    }

    /** How often something of a kind went wrong. */
    int count(Kind kind) {
        return counts.getOrDefault(kind, 0);
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
