package dev.selvedge.bench.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.selvedge.bench.load.Access;
import dev.selvedge.identity.ConnectionString;

/** The hub from its jar in directory mode, on a real disk, synced. It can be killed and started again on the same data and ports. */
public final class Hub implements Server {
    private static final String DEVICE = "bench";
    /** Longer than clocks jump. */
    private static final Duration TOKEN_LIFETIME = Duration.ofDays(3);

    private static final int START_SECONDS = 120;

    private final HubProgram program;
    private final Path folder;
    private final Path manifests;
    private final Optional<Cgroup> group;
    private final Map<String, String> environment;
    private final int port;
    private final int managementPort;
    private Child child;
    private double startSeconds;

    /**
     * Starts a hub and waits until it lets clients in.
     *
     * @param group where it runs, if anywhere in particular
     */
    public Hub(HubProgram program, Path folder, Site site, Optional<Cgroup> group, Map<String, String> environment)
            throws IOException {
        this.program = program;
        this.folder = folder;
        this.group = group;
        this.environment = environment;
        port = Server.freePort();
        managementPort = Server.freePort();
        Files.createDirectories(data());
        manifests = Files.createDirectories(folder.resolve("manifests"));
        Files.writeString(manifests.resolve("site.yaml"), site.yaml());
        child = launch();
        startSeconds = child.awaitConnection(this::receiver, START_SECONDS);
    }

    private Child launch() throws IOException {
        var command = new ArrayList<String>();
        group.ifPresent(to -> command.addAll(to.prefix()));
        command.addAll(Java.command(program.flags(), "-jar", program.jar().toString()));
        command.addAll(List.of("--directory", manifests.toString(), "--device", DEVICE));
        command.addAll(List.of("--data", data().toString(), "--mqtt-port", "" + port));
        command.addAll(List.of("--amqp-port", "0", "--https-port", "0", "--management-port", "" + managementPort));
        return new Child(command, environment, folder.resolve("hub.log"));
    }

    /** Ends it with SIGKILL. */
    public void kill() {
        child.kill();
    }

    /** Starts it again on the same data, and waits until it lets clients in. */
    public void restart() throws IOException {
        child = launch();
        startSeconds = child.awaitConnection(this::receiver, START_SECONDS);
    }

    /** Whether its process runs. */
    public boolean alive() {
        return child.alive();
    }

    /** Seconds from exec to the first client let in, at the last start. */
    public double startSeconds() {
        return startSeconds;
    }

    /** Reads its metrics now. */
    public Metrics metrics() throws IOException {
        return Metrics.read(managementPort);
    }

    @Override
    public String name() {
        return "Selvedge hub, synced";
    }

    @Override
    public boolean durable() {
        return true;
    }

    @Override
    public Access publisher(int number) throws IOException {
        return access("p" + number, "messages/events/");
    }

    @Override
    public Access receiver() throws IOException {
        return access("receiver", "inputs/#");
    }

    private Access access(String module, String topic) throws IOException {
        var file = data().resolve("modules/" + module + ".env");
        var variables = variables(file);
        var text = variables.get("EdgeHubConnectionString");
        var ca = variables.get("EdgeModuleCACertificateFile");
        if (text == null || ca == null) {
            throw new IOException(file + " is not written yet");
        }
        var connection = ConnectionString.parse(text);
        return new Access(
                Certificate.trusting(Path.of(ca)),
                port,
                connection.identity().path(),
                connection.userName(),
                connection.token(Instant.now().plus(TOKEN_LIFETIME)),
                "devices/" + DEVICE + "/modules/" + module + "/" + topic);
    }

    private static Map<String, String> variables(Path file) throws IOException {
        var values = new HashMap<String, String>();
        for (var line : Files.readAllLines(file)) {
            var equals = line.indexOf('=');
            if (equals > 0) {
                values.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        return values;
    }

    @Override
    public long pid() {
        return child.pid();
    }

    @Override
    public Path data() {
        return data(folder);
    }

    /** Where a hub keeps its data whose other files are in this folder. */
    public static Path data(Path folder) {
        return folder.resolve("data");
    }

    /** Its queue is on disk and bounded by the disk alone; it is not emptied. */
    @Override
    public void forget() {}

    @Override
    public void close() throws IOException {
        if (child.alive()) {
            child.stop();
        }
    }
}
