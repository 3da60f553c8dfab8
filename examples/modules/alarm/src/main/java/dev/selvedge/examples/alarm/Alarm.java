package dev.selvedge.examples.alarm;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.microsoft.azure.sdk.iot.device.ConnectionStatusChangeContext;
import com.microsoft.azure.sdk.iot.device.IotHubClientProtocol;
import com.microsoft.azure.sdk.iot.device.IotHubConnectionStatusChangeReason;
import com.microsoft.azure.sdk.iot.device.IotHubMessageResult;
import com.microsoft.azure.sdk.iot.device.Message;
import com.microsoft.azure.sdk.iot.device.MessageProperty;
import com.microsoft.azure.sdk.iot.device.ModuleClient;
import com.microsoft.azure.sdk.iot.device.exceptions.IotHubClientException;
import com.microsoft.azure.sdk.iot.device.transport.ExponentialBackoffWithJitter;
import com.microsoft.azure.sdk.iot.device.transport.IotHubConnectionStatus;
import com.microsoft.azure.sdk.iot.device.twin.DirectMethodResponse;
import com.microsoft.azure.sdk.iot.device.twin.TwinCollection;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The filter module of IoT Edge's tutorials: what comes in on {@code input1} above a threshold goes out on {@code output1} with the property
 * {@code MessageType=Alert}; the rest is completed and forgotten. Alerts leave one at a time, each until it is acknowledged: with several on their
 * way the SDK would send again, after a broken connection, behind those that waited. The threshold is the desired property
 * {@code TemperatureThreshold}; the method {@code reset} starts the count of alerts again and answers with what it was.
 */
public final class Alarm {
    private static final String INPUT = "input1";
    private static final String OUTPUT = "output1";
    private static final String THRESHOLD = "TemperatureThreshold";
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final long CLOSE_MILLIS = 2_000;
    private static final int OK = 200;
    private static final int UNKNOWN = 404;

    private final ModuleClient client;
    private final BlockingQueue<Message> waiting = new LinkedBlockingQueue<>();
    private final AtomicLong alerts = new AtomicLong();
    private volatile double threshold = 25;

    private Alarm(ModuleClient client) {
        this.client = client;
    }

    public static void main(String[] args) throws Exception {
        // AMQP is what the SDKs for C# and Java speak unless told otherwise
        var client = ModuleClient.createFromEnvironment(null, IotHubClientProtocol.AMQPS);
        client.setRetryPolicy(new ExponentialBackoffWithJitter(Integer.MAX_VALUE, 100, 5_000, 100, true));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(client)));
        var alarm = new Alarm(client);
        alarm.start();
        alarm.sendAlerts();
    }

    private static void close(ModuleClient client) {
        var closing = new Thread(client::close);
        closing.setDaemon(true);
        closing.start();
        try {
            closing.join(CLOSE_MILLIS); // the SDK waits for a hub that is away longer than a pod is given
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void start() throws InterruptedException {
        client.setMessageCallback(INPUT, (message, context) -> take(message), null);
        while (true) {
            try {
                client.open(true);
                client.subscribeToMethods((name, request, context) -> called(name), null, TIMEOUT_MILLIS);
                client.subscribeToDesiredProperties((twin, context) -> desired(twin.getDesiredProperties()), null, TIMEOUT_MILLIS);
                readTwin();
                client.setConnectionStatusChangeCallback(Alarm::connectionChanged, null);
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

    /** The SDK gives up to connect again when, for example, a hub ends amid a TLS handshake: a fresh start does what it does not. */
    private static void connectionChanged(ConnectionStatusChangeContext change) {
        if (change.getNewStatus() == IotHubConnectionStatus.DISCONNECTED
                && change.getNewStatusReason() != IotHubConnectionStatusChangeReason.CLIENT_CLOSE) {
            say("disconnected for good, to be started again: " + change.getNewStatusReason());
            System.exit(1);
        }
    }

    private IotHubMessageResult take(Message message) {
        var body = new String(message.getBytes(), StandardCharsets.UTF_8);
        if (temperature(body) > threshold) {
            var alert = new Message(body);
            for (MessageProperty property : message.getProperties()) {
                alert.setProperty(property.getName(), property.getValue());
            }
            alert.setProperty("MessageType", "Alert");
            alert.setOutputName(OUTPUT);
            waiting.add(alert);
        }
        return IotHubMessageResult.COMPLETE;
    }

    private void sendAlerts() throws InterruptedException {
        while (true) {
            var alert = waiting.take();
            while (!isSent(alert)) {
                Thread.sleep(500);
            }
            alerts.incrementAndGet();
        }
    }

    private boolean isSent(Message alert) throws InterruptedException {
        try {
            client.sendEvent(alert, TIMEOUT_MILLIS);
            return true;
        } catch (IotHubClientException | IllegalStateException e) {
            say("alert not acknowledged, sending it again: " + e.getMessage());
            return false;
        }
    }

    private static double temperature(String body) {
        try {
            JsonElement reading = JsonParser.parseString(body);
            return reading.getAsJsonObject().get("temperature").getAsDouble();
        } catch (JsonParseException | IllegalStateException | NullPointerException e) {
            say("not a reading: " + body);
            return Double.NaN;
        }
    }

    private DirectMethodResponse called(String name) {
        return name.equals("reset")
                ? new DirectMethodResponse(OK, Map.of("alerts", alerts.getAndSet(0)))
                : new DirectMethodResponse(UNKNOWN, Map.of("message", "there is no method " + name));
    }

    private void desired(TwinCollection desired) {
        if (desired.get(THRESHOLD) instanceof Number wanted) {
            threshold = wanted.doubleValue();
            say("the threshold is now " + threshold);
        }
    }

    private static void say(String text) {
        System.out.println(text);
    }
}
