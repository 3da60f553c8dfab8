package dev.selvedge.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

import dev.selvedge.bench.measure.Backlog;
import dev.selvedge.bench.measure.BytesWritten;
import dev.selvedge.bench.measure.Compilers;
import dev.selvedge.bench.measure.EndToEnd;
import dev.selvedge.bench.measure.KeepingUp;
import dev.selvedge.bench.measure.Lab;
import dev.selvedge.bench.measure.Measurement;
import dev.selvedge.bench.measure.SlowSync;
import dev.selvedge.bench.measure.StartUp;
import dev.selvedge.bench.measure.Throughput;
import dev.selvedge.bench.report.Page;
import dev.selvedge.bench.report.Section;
import dev.selvedge.bench.scale.Scale;
import dev.selvedge.bench.server.Certificate;
import dev.selvedge.bench.server.HubProgram;
import dev.selvedge.bench.soak.Soak;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The benchmarks: measures, prints tables and writes the page. */
@Command(
        name = "selvedge-bench",
        mixinStandardHelpOptions = true,
        description = "The hub beside its peers, in one run.")
public final class Main {
    private static final Map<String, Supplier<Measurement>> MEASUREMENTS = new LinkedHashMap<>();

    static {
        MEASUREMENTS.put("throughput", Throughput::new);
        MEASUREMENTS.put("keeping-up", KeepingUp::new);
        MEASUREMENTS.put("end-to-end", EndToEnd::new);
        MEASUREMENTS.put("backlog", Backlog::new);
        MEASUREMENTS.put("bytes-written", BytesWritten::new);
        MEASUREMENTS.put("slow-sync", SlowSync::new);
        MEASUREMENTS.put("start-up", StartUp::new);
        MEASUREMENTS.put("compilers", Compilers::new);
    }

    private Main() {}

