package dev.selvedge.bench.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import dev.selvedge.bench.load.Access;

/** ActiveMQ Artemis with a durable queue for a subscriber who is away: it acknowledges when its journal is on disk. */
public final class Artemis implements Server {
    /** Its audit log, which is on where information is logged, does not know Java 24 and later. */
    private static final List<String> FLAGS = List.of(
            "-Xmx1g",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");

    private final Path folder;
    private final Peer peer;
    private final String journal;
    private final Child child;

    /**
     * Starts it.
     *
     * @param journal NIO or ASYNCIO
     * @param bufferNanos how long the journal collects writes before it syncs
     */
    public Artemis(
            Path folder, Certificate certificate, String journal, int bufferNanos, Map<String, String> environment)
            throws IOException {
        this.folder = Files.createDirectories(folder);
        this.journal = journal;
        peer = new Peer(certificate.sockets(), Server.freePort());
        var command = Java.command(FLAGS, "-cp", System.getProperty("java.class.path"), ArtemisBroker.class.getName());
        command.addAll(
                List.of(folder.toString(), "" + peer.port(), certificate.store().toString()));
        command.addAll(List.of(journal, "" + bufferNanos));
        child = new Child(command, environment, folder.resolve("log"));
        child.awaitConnection(this::receiver, 60);
    }

    @Override
    public String name() {
        return "Artemis, synced (" + journal + ")";
    }

    @Override
    public boolean durable() {
        return true;
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
    public long pid() {
        return child.pid();
    }

    @Override
    public Path data() {
        return folder;
    }

    @Override
    public void close() throws IOException {
        child.stop();
    }
}
