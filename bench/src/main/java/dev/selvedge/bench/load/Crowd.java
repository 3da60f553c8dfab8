package dev.selvedge.bench.load;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.HdrHistogram.Histogram;

/** Publishers that publish together, each on a thread of its own and as fast as it is acknowledged. */
public final class Crowd implements AutoCloseable {
    private final List<Publisher> publishers = new ArrayList<>();

    /** How the publishers reach their server. */
    @FunctionalInterface
    public interface Admission {
        Access publisher(int number) throws IOException;
    }

    /**
     * Connects them.
     *
     * @param admission that of publisher 0, 1, …
     */
    public Crowd(int size, int payloadBytes, Admission admission) throws IOException {
        try {
            for (int i = 0; i < size; i++) {
                publishers.add(new Publisher(admission.publisher(i), i, 1, payloadBytes));
            }
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** Publishes for some seconds. */
    public Rate publish(int inFlight, double seconds) throws IOException {
        return together(inFlight, Long.MAX_VALUE, seconds);
    }

    /** Publishes a number of messages, which is the same for each publisher. */
    public Rate publishAll(int inFlight, long messages) throws IOException {
        var start = System.nanoTime();
        var each = messages / publishers.size();
        var rate = together(inFlight, each, 3600);
        var seconds = (System.nanoTime() - start) / 1e9;
        return new Rate(each * publishers.size(), seconds, rate.latencies());
    }

    private Rate together(int inFlight, long messages, double seconds) throws IOException {
        var go = new CountDownLatch(1);
        var all = new Histogram(3);
        try (var threads =
                Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            var ends = new long[1];
            var counts = new ArrayList<Future<Long>>();
            var histograms = new ArrayList<Histogram>();
            for (var publisher : publishers) {
                var latencies = new Histogram(3);
                histograms.add(latencies);
                counts.add(threads.submit((Callable<Long>) () -> {
                    go.await();
                    return publisher.run(inFlight, messages, ends[0], latencies);
                }));
            }
            ends[0] = System.nanoTime() + Math.round(seconds * 1e9);
            go.countDown();
            var acknowledged = 0L;
            for (var count : counts) {
                acknowledged += count.get();
            }
            histograms.forEach(all::add);
            return new Rate(acknowledged, seconds, all);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IOException("a publisher failed: " + e.getCause(), e);
        }
    }

    @Override
    public void close() throws IOException {
        for (var publisher : publishers) {
            publisher.close();
        }
    }

    /**
     * What came of it.
     *
     * @param latencies from publish to acknowledgement, microseconds
     */
    public record Rate(long acknowledged, double seconds, Histogram latencies) {
        public double perSecond() {
            return acknowledged / seconds;
        }

        /** A percentile of the latencies, milliseconds. */
        public double millis(double percentile) {
            return latencies.getValueAtPercentile(percentile) / 1e3;
        }
    }
}
