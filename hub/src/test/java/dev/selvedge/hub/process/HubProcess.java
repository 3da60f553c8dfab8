package dev.selvedge.hub.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

import dev.selvedge.identity.ConnectionString;

/** The hub as a process of its own, with a folder of manifests. It can be killed and started again on the same data. */
final class HubProcess implements AutoCloseable {
    static final String DEVICE = "edge-1";

    /** As the image has them. */
    private static final Path FLAGS = Path.of("../images/hub/java.args");

    private static final Pattern LISTENING = Pattern.compile("listening: protocol=(\\S+) host=\\S+ port=(\\d+)");
    private static final Pattern STARTED = Pattern.compile("hub started");
    private static final Pattern OBEYING = Pattern.compile("configuration in force");
    private static final Pattern WAITING = Pattern.compile("waiting for another hub");
    private static final int SECONDS = 180;

    private final Path folder;
    private final List<String> prefix;
    private final List<String> address;
    private final Map<String, Integer> ports;
    private final List<String> log = new ArrayList<>();
    private final CompletableFuture<Void> waiting = new CompletableFuture<>();
    private Process process;

    /** Starts a hub in a folder, on free ports; {@code prefix} is what runs it, such as strace. */
    HubProcess(Path folder, String manifests, List<String> prefix) throws IOException {
        this(folder, manifests, prefix, List.of(), freePorts());
    }

    private HubProcess(
            Path folder, String manifests, List<String> prefix, List<String> address, Map<String, Integer> ports)
            throws IOException {
        this.folder = folder;
        this.prefix = prefix;
        this.address = address;
        this.ports = new ConcurrentHashMap<>(ports);
        Files.createDirectories(folder.resolve("site"));
        manifests(manifests);
        process = start();
    }

    private static Map<String, Integer> freePorts() throws IOException {
        var ports = new HashMap<String, Integer>();
        for (var protocol : List.of("MQTT", "AMQP", "HTTPS", "MANAGEMENT")) {
            ports.put(protocol, Mosquitto.freePort());
        }
        return ports;
    }

    /** Starts a hub on the ports that SDKs know, at an address of its own. */
    static HubProcess forSdks(Path folder, String manifests, String address) throws IOException {
        var options = List.of("--host", address, "--gateway-host", address);
        return new HubProcess(
                folder,
                manifests,
                List.of(),
                options,
                Map.of("MQTT", 8883, "AMQP", 5671, "HTTPS", 443, "MANAGEMENT", Mosquitto.freePort()));
    }

    /** Changes the manifests; the hub looks at them once a second. */
    void manifests(String manifests) throws IOException {
        Files.writeString(folder.resolve("site/site.yaml"), manifests);
    }

    private Process start() throws IOException {
        var started = new CompletableFuture<Void>();
        var obeying = new CompletableFuture<Void>();
        var child = launch(started, obeying);
        try {
            started.get(SECONDS, TimeUnit.SECONDS);
            obeying.get(SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            child.destroyForcibly();
            throw new IOException("the hub did not start:\n" + String.join("\n", log()), e);
        }
        return child;
    }

    private Process launch(CompletableFuture<Void> started, CompletableFuture<Void> obeying) throws IOException {
        var command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Files.readAllLines(FLAGS));
        command.add("-cp");
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.addAll(List.of(
                "dev.selvedge.hub.Main", "--directory", folder.resolve("site").toString()));
        command.addAll(
                List.of("--device", DEVICE, "--data", folder.resolve("data").toString()));
        command.addAll(address);
        ports.forEach((protocol, port) ->
                command.addAll(List.of("--" + protocol.toLowerCase(Locale.ROOT) + "-port", port.toString())));
        var child = new ProcessBuilder(command).redirectErrorStream(true).start();
        Thread.ofPlatform().daemon().start(() -> read(child.inputReader(), started, obeying));
        return child;
    }

