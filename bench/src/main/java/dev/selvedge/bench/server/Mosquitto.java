package dev.selvedge.bench.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.net.SocketFactory;

import dev.selvedge.bench.load.Access;

/** Debian's Mosquitto. It acknowledges from memory, so it is a yardstick of speed, not of safety. */
public final class Mosquitto implements Server {
    private final String name;
    private final Path folder;
    private final Peer peer;
    private final boolean subscribed;
    private Child child;

    private Mosquitto(String name, Path folder, Peer peer, boolean subscribed, String configuration)
            throws IOException {
        this.name = name;
        this.folder = Files.createDirectories(folder);
        this.peer = peer;
        this.subscribed = subscribed;
        Files.writeString(folder.resolve("mosquitto.conf"), """
                listener %d 127.0.0.1
                allow_anonymous true
                user root
                set_tcp_nodelay true
                max_inflight_messages 0
                max_queued_messages 0
                """.formatted(peer.port()) + configuration);
        child = start();
    }

    /** Keeps nothing: nobody has subscribed. */
    public static Mosquitto inMemory(Path folder, Certificate certificate) throws IOException {
        var peer = new Peer(certificate.sockets(), Server.freePort());
        return new Mosquitto("Mosquitto, in memory", folder, peer, false, tls(certificate));
    }

    /** Keeps everything for a subscriber who is away, and writes all of it to disk once a second: what came since then is not safe. */
    public static Mosquitto savedEachSecond(Path folder, Certificate certificate) throws IOException {
        var peer = new Peer(certificate.sockets(), Server.freePort());
        return new Mosquitto(
                "Mosquitto, saved each second", folder, peer, true, tls(certificate) + persistence(folder, 1));
    }

    /** The upstream of a hub, without TLS; what it has acknowledged survives a stop. */
    public static Mosquitto upstream(Path folder, int port) throws IOException {
        var peer = new Peer(SocketFactory.getDefault(), port);
        return new Mosquitto("upstream", folder, peer, true, persistence(folder, 1800));
    }

    private static String tls(Certificate certificate) {
        return "certfile " + certificate.pem() + "\nkeyfile " + certificate.key() + "\n";
    }

    private static String persistence(Path folder, int saveSeconds) {
        return "persistence true\npersistence_location " + folder + "/\nautosave_interval " + saveSeconds + "\n";
    }

    private Child start() throws IOException {
        var command =
                List.of("mosquitto", "-c", folder.resolve("mosquitto.conf").toString());
        var started = new Child(command, Map.of(), folder.resolve("log"));
        started.awaitConnection(peer::probe, 20);
        return started;
    }

    /** Goes away, with SIGTERM. */
    public void stop() throws IOException {
        child.stop();
    }

    /** Comes back. */
    public void restart() throws IOException {
        child = start();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean durable() {
        return false;
    }

    @Override
    public Access publisher(int number) {
        return peer.publisher(number);
    }

    @Override
    public Access receiver() {
        return peer.receiver();
    }

    @Override
    public void forget() throws IOException {
        if (subscribed) {
            Server.super.forget();
        }
    }

    @Override
    public long pid() {
        return child.pid();
    }

    @Override
    public Path data() {
        return folder;
    }

    @Override
    public void close() throws IOException {
        if (child.alive()) {
            child.stop();
        }
    }
}
