package dev.selvedge.hub.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.selvedge.identity.ConnectionString;

/** The hub as a process of its own, with a folder of manifests. It can be killed and started again on the same data. */
final class HubProcess implements AutoCloseable {
    static final String DEVICE = "edge-1";

    /** As the image has them. */
    private static final Path FLAGS = Path.of("../images/hub/java.args");

    private static final Pattern LISTENING = Pattern.compile("listening: protocol=MQTT host=\\S+ port=(\\d+)");
    private static final Pattern OBEYING = Pattern.compile("configuration in force");
    private static final List<String> ANY_PORTS = List.of("--amqp-port", "0", "--https-port", "0");
    private static final int SECONDS = 60;

    private final Path folder;
    private final List<String> prefix;
    private final List<String> doors;
    private final List<String> log = new ArrayList<>();
    private Process process;
    private int port;

    /** Starts a hub in a folder; {@code prefix} is what runs it, such as strace. */
    HubProcess(Path folder, String manifests, List<String> prefix) throws IOException {
        this(folder, manifests, prefix, ANY_PORTS);
    }

    private HubProcess(Path folder, String manifests, List<String> prefix, List<String> doors) throws IOException {
        this.folder = folder;
        this.prefix = prefix;
        this.doors = doors;
        Files.writeString(Files.createDirectories(folder.resolve("site")).resolve("site.yaml"), manifests);
        process = start(doors.equals(ANY_PORTS) ? 0 : 8883);
    }

    /** Starts a hub on the ports that SDKs know, at an address of its own. */
    static HubProcess forSdks(Path folder, String manifests, String address) throws IOException {
        var doors = List.of("--amqp-port", "5671", "--https-port", "443", "--host", address, "--gateway-host", address);
        return new HubProcess(folder, manifests, List.of(), doors);
    }

    /** Changes the manifests; the hub looks at them once a second. */
    void manifests(String manifests) throws IOException {
        Files.writeString(folder.resolve("site/site.yaml"), manifests);
    }

    private Process start(int wanted) throws IOException {
        var command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Files.readAllLines(FLAGS));
        command.add("-cp");
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.addAll(List.of(
                "dev.selvedge.hub.Main", "--directory", folder.resolve("site").toString()));
        command.addAll(
                List.of("--device", DEVICE, "--data", folder.resolve("data").toString()));
        command.addAll(doors);
        command.addAll(List.of("--mqtt-port", "" + wanted, "--management-port", "0"));
        var started = new ProcessBuilder(command).redirectErrorStream(true).start();
        var listening = new CompletableFuture<Matcher>();
        var obeying = new CompletableFuture<Matcher>();
        Thread.ofVirtual().start(() -> read(started.inputReader(), listening, obeying));
        try {
            port = Integer.parseInt(listening.get(SECONDS, TimeUnit.SECONDS).group(1));
            obeying.get(SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            started.destroyForcibly();
            throw new IOException("the hub did not start: " + log(), e);
        }
        return started;
    }

    private void read(BufferedReader out, CompletableFuture<Matcher> listening, CompletableFuture<Matcher> obeying) {
        out.lines().forEach(line -> {
            synchronized (log) {
                log.add(line);
            }
            completeWhen(LISTENING, line, listening);
            completeWhen(OBEYING, line, obeying);
        });
        listening.completeExceptionally(new IOException("it ended"));
        obeying.completeExceptionally(new IOException("it ended"));
    }

    private static void completeWhen(Pattern pattern, String line, CompletableFuture<Matcher> future) {
        var matcher = pattern.matcher(line);
        if (matcher.find()) {
            future.complete(matcher);
        }
    }

    List<String> log() {
        synchronized (log) {
            return List.copyOf(log);
        }
    }

    int port() {
        return port;
    }

    Path data() {
        return folder.resolve("data");
    }

    /** What a module learns from its environment. */
    ConnectionString connection(String module) throws IOException {
        for (var line : Files.readAllLines(data().resolve("modules/" + module + ".env"))) {
            if (line.startsWith("EdgeHubConnectionString=")) {
                return ConnectionString.parse(line.substring(line.indexOf('=') + 1));
            }
        }
        throw new IOException("no connection string for " + module);
    }

    /** Ends the process with SIGKILL and starts it again on the same data and port. */
    void killAndRestart() throws IOException, InterruptedException {
        kill();
        process = start(port);
    }

    private void kill() throws InterruptedException {
        hub().destroyForcibly();
        process.waitFor();
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