    private void read(BufferedReader out, CompletableFuture<Void> started, CompletableFuture<Void> obeying) {
        out.lines().forEach(line -> {
            synchronized (log) {
                log.add(line);
            }
            var listening = LISTENING.matcher(line);
            if (listening.find()) {
                ports.put(listening.group(1), Integer.valueOf(listening.group(2)));
            }
            completeWhen(WAITING, line, waiting);
            completeWhen(STARTED, line, started);
            completeWhen(OBEYING, line, obeying);
        });
        started.completeExceptionally(new IOException("it ended"));
        obeying.completeExceptionally(new IOException("it ended"));
    }

    private static void completeWhen(Pattern pattern, String line, CompletableFuture<Void> future) {
        if (pattern.matcher(line).find()) {
            future.complete(null);
        }
    }

    List<String> log() {
        synchronized (log) {
            return List.copyOf(log);
        }
    }

    int port() {
        return ports.get("MQTT");
    }

    int amqpPort() {
        return ports.get("AMQP");
    }

    int managementPort() {
        return ports.get("MANAGEMENT");
    }

    long pid() {
        return hub().pid();
    }

    Path data() {
        return folder.resolve("data");
    }

    /** What clients trust. */
    Path authority() {
        return data().resolve("tls/ca.crt");
    }

    /** What a module, or a downstream device, learns from its environment. */
    ConnectionString connection(String name) throws IOException {
        var module = data().resolve("modules/" + name + ".env");
        var file = Files.exists(module) ? module : data().resolve("devices/" + name + ".env");
        for (var line : Files.readAllLines(file)) {
            if (line.startsWith("EdgeHubConnectionString=")) {
                return ConnectionString.parse(line.substring(line.indexOf('=') + 1));
            }
        }
        throw new IOException("no connection string in " + file);
    }

    /** Ends the process with SIGKILL and starts it again on the same data and port. */
    void killAndRestart() throws IOException, InterruptedException {
        kill();
        process = start();
    }

    /** Ends the process with SIGTERM, as Kubernetes does, and starts it again on the same data and port. */
    void stopAndRestart() throws IOException, InterruptedException {
        close();
        process = start();
    }

    /** Starts another process on the same data and ports while this one runs, and ends this one with SIGKILL when the other waits for it. */
    void succeed() throws IOException {
        var old = hub();
        waiting.thenRun(old::destroyForcibly);
        process = start();
    }

    /** Ends the process with SIGKILL. */
    void kill() throws InterruptedException {
        hub().destroyForcibly();
        process.waitFor();
    }

    /** Starts a hub that has ended, on the same data and ports. */
    void restart() throws IOException {
        process = start();
    }

    /** Starts a hub that has ended and will not come far: its exit code. */
    int startInVain() throws IOException, InterruptedException {
        process = launch(new CompletableFuture<>(), new CompletableFuture<>());
        return awaitEnd();
    }

    /** Waits until the hub has ended by itself: its exit code. */
    int awaitEnd() throws InterruptedException {
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the hub did not end: " + log());
        }
        return process.exitValue();
    }

    /** What the management port tells: series by name with labels. */
    Map<String, Double> metrics() throws IOException {
        var metrics = new TreeMap<String, Double>();
        var url =
                URI.create("http://127.0.0.1:" + managementPort() + "/metrics").toURL();
        try (var text = new BufferedReader(new InputStreamReader(url.openStream(), StandardCharsets.UTF_8))) {
            text.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
                var space = line.lastIndexOf(' ');
                metrics.put(line.substring(0, space), Double.valueOf(line.substring(space + 1)));
            });
        }
        return metrics;
    }

    /** What the hub says now of the messages for the upstream. */
    Account account() throws IOException {
        return Account.of(metrics());
    }

    /** The hub itself: what is before it ends with it. */
    private ProcessHandle hub() {
        return process.descendants().findFirst().orElse(process.toHandle());
    }

    @Override
    public void close() throws InterruptedException {
        hub().destroy();
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
            kill();
            throw new IllegalStateException("the hub did not stop: " + log());
        }
    }
}
