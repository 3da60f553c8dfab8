package dev.selvedge.bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.selvedge.bench.Publisher.Login;
import dev.selvedge.identity.ConnectionString;

/** The hub from its jar in directory mode: every message goes over a route to the upstream queue, on a real disk, synced. */
final class Hub implements Server {
    private static final String DEVICE = "bench";

    private final Process process;
    private final Path data;
    private final int port;

    /** Starts the hub and waits until it is ready. */
    Hub(Path java, Path jar, List<String> flags, Path folder, int publishers) throws IOException {
        var manifests = Files.createDirectories(folder.resolve("manifests"));
        data = Files.createDirectories(folder.resolve("data"));
        Files.writeString(manifests.resolve("site.yaml"), site(publishers));
        port = Server.freePort();
        var command = new ArrayList<String>(List.of(java.toString()));
        command.addAll(flags);
        command.addAll(List.of("-jar", jar.toString(), "--directory", manifests.toString(), "--device", DEVICE));
        command.addAll(List.of("--data", data.toString(), "--mqtt-port", "" + port));
        command.addAll(List.of("--amqp-port", "0", "--https-port", "0"));
        command.addAll(List.of("--management-port", "" + Server.freePort()));
        var log = new File(folder.toFile(), "hub.log");
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log)
                .start();
        awaitConnection(log.toPath(), publishers);
    }

    private void awaitConnection(Path log, int publishers) throws IOException {
        var deadline = System.nanoTime() + 60_000_000_000L;
        while (true) {
            try (var first = new Publisher(tls(), port, login(publishers - 1), topic(publishers - 1), 16)) {
                first.publishOne();
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    throw new IOException("the hub did not start: " + e.getMessage() + "; its log is " + log, e);
                }
                Thread.onSpinWait();
            }
        }
    }

    private static String site(int publishers) {
        var yaml = new StringBuilder("""
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeHub
                metadata: {name: hub}
                spec:
                  storage: {size: 8Gi, maxBytes: 6Gi}
                  routes:
                    toCloud: {route: FROM /messages/* INTO $upstream}
                """);
        for (int i = 0; i < publishers; i++) {
            yaml.append("---\napiVersion: selvedge.dev/v1alpha1\nkind: EdgeModule\nmetadata: {name: p")
                    .append(i)
                    .append("}\nspec: {image: none}\n");
        }
        return yaml.toString();
    }

    @Override
    public String name() {
        return "Selvedge hub (synced to disk)";
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public Path ca() {
        var env = data.resolve("modules/p0.env");
        try {
            return Path.of(environment(env)
                    .getOrDefault(
                            "EdgeModuleCACertificateFile",
                            data.resolve("ca.crt").toString()));
        } catch (IOException _) {
            return data.resolve("ca.crt");
        }
    }

    @Override
    public Login login(int publisher) throws IOException {
        var text = environment(data.resolve("modules/p" + publisher + ".env")).get("EdgeHubConnectionString");
        if (text == null) {
            throw new IOException("no connection string yet");
        }
        var connection = ConnectionString.parse(text);
        return new Login(
                connection.identity().path(),
                connection.userName(),
                connection.token(Instant.now().plusSeconds(3600)));
    }

    private static Map<String, String> environment(Path file) throws IOException {
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
    public String topic(int publisher) {
        return "devices/" + DEVICE + "/modules/p" + publisher + "/messages/events/";
    }

    @Override
    public void close() throws IOException {
        Server.stop(process);
    }
}
