package dev.selvedge.hub.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;

/**
 * A link between two addresses with delay, loss, bandwidth and outages, packet for packet, so that TCP is the kernel's own: what {@code tc netem}
 * does, for kernels without it. It is one tun device: whoever connects to the far address reaches who listens at the near one, because each
 * packet comes back with its two addresses exchanged (which leaves its checksums right). Unlike netem, jitter reorders nothing.
 */
final class Link {
    private static final int QUEUE_MILLIS = 1000;
    private static final int SOURCE = 12;
    private static final int DESTINATION = 16;
    private static final int ADDRESS_BYTES = 4;
    private static final int TCP = 6;

    private final String near;
    private final String far;
    private final int port;
    private final Tun tun;
    private final Random random = new Random(20261125);
    private final DelayQueue<Packet> onTheWay = new DelayQueue<>();
    private final Direction up = new Direction();
    private final Direction down = new Direction();
    private volatile Quality quality = Quality.PERFECT;
    private volatile boolean cut;

    /**
     * Makes the device, at first a perfect link; only for a network namespace of one's own.
     *
     * @param number from 0, for its name and addresses
     * @param port where the broker listens, to tell up from down
     */
    Link(int number, int port) throws IOException, InterruptedException {
        this.port = port;
        near = "10.77." + number + ".1";
        far = "10.77." + number + ".2";
        var name = "link" + number;
        tun = new Tun(name);
        ip("address", "add", near + "/30", "dev", name);
        ip("link", "set", name, "up");
        Thread.ofPlatform().daemon().name(name + "-in").start(this::take);
        Thread.ofPlatform().daemon().name(name + "-out").start(this::give);
    }

    /** Runs {@code ip} of iproute2. */
    static void ip(String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        var ended = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (ended != 0) {
            throw new IOException(command + " failed");
        }
    }

    /** Where the broker listens. */
    String near() {
        return near;
    }

    /** Where the hub connects to. */
    String far() {
        return far;
    }

    void quality(Quality now) {
        quality = now;
    }

    /** While it is cut every packet is lost, and nobody is told. */
    void cut(boolean now) {
        cut = now;
    }

    private void take() {
        try {
            while (true) {
                var packet = tun.read();
                if (packet.length > 2 * DESTINATION && packet[0] >> 4 == 4 && packet[9] == TCP && !cut) {
                    enter(packet);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void enter(byte[] packet) {
        var header = (packet[0] & 0xf) * 4;
        var destination = ((packet[header + 2] & 0xff) << 8) | (packet[header + 3] & 0xff);
        var direction = destination == port ? up : down;
        if (random.nextDouble() < quality.loss()) {
            return;
        }
        var arrives = direction.pass(packet.length, System.nanoTime());
        if (arrives >= 0) {
            onTheWay.add(new Packet(exchanged(packet), arrives));
        }
    }

    private static byte[] exchanged(byte[] packet) {
        var other = packet.clone();
        System.arraycopy(packet, SOURCE, other, DESTINATION, ADDRESS_BYTES);
        System.arraycopy(packet, DESTINATION, other, SOURCE, ADDRESS_BYTES);
        return other;
    }

    private void give() {
        try {
            while (true) {
                var packet = onTheWay.take();
                if (!cut) {
                    tun.write(packet.bytes());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * How good a link is.
     *
     * @param delay of each direction
     * @param jitter the delay is this much longer or shorter, evenly
     * @param loss share of the packets that are lost
     * @param bitsPerSecond of each direction
     */
    record Quality(Duration delay, Duration jitter, double loss, double bitsPerSecond) {
        static final Quality PERFECT = new Quality(Duration.ZERO, Duration.ZERO, 0, Double.POSITIVE_INFINITY);
    }

    /** One direction: what leaves waits for what is before it. */
    private final class Direction {
        private long freeAt = Long.MIN_VALUE;
        private long lastArrival = Long.MIN_VALUE;

        /** When a packet arrives; −1 if too much waits already. */
        long pass(int bytes, long now) {
            var start = Math.max(now, freeAt);
            if (start - now > TimeUnit.MILLISECONDS.toNanos(QUEUE_MILLIS)) {
                return -1;
            }
            freeAt = start + (long) (bytes * 8 * 1e9 / quality.bitsPerSecond());
            var jitter = (2 * random.nextDouble() - 1) * quality.jitter().toNanos();
            lastArrival = Math.max(lastArrival, freeAt + quality.delay().toNanos() + (long) jitter);
            return lastArrival;
        }
    }

    private record Packet(byte[] bytes, long arrives) implements Delayed {
        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(arrives - System.nanoTime(), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(arrives, ((Packet) other).arrives);
        }
    }
}
