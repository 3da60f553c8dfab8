package dev.selvedge.compat;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.microsoft.azure.sdk.iot.device.ClientOptions;
import com.microsoft.azure.sdk.iot.device.IotHubClientProtocol;
import com.microsoft.azure.sdk.iot.device.IotHubMessageResult;
import com.microsoft.azure.sdk.iot.device.Message;
import com.microsoft.azure.sdk.iot.device.MessageProperty;
import com.microsoft.azure.sdk.iot.device.ModuleClient;
import com.microsoft.azure.sdk.iot.device.edge.DirectMethodRequest;
import com.microsoft.azure.sdk.iot.device.exceptions.IotHubClientException;
import com.microsoft.azure.sdk.iot.device.transport.ExponentialBackoffWithJitter;
import com.microsoft.azure.sdk.iot.device.twin.DirectMethodResponse;
import com.microsoft.azure.sdk.iot.device.twin.Twin;
import com.microsoft.azure.sdk.iot.device.twin.TwinCollection;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A module of the Java device SDK that does what it is told; see the README beside it. */
public final class Puppet {
    private static final Gson GSON = new Gson();
    private static final int STATUS = 207;
    private static final int PATIENCE_MILLIS = 30_000;
    /**
     * The SDK's synchronous twin calls sometimes never return although the answer arrived: it looks the call up before it has noted it. So they
     * are given a short while, and made again.
     */
    private static final int TWIN_MILLIS = 3_000;

    private static final int TWIN_TRIES = 8;

    private final IotHubClientProtocol protocol;
    private final PrintStream out;
    private ModuleClient client;
    private boolean following;

    private Puppet(IotHubClientProtocol protocol, PrintStream out) {
        this.protocol = protocol;
        this.out = out;
    }

    public static void main(String[] args) throws Exception {
        var out = System.out;
        System.setOut(System.err);
        var puppet = new Puppet(IotHubClientProtocol.valueOf(args[0]), out);
        // a command may wait for its answer while the next ones are obeyed
        ExecutorService commands = Executors.newCachedThreadPool();
        try (var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (var line = in.readLine(); line != null; line = in.readLine()) {
                var command = JsonParser.parseString(line).getAsJsonObject();
                commands.execute(() -> puppet.obey(command));
            }
        }
        Runtime.getRuntime().halt(0);
    }

    private void obey(JsonObject command) {
        var answer = new JsonObject();
        answer.add("re", command.get("re"));
        try {
            act(command, answer);
        } catch (Exception e) {
            e.printStackTrace();
            answer.addProperty("error", e.toString());
        }
        tell(answer);
    }

    private void act(JsonObject command, JsonObject answer) throws Exception {
        switch (command.get("do").getAsString()) {
            case "connect" -> connect(command);
            case "listen" -> listen();
            case "send" -> send(command);
            case "follow" -> follow();
            case "twin" -> answer.add("desired", json(twin().getDesiredProperties()));
            case "report" -> report(command.getAsJsonObject("patch"));
            case "serve" -> serve();
            case "call" -> call(command, answer);
            case "close" -> client.close();
            default -> throw new IllegalArgumentException("unknown command " + command);
        }
    }

    private void connect(JsonObject command) throws Exception {
        var options = ClientOptions.builder().sslContext(trust(Path.of(command.get("ca").getAsString())));
        if (command.has("tokenSeconds")) {
            options.sasTokenExpiryTime(command.get("tokenSeconds").getAsLong());
        }
        client = new ModuleClient(command.get("connectionString").getAsString(), protocol, options.build());
        client.setRetryPolicy(new ExponentialBackoffWithJitter(Integer.MAX_VALUE, 100, 2_000, 100, true));
        client.open(true);
    }

