package dev.selvedge.hub.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.awaitility.Awaitility;

/** The real broker, on a port of its own on loopback, with its sessions on disk. */
final class Mosquitto implements AutoCloseable {
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

    static int freePort() throws IOException {
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
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
