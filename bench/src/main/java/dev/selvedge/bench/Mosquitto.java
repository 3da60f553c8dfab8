package dev.selvedge.bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import dev.selvedge.bench.Publisher.Login;

/** Debian's Mosquitto over TLS with no persistence: it acknowledges from memory, so it is a yardstick of speed, not of safety. */
final class Mosquitto implements Server {
    private final Process process;
    private final Path folder;
    private final int port;

    Mosquitto(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
        port = Server.freePort();
        certificates();
        var configuration = """
                listener %d 127.0.0.1
                allow_anonymous true
                certfile %s
                keyfile %s
                persistence false
                set_tcp_nodelay true
                max_inflight_messages 0
                """.formatted(port, folder.resolve("tls.crt"), folder.resolve("tls.key"));
        Files.writeString(folder.resolve("mosquitto.conf"), configuration);
        process = new ProcessBuilder(
                        "mosquitto", "-c", folder.resolve("mosquitto.conf").toString())
                .redirectErrorStream(true)
                .redirectOutput(new File(folder.toFile(), "mosquitto.log"))
                .start();
        awaitConnection();
    }

    private void certificates() throws IOException {
        var openssl = new ProcessBuilder(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "ec",
                        "-pkeyopt",
                        "ec_paramgen_curve:P-256",
                        "-nodes",
                        "-keyout",
                        "tls.key",
                        "-out",
                        "tls.crt",
                        "-days",
                        "2",
                        "-subj",
                        "/CN=localhost",
                        "-addext",
                        "subjectAltName=DNS:localhost")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("openssl.log").toFile())
                .start();
        try {
            if (!openssl.waitFor(30, TimeUnit.SECONDS) || openssl.exitValue() != 0) {
                throw new IOException("openssl made no certificate, see " + folder.resolve("openssl.log"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        folder.resolve("tls.key").toFile().setReadable(true, false);
    }

    private void awaitConnection() throws IOException {
        var deadline = System.nanoTime() + 20_000_000_000L;
        while (true) {
            try (var first = new Publisher(tls(), port, login(0), topic(0), 16)) {
                first.publishOne();
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    throw new IOException("mosquitto did not start: see " + folder.resolve("mosquitto.log"), e);
                }
                Thread.onSpinWait();
            }
        }
    }

    @Override
    public String name() {
        return "Mosquitto (in memory)";
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public Path ca() {
        return folder.resolve("tls.crt");
    }

    @Override
    public Login login(int publisher) {
        return new Login("p" + publisher, "p", "p");
    }

    @Override
    public String topic(int publisher) {
        return "devices/bench/modules/p" + publisher + "/messages/events/";
    }

    @Override
    public void close() throws IOException {
        Server.stop(process);
    }
}
