package dev.selvedge.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

import dev.selvedge.hub.client.Callers;
import dev.selvedge.hub.directory.DirectorySite;
import dev.selvedge.hub.kubernetes.ModuleTwins;
import dev.selvedge.hub.log.RecordingProvider;
import dev.selvedge.hub.tool.Tool;
import dev.selvedge.identity.MasterKey;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The hub's process. */
@Command(
        name = "selvedge-hub",
        mixinStandardHelpOptions = true,
        version = "selvedge-hub 0.1",
        description =
                "An edge hub for IoT Edge modules: in a cluster (--kubernetes), or alone with a folder of manifests (--directory).",
        sortOptions = false)
public final class Main implements Callable<Integer> {
    @Option(names = "--directory", paramLabel = "DIR", description = "Run alone with the manifests of this folder.")
    private @Nullable Path directory;

    @Option(
            names = "--kubernetes",
            description = "Run in a pod that the operator made; configured by SELVEDGE_* variables.")
    private boolean kubernetes;

    @Option(names = "--device", paramLabel = "ID", description = "Device id. With --directory.")
    private @Nullable String device;

    @Option(
            names = "--data",
            paramLabel = "DATA",
            description = "Folder for messages, twins, keys and certificates. With --directory.")
    private @Nullable Path data;

    @Option(
            names = "--label",
            paramLabel = "KEY=VALUE",
            description = "Label of the node that this device plays, for nodeSelectors. With --directory.",
            defaultValue = "selvedge.dev/edge=true")
    private Map<String, String> labels = Map.of();

    @Option(
            names = "--host",
            description = "Address to listen on (default: ${DEFAULT-VALUE}).",
            defaultValue = "127.0.0.1")
    private String host = "";

    @Option(
            names = "--gateway-host",
            description = "Name that modules connect to (default: ${DEFAULT-VALUE}).",
            defaultValue = "localhost")
    private String gatewayHost = "";

    @Option(names = "--mqtt-port", description = "Default: ${DEFAULT-VALUE}.", defaultValue = "8883")
    private int mqttPort;

    @Option(names = "--amqp-port", description = "Default: ${DEFAULT-VALUE}.", defaultValue = "5671")
    private int amqpPort;

    @Option(
            names = "--https-port",
            description =
                    "Methods and WebSockets. SDKs know no port but 443, which needs a privilege; default: ${DEFAULT-VALUE}.",
            defaultValue = "8443")
    private int httpsPort;

    @Option(
            names = "--management-port",
            description = "Status page, metrics and health; default: ${DEFAULT-VALUE}.",
            defaultValue = "9600")
    private int managementPort;

    /** @param args see {@code --help} */
    public static void main(String[] args) {
        if (args.length > 0 && args[0].equals("store")) {
            Tool.main(args);
            return;
        }
        RecordingProvider.install();
        // a name that could not be looked up while the link was away is looked up again once it is back, not ten
        // seconds later
        Security.setProperty("networkaddress.cache.negative.ttl", "1");
        var code = new CommandLine(new Main())
                .setExecutionExceptionHandler((failure, command, _) -> {
                    command.getErr().println("selvedge-hub: " + failure.getMessage());
                    return 1;
                })
                .execute(args);
        // threads of a half-started hub must not keep a failed process alive
        Runtime.getRuntime().halt(code);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (kubernetes == (directory != null)) {
            throw new IOException("give either --kubernetes or --directory DIR; see --help");
        }
        var hub = kubernetes ? inCluster() : alone();
        var stopped = new CountDownLatch(1);
        hub.onStoreFailure(() -> Runtime.getRuntime().halt(1));
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
            hub.close();
            stopped.countDown();
        }));
        stopped.await();
        return 0;
    }

    private Lifecycle alone() throws IOException {
        if (directory == null || device == null || data == null) {
            throw new IOException("--directory also needs --device and --data; see --help");
        }
        var clock = InstantSource.system();
        var site = DirectorySite.open(directory, data, device, labels, gatewayHost);
        var config = new HubConfig(
                device,
                List.of(gatewayHost),
                host,
                mqttPort,
                amqpPort,
                httpsPort,
                managementPort,
                data,
                site.tls(),
                site.upstreamSecret(),
                site.masterKey());
        return Lifecycle.start(config, site, site.statusSink(), Callers.NOBODY, clock);
    }

    private static Lifecycle inCluster() throws IOException {
        var deviceId = variable("SELVEDGE_DEVICE_ID");
        var key = Files.readAllBytes(Path.of(variable("SELVEDGE_MASTER_KEY_FILE")));
        var config = new HubConfig(
                deviceId,
                Stream.of(variable("SELVEDGE_GATEWAY_HOST"), System.getenv("SELVEDGE_EXPOSED_HOST"))
                        .filter(Objects::nonNull)
                        .toList(),
                "0.0.0.0",
                8883,
                5671,
                8443,
                9600,
                Path.of(variable("SELVEDGE_DATA")),
                Path.of(variable("SELVEDGE_TLS")),
                Path.of(variable("SELVEDGE_UPSTREAM_SECRET")),
                MasterKey.of(key));
        // an older operator gives none; then twins go by their age, unless the node has the device's name
        var node = System.getenv().getOrDefault("SELVEDGE_NODE", deviceId);
        var twins = ModuleTwins.inCluster(variable("SELVEDGE_NAMESPACE"), deviceId, node);
        return Lifecycle.start(config, twins, twins, twins, InstantSource.system());
    }

    private static String variable(String name) throws IOException {
        var value = System.getenv(name);
        if (value == null || value.isBlank()) {
            throw new IOException("the variable " + name + " is not set; the operator sets it in the hub's pod");
        }
        return value;
    }
}
