package dev.selvedge.bench.soak;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import dev.selvedge.bench.load.Crowd.Admission;
import dev.selvedge.bench.load.Publisher;
import org.HdrHistogram.Histogram;

/**
 * A module that publishes 1, 2, 3, … at a steady pace, one in flight, each again and again until it is acknowledged. A thread of its own.
 */
final class Source implements AutoCloseable {
    private static final int PAYLOAD_BYTES = 256;
    private static final long RETRY_MILLIS = 100;

    private final int number;
    private final Admission admission;
    private final long paceNanos;
    private final Histogram latencies = new Histogram(3);
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicLong attempts = new AtomicLong();
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final Thread thread;

    Source(int number, Admission admission, double perSecond) {
        this.number = number;
        this.admission = admission;
        paceNanos = Math.round(1e9 / perSecond);
        thread = Thread.ofPlatform().daemon().name("source-" + number).start(this::run);
    }

    private void run() {
        while (!stopping.get()) {
            try (var publisher =
                    new Publisher(admission.publisher(number), number, acknowledged.get() + 1, PAYLOAD_BYTES)) {
                publish(publisher);
            } catch (IOException _) {
                // the hub is away: the same number again, on a new connection
                sleep(TimeUnit.MILLISECONDS.toNanos(RETRY_MILLIS));
            }
        }
    }

    private void publish(Publisher publisher) throws IOException {
        var due = System.nanoTime();
        while (!stopping.get()) {
            attempts.incrementAndGet();
            publisher.run(1, 1, Long.MAX_VALUE, latencies);
            acknowledged.incrementAndGet();
            due = Math.max(due + paceNanos, System.nanoTime() - TimeUnit.SECONDS.toNanos(1));
            sleep(due - System.nanoTime());
        }
    }

    private static void sleep(long nanos) {
        try {
            TimeUnit.NANOSECONDS.sleep(nanos);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    int number() {
        return number;
    }

    /** The last number that was acknowledged. */
    long acknowledged() {
        return acknowledged.get();
    }

    /** How often something was published, repeats included. */
    long attempts() {
        return attempts.get();
    }

    /** Publishes nothing more; returns when the last one is acknowledged, or given up with its connection. */
    @Override
    public void close() {
        stopping.set(true);
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