    private static SSLContext trust(Path authority) throws Exception {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null);
        try (var in = Files.newInputStream(authority)) {
            store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private void listen() {
        client.setMessageCallback(
                (message, context) -> {
                    var event = new JsonObject();
                    event.addProperty("event", "input");
                    event.addProperty("name", message.getInputName());
                    event.addProperty("body", new String(message.getBytes(), StandardCharsets.UTF_8));
                    event.addProperty("id", message.getMessageId());
                    event.addProperty("contentType", message.getContentType());
                    var properties = new JsonObject();
                    for (MessageProperty property : message.getProperties()) {
                        properties.addProperty(property.getName(), property.getValue());
                    }
                    event.add("properties", properties);
                    tell(event);
                    return IotHubMessageResult.COMPLETE;
                },
                null);
    }

    private void send(JsonObject command) throws Exception {
        var message = new Message(command.get("body").getAsString());
        if (command.has("output")) {
            message.setOutputName(command.get("output").getAsString());
        }
        if (command.has("id")) {
            message.setMessageId(command.get("id").getAsString());
        }
        if (command.has("contentType")) {
            message.setContentType(command.get("contentType").getAsString());
        }
        if (command.has("properties")) {
            command.getAsJsonObject("properties")
                    .entrySet()
                    .forEach(entry -> message.setProperty(entry.getKey(), entry.getValue().getAsString()));
        }
        client.sendEvent(message, PATIENCE_MILLIS);
    }

    private synchronized void follow() throws Exception {
        if (!following) {
            client.subscribeToDesiredProperties(
                    (twin, context) -> {
                        var event = new JsonObject();
                        event.addProperty("event", "desired");
                        event.add("patch", json(twin.getDesiredProperties()));
                        tell(event);
                    },
                    null,
                    PATIENCE_MILLIS);
            following = true;
        }
    }

    private Twin twin() throws Exception {
        follow();
        return patiently(() -> client.getTwin(TWIN_MILLIS));
    }

    private void report(JsonObject patch) throws Exception {
        follow();
        var properties = new TwinCollection();
        patch.entrySet().forEach(entry -> properties.put(entry.getKey(), GSON.fromJson(entry.getValue(), Object.class)));
        patiently(() -> client.updateReportedProperties(properties, TWIN_MILLIS));
    }

    private static <T> T patiently(TwinCall<T> call) throws Exception {
        for (var attempt = 1; ; attempt++) {
            try {
                return call.make();
            } catch (IotHubClientException e) {
                if (attempt == TWIN_TRIES) {
                    throw e;
                }
                e.printStackTrace();
            }
        }
    }

    private interface TwinCall<T> {
        T make() throws Exception;
    }

    private void serve() throws Exception {
        client.subscribeToMethods(
                (name, request, context) -> {
                    var payload = JsonParser.parseString(request.getPayloadAsJsonString());
                    var event = new JsonObject();
                    event.addProperty("event", "called");
                    event.add("payload", payload);
                    tell(event);
                    return new DirectMethodResponse(STATUS, payload);
                },
                null,
                PATIENCE_MILLIS);
    }

    private void call(JsonObject command, JsonObject answer) throws Exception {
        Map<String, Object> payload = new HashMap<>();
        command.getAsJsonObject("payload")
                .entrySet()
                .forEach(entry -> payload.put(entry.getKey(), GSON.fromJson(entry.getValue(), Object.class)));
        var result = client.invokeMethod(
                command.get("device").getAsString(),
                command.get("module").getAsString(),
                new DirectMethodRequest(command.get("method").getAsString(), payload, 20, 10));
        answer.addProperty("status", result.getStatus());
        answer.add("payload", JsonParser.parseString(result.getPayloadAsJsonString()));
    }

    private static JsonElement json(TwinCollection collection) {
        var json = JsonParser.parseString(GSON.toJson(collection)).getAsJsonObject();
        json.addProperty("$version", collection.getVersion());
        return json;
    }

    private void tell(JsonObject line) {
        synchronized (out) {
            out.println(GSON.toJson(line));
            out.flush();
        }
    }
}
