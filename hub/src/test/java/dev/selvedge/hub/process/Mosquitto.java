package dev.selvedge.hub.process;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

import org.awaitility.Awaitility;

/** The real broker, on a port of its own on loopback, with its sessions on disk. */
final class Mosquitto implements AutoCloseable {
    private static final int FIRST_PORT = 20_000;
    private static final int FIRST_EPHEMERAL_PORT = 32_768;
    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

    private final Path folder;
    private final int port;
    private Process process;

    Mosquitto(Path folder) throws IOException {
        this(folder, freePort(), "");
    }

    /** A broker with another listener, which {@code listener} describes. */
    Mosquitto(Path folder, int port, String listener) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.port = port;
        Files.writeString(folder.resolve("mosquitto.conf"), """
                persistence true
                persistence_location %s/
                autosave_interval 1
                max_queued_messages 0
                user root
                per_listener_settings true
                listener %d 127.0.0.1
                allow_anonymous true
                """.formatted(folder, port) + listener);
        process = start();
    }

    /**
     * A port that is free, that nobody else was given, and that no client is given by the system: a hub that is killed finds it free again, even
     * while modules try to connect to it all the time.
     */
    static int freePort() throws IOException {
        for (var attempt = 0; attempt < 100; attempt++) {
            var port = ThreadLocalRandom.current().nextInt(FIRST_PORT, FIRST_EPHEMERAL_PORT);
            try (var free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                if (GIVEN.add(free.getLocalPort())) {
                    return port;
                }
            } catch (BindException _) {
                // somebody has it
            }
        }
        throw new IOException("no free port from " + FIRST_PORT + " on");
    }

    private Process start() throws IOException {
        var command =
                List.of("mosquitto", "-c", folder.resolve("mosquitto.conf").toString());
        var started = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
                .start();
        Awaitility.await("mosquitto listens")
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(20))
                .ignoreExceptions()
                .until(() -> {
                    new Socket(InetAddress.getLoopbackAddress(), port).close();
                    return true;
                });
        return started;
    }

    int port() {
        return port;
    }

    String url() {
        return "mqtt://127.0.0.1:" + port;
    }

    /** Goes away; SIGTERM, so that it keeps what it has acknowledged: it is the hub that is on trial. */
    void stop() throws InterruptedException {
        process.destroy();
        process.waitFor();
    }

    void restart() throws IOException {
        process = start();
    }

    @Override
    public void close() throws InterruptedException {
        stop();
    }
}