    /** @param args see {@code --help} */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }

    @Command(name = "run", mixinStandardHelpOptions = true, description = "Measures and writes the page.")
    int run(
            @Option(names = "--hub", required = true, description = "the hub's jar") Path hub,
            @Option(names = "--java-args", required = true, description = "file with the flags of its image")
                    Path javaArgs,
            @Option(
                            names = "--folder",
                            required = true,
                            description = "a folder on the disk to measure; emptied by the caller")
                    Path folder,
            @Option(names = "--rounds", defaultValue = "3", description = "rounds for each figure") int rounds,
            @Option(names = "--seconds", defaultValue = "2", description = "length of a round") double seconds,
            @Option(
                            names = "--backlog",
                            split = ",",
                            defaultValue = "100000,1000000",
                            description = "messages to queue")
                    List<Integer> backlogs,
            @Option(names = "--drain-seconds", defaultValue = "90", description = "when to give up a drain")
                    int drainSeconds,
            @Option(names = "--only", split = ",", description = "names of measurements; all without it") @Nullable
                    Set<String> only,
            @Option(names = "--page", description = "where to write the page") @Nullable Path page)
            throws IOException {
        var at = Files.createDirectories(folder.toAbsolutePath());
        var machine = Machine.describe(at);
        var plain = new HubProgram(hub.toAbsolutePath(), Files.readAllLines(javaArgs));
        var lab = new Lab(
                at,
                Certificate.make(at.resolve("tls")),
                plain.trained(at.resolve("training")),
                plain,
                rounds,
                seconds,
                backlogs,
                drainSeconds);
        var sections = new ArrayList<Section>();
        var failed = new ArrayList<String>();
        for (var measurement : MEASUREMENTS.entrySet()) {
            if (only == null || only.contains(measurement.getKey())) {
                var section =
                        section(measurement.getKey(), measurement.getValue().get(), lab, failed);
                System.out.println("\n" + section.markdown());
                sections.add(section);
            }
        }
        var all = Page.of("Performance", about(machine, plain), sections);
        System.out.println("\n" + all.targets());
        if (page != null) {
            all.write(page);
            System.out.println("written: " + page);
        }
        return failed.isEmpty() ? 0 : 1;
    }

    @Command(
            name = "soak",
            mixinStandardHelpOptions = true,
            description = "Hours with a small hub and many faults; exits with 1 when something was not as it must be.")
    int soak(
            @Option(names = "--hub", required = true, description = "the hub's jar") Path hub,
            @Option(names = "--java-args", required = true, description = "file with the flags of its image")
                    Path javaArgs,
            @Option(names = "--folder", required = true, description = "a folder, emptied by the caller") Path folder,
            @Option(names = "--minutes", defaultValue = "60", description = "how long") double minutes,
            @Option(names = "--per-second", defaultValue = "400", description = "messages of all modules together")
                    double perSecond,
            @Option(names = "--seed", defaultValue = "0", description = "of the faults; 0 takes one by chance")
                    long seed)
            throws IOException {
        var at = Files.createDirectories(folder.toAbsolutePath());
        var program = new HubProgram(hub.toAbsolutePath(), Files.readAllLines(javaArgs))
                .trained(at.resolve("training"))
                .withWholeHeap();
        var soak = new Soak(program, at, minutes, perSecond, seed == 0 ? System.nanoTime() : seed);
        return soak.run() ? 0 : 1;
    }

    @Command(
            name = "scale",
            mixinStandardHelpOptions = true,
            description =
                    "The operator with a site on many nodes that exist only as objects. Needs root, and no other cluster on this machine.")
    int scale(
            @Option(names = "--operator", required = true, description = "the operator's jar") Path operator,
            @Option(names = "--java-args", required = true, description = "file with the flags of its image")
                    Path javaArgs,
            @Option(names = "--java-option", description = "more flags") @Nullable List<String> javaOptions,
            @Option(names = "--folder", required = true, description = "a folder for logs") Path folder,
            @Option(names = "--nodes", split = ",", defaultValue = "250,500,1000", description = "how many, in turn")
                    List<Integer> nodes,
            @Option(names = "--modules", defaultValue = "5", description = "how many on each node") int modules,
            @Option(names = "--limit", defaultValue = "256", description = "memory of the operator, MiB") long limit,
            @Option(names = "--quiet", defaultValue = "120", description = "seconds to look for writes") int quiet,
            @Option(names = "--page", description = "where to write the page") @Nullable Path page)
            throws IOException {
        var flags = new ArrayList<>(Files.readAllLines(javaArgs));
        if (javaOptions != null) {
            flags.addAll(javaOptions);
        }
        var scale = new Scale(
                Path.of("").toAbsolutePath(),
                folder.toAbsolutePath(),
                operator.toAbsolutePath(),
                flags,
                limit << 20,
                modules,
                Duration.ofSeconds(quiet));
        var machine = Machine.describe(Files.createDirectories(folder.toAbsolutePath()));
        var section = scale.measure(nodes);
        System.out.println("\n" + section.markdown());
        if (page != null) {
            Page.of("The operator at scale", aboutScale(machine, flags, limit), List.of(section))
                    .write(page);
            System.out.println("written: " + page);
        }
        return 0;
    }

    private static String aboutScale(String machine, List<String> flags, long limit) {
        return """
                `make bench-scale` measures everything on this page and writes it anew; `make bench-scale NODES=50,200` takes other numbers of nodes.

                - **Machine**: %s. Control plane, fake nodes and operator share it.
                - **Cluster**: for each row a fresh etcd, API server, controller manager and scheduler (`cluster/cluster fleet`). [kwok](https://kwok.sigs.k8s.io)
                  plays the kubelets: nodes and pods exist as objects, nothing runs in them. The clients of controller manager and scheduler may send 1,000
                  requests a second instead of 20 to 50, twenty StatefulSets are worked on at once instead of five, and the API server takes more requests at
                  once, so that not their limits are measured.
                - **Operator**: its jar with the flags `%s`, the environment and the rights that the chart gives it, no AOT cache, in a memory
                  group of %d MiB. One site: an EdgeHub and EdgeModules that match all nodes.
                """.formatted(machine, String.join(" ", flags), limit);
    }

    /** One measurement that fails does not take the figures of the others with it. */
    private static Section section(String name, Measurement measurement, Lab lab, List<String> failed) {
        try {
            return measurement.measure(lab);
        } catch (IOException e) {
            System.err.println(name + " failed: " + e);
            failed.add(name);
            return new Section(name, "This measurement failed: " + e.getMessage(), List.of(), List.of(), List.of());
        }
    }

    private static String about(String machine, HubProgram hub) {
        return """
                `make bench` measures everything on this page and writes it anew; `make bench ROUNDS=7 SECONDS=5` takes longer rounds.

                - **Machine**: %s. Servers and load share it: the rates are those of both together.
                - **Peers**, in the same run: %s.
                  Mosquitto acknowledges from memory, even where it writes all that it holds to disk once a second: it shows what the load itself costs.
                  Artemis (embedded, journal NIO, datasync, syncs collected for 0.5 ms) and RabbitMQ (MQTT plugin, quorum queue of one) acknowledge what
                  is on disk, as the hub does.
                - **TLS 1.3** with an EC P-256 certificate is on for all, because the hub has no port without it. All have the same client: MQTT 3.1.1 on plain
                  sockets, which allocates nothing for a message.
                - **Hub**: its jar with the flags of its image, `%s`, and an AOT cache recorded as the image's build does.
                """.formatted(machine, Machine.peers(), String.join(" ", hub.flags()));
    }
}
