package dev.selvedge.e2e;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

import dev.selvedge.e2e.Ledger.Stream;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;

/**
 * What a sensor says: of each reading that the hub has acknowledged it, and at last that it ends.
 *
 * @param source of its readings
 */
record SensorLog(String source, String text) {
    private static final Pattern ACKNOWLEDGED = Pattern.compile("run (\\S+) acknowledged (\\d+)");
    private static final Pattern BEGIN = Pattern.compile("(?m)^run \\S+ starts$");
    private static final Pattern END = Pattern.compile("(?m)^run \\S+ ends$");
    private static final int SHOWN = 1000;

    /** One that is read while it is written, to its end: with the pod it is gone. */
    interface Followed {
        /** Waits for the end of the sensor; throws IllegalStateException when the log stops before it says so. */
        SensorLog whole(Duration limit);
    }

    /** Until now. */
    static SensorLog read(KubernetesClient client, Pod pod, String source) {
        return new SensorLog(
                source, before(client, pod) + client.pods().resource(pod).getLog());
    }

    /** What the container before said, where the sensor ended by itself and was started again. */
    private static String before(KubernetesClient client, Pod pod) {
        var restarts = pod.getStatus().getContainerStatuses().getFirst().getRestartCount();
        return restarts == 0 ? "" : client.pods().resource(pod).terminated().getLog() + "\n";
    }

    /** Begins to follow one. */
    static Followed follow(KubernetesClient client, Pod pod, String source) {
        var before = before(client, pod);
        var watch = client.pods().resource(pod).watchLog();
        var text = new FutureTask<>(() -> {
            try (watch) {
                return new String(watch.getOutput().readAllBytes(), StandardCharsets.UTF_8);
            }
        });
        Thread.startVirtualThread(text);
        return limit -> {
            var last = new SensorLog(source, get(text, limit, source)).requireEnd();
            return new SensorLog(source, before + last.text());
        };
    }

    private static String get(FutureTask<String> text, Duration limit, String source) {
        try {
            return text.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the log of " + source + " cannot be read to its end", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Whether the container that runs now has come so far that it will say when it ends. */
    static boolean hasBegun(KubernetesClient client, Pod pod) {
        return BEGIN.matcher(client.pods().resource(pod).getLog()).find();
    }

    SensorLog requireEnd() {
        if (!END.matcher(text).find()) {
            throw new IllegalStateException("the log of " + source
                    + " stops before the sensor said that it ends, so what it published last is not known:\n"
                    + text.substring(Math.max(0, text.length() - SHOWN)));
        }
        return this;
    }

    /** Enters how far the sensor's readings were acknowledged. */
    void enter(Ledger ledger) {
        var lines = ACKNOWLEDGED.matcher(text);
        while (lines.find()) {
            ledger.acknowledged(new Stream(source, lines.group(1)), Long.parseLong(lines.group(2)));
        }
    }
}
