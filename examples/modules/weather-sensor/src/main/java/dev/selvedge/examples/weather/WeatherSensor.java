package dev.selvedge.examples.weather;

import com.microsoft.azure.sdk.iot.device.IotHubClientProtocol;
import com.microsoft.azure.sdk.iot.device.Message;
import com.microsoft.azure.sdk.iot.device.ModuleClient;
import com.microsoft.azure.sdk.iot.device.exceptions.IotHubClientException;
import com.microsoft.azure.sdk.iot.device.transport.ExponentialBackoffWithJitter;
import com.microsoft.azure.sdk.iot.device.twin.TwinCollection;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * An IoT Edge module that replays hourly weather normals. Every reading carries the run it belongs to and a number that grows by one, so that a
 * receiver can tell whether any is missing. The next reading is sent when the hub has acknowledged the last one.
 */
public final class WeatherSensor {
    private static final String OUTPUT = "weatherOutput";
    private static final double DEFAULT_INTERVAL_SECONDS = 1;
    private static final int TIMEOUT_MILLIS = 20_000;
    /** The SDK at times loses an answer that comes at once (2.5.0: its threads race), so it is not waited for long. */
    private static final int REPORT_TIMEOUT_MILLIS = 5_000;

    private static final long CLOSE_MILLIS = 4_000;

    private final ModuleClient client;
    private final List<Reading> readings;
    private final String run = Instant.now().toString();
    private final Object intervalChanged = new Object();
    private double interval = DEFAULT_INTERVAL_SECONDS;
    private boolean intervalToReport = true;
    private volatile boolean stopping;

    /** One line of the data. */
    private record Reading(String date, double pressure, double temperature, double wind) {
        static Reading parse(String line) {
            var fields = line.split(",");
            return new Reading(
                    fields[0],
                    Double.parseDouble(fields[1]),
                    Double.parseDouble(fields[2]),
                    Double.parseDouble(fields[3]));
        }
    }

    private WeatherSensor(ModuleClient client) {
        this.client = client;
        readings = readings();
    }

    public static void main(String[] args) throws Exception {
        var client = ModuleClient.createFromEnvironment(
                null, IotHubClientProtocol.valueOf(System.getenv().getOrDefault("TRANSPORT", "MQTT")));
        client.setRetryPolicy(new ExponentialBackoffWithJitter(Integer.MAX_VALUE, 100, 5_000, 100, true));
        var sensor = new WeatherSensor(client);
        var main = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> sensor.stop(main)));
        sensor.run();
    }

    private void run() throws InterruptedException {
        say("run " + run + " starts");
        try {
            open();
            for (long sequence = 1; !stopping; sequence++) {
                publish(sequence, readings.get((int) ((sequence - 1) % readings.size())));
                report();
                pause();
            }
        } finally {
            say("run " + run + " ends");
        }
    }

    private void open() throws InterruptedException {
        while (!stopping) {
            try {
                client.open(true);
                client.subscribeToDesiredProperties((twin, context) -> desired(twin.getDesiredProperties()), null, TIMEOUT_MILLIS);
                readTwin();
                return;
            } catch (IotHubClientException | IllegalStateException | ExecutionException | TimeoutException e) {
                say("not connected yet: " + e.getMessage());
                Thread.sleep(1000);
            }
        }
    }

    /** The answer is obeyed on the SDK's thread: on this one it could come after a change that is newer, and take it back. */
    private void readTwin() throws InterruptedException, ExecutionException, TimeoutException {
        var read = new CompletableFuture<Void>();
        client.getTwinAsync((twin, failure, context) -> {
            if (failure == null) {
                desired(twin.getDesiredProperties());
                read.complete(null);
            } else {
                read.completeExceptionally(failure);
            }
        }, null);
        read.get(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void publish(long sequence, Reading reading) throws InterruptedException {
        var message = new Message("{\"run\":\"" + run + "\",\"sequence\":" + sequence + ",\"date\":\"" + reading.date()
                + "\",\"temperature\":" + reading.temperature() + ",\"pressure\":" + reading.pressure() + ",\"wind\":"
                + reading.wind() + "}");
        message.setMessageId(run + "-" + sequence);
        message.setContentType("application/json");
        message.setContentEncoding("utf-8");
        message.setOutputName(OUTPUT);
        while (!stopping) {
            try {
                client.sendEvent(message, TIMEOUT_MILLIS);
                say("run " + run + " acknowledged " + sequence);
                return;
            } catch (IllegalStateException e) {
                // the SDK has given up to connect again: a hub that ended amid a TLS handshake is enough for that
                say("disconnected for good, connecting anew: " + e.getMessage());
                open();
            } catch (IotHubClientException e) {
                say("reading " + sequence + " not acknowledged, sending it again: " + e.getMessage());
                Thread.sleep(500);
            }
        }
    }

    private void desired(TwinCollection desired) {
        if (desired.get("interval") instanceof Number seconds && seconds.doubleValue() >= 0) {
            synchronized (intervalChanged) {
                interval = seconds.doubleValue();
                intervalToReport = true;
                intervalChanged.notifyAll();
            }
            say("interval is now " + seconds + " s");
        }
    }

    /** Tells the twin which interval is obeyed; tries again with the next reading when that fails. */
    private void report() throws InterruptedException {
        double obeyed;
        synchronized (intervalChanged) {
            if (!intervalToReport) {
                return;
            }
            intervalToReport = false;
            obeyed = interval;
        }
        var reported = new TwinCollection();
        reported.put("interval", obeyed);
        reported.put("run", run);
        try {
            client.updateReportedProperties(reported, REPORT_TIMEOUT_MILLIS);
        } catch (IotHubClientException | IllegalStateException e) {
            say("twin not updated, trying again: " + e.getMessage());
            synchronized (intervalChanged) {
                intervalToReport = true;
            }
        }
    }

    private void pause() throws InterruptedException {
        synchronized (intervalChanged) {
            var until = System.nanoTime() + (long) (interval * 1e9);
            for (var left = until - System.nanoTime(); left > 0 && !intervalToReport; left = until - System.nanoTime()) {
                intervalChanged.wait(left / 1_000_000, (int) (left % 1_000_000));
            }
        }
    }

    private void stop(Thread main) {
        stopping = true;
        main.interrupt();
        var closing = new Thread(client::close);
        closing.setDaemon(true);
        closing.start();
        try {
            main.join(CLOSE_MILLIS);
            closing.join(CLOSE_MILLIS); // the SDK waits for a hub that is away longer than a pod is given
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<Reading> readings() {
        try (var in = WeatherSensor.class.getResourceAsStream("/seattle-weather-hourly-normals.csv");
                var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return lines.lines().skip(1).map(Reading::parse).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void say(String text) {
        System.out.println(text);
        System.out.flush();
    }
}
