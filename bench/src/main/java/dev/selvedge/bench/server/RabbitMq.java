package dev.selvedge.bench.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import dev.selvedge.bench.load.Access;

/** Debian's RabbitMQ with a quorum queue of one for a subscriber who is away: it acknowledges when its write-ahead log is on disk. */
public final class RabbitMq implements Server {
    private static final Path PROGRAM = Path.of("/usr/lib/rabbitmq/bin/rabbitmq-server");

    private final Path folder;
    private final Peer peer;
    private final Child portMapper;
    private final Child child;

    /** Starts it, with a port mapper of its own. */
    public RabbitMq(Path folder, Certificate certificate) throws IOException {
        this.folder = Files.createDirectories(folder);
        peer = new Peer(certificate.sockets(), Server.freePort());
        var mapperPort = Server.freePort();
        Files.writeString(
                folder.resolve("rabbitmq.conf"), """
                listeners.tcp = none
                mqtt.listeners.tcp = none
                mqtt.listeners.ssl.default = 127.0.0.1:%d
                mqtt.durable_queue_type = quorum
                mqtt.prefetch = 1000
                mqtt.tcp_listen_options.nodelay = true
                ssl_options.certfile = %s
                ssl_options.keyfile = %s
                ssl_options.verify = verify_none
                log.file.level = warning
                """.formatted(peer.port(), certificate.pem(), certificate.key()));
        Files.writeString(folder.resolve("enabled_plugins"), "[rabbitmq_mqtt].\n");
        var environment = Map.ofEntries(
                Map.entry("HOME", folder.toString()),
                Map.entry("ERL_EPMD_PORT", "" + mapperPort),
                Map.entry("ERL_EPMD_ADDRESS", "127.0.0.1"),
                Map.entry("RABBITMQ_NODENAME", "bench@localhost"),
                Map.entry("RABBITMQ_DIST_PORT", "" + Server.freePort()),
                Map.entry("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}"),
                Map.entry(
                        "RABBITMQ_CONFIG_FILE", folder.resolve("rabbitmq.conf").toString()),
                Map.entry(
                        "RABBITMQ_ENABLED_PLUGINS_FILE",
                        folder.resolve("enabled_plugins").toString()),
                Map.entry("RABBITMQ_MNESIA_BASE", folder.resolve("mnesia").toString()),
                Map.entry("RABBITMQ_LOG_BASE", folder.resolve("logs").toString()),
                Map.entry("RABBITMQ_CONF_ENV_FILE", "/dev/null"),
                Map.entry("RUNNING_UNDER_SYSTEMD", "true"));
        portMapper = new Child(List.of("epmd", "-port", "" + mapperPort), environment, folder.resolve("epmd.log"));
        try {
            child = new Child(List.of(PROGRAM.toString()), environment, folder.resolve("log"));
            child.awaitConnection(this::receiver, 90);
        } catch (IOException e) {
            portMapper.kill();
            throw e;
        }
    }

    /** Whether Debian's package is on this machine. */
    public static boolean installed() {
        return Files.isExecutable(PROGRAM);
    }

    @Override
    public String name() {
        return "RabbitMQ, synced (quorum queue)";
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
        try {
            child.stop();
        } finally {
            portMapper.kill();
        }
    }
}
