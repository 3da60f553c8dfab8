package dev.selvedge.bench.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;

/** The operator from its jar, with the flags of its image, the environment and the rights that the chart gives it. */
public final class Operator implements AutoCloseable {
    private static final int START_SECONDS = 120;
    private static final int PORT = 18080;

    private final ControlPlane cluster;
    private final Optional<Cgroup> group;
    private final Child child;

    /**
     * Starts one. It works as soon as it is ready, see {@link #awaitReady}.
     *
     * @param group where it runs, if anywhere in particular
     */
    public Operator(ControlPlane cluster, Path jar, List<String> flags, Path folder, Optional<Cgroup> group)
            throws IOException {
        this.cluster = cluster;
        this.group = group;
        var command = new ArrayList<String>();
        group.ifPresent(to -> command.addAll(to.prefix()));
        command.addAll(cluster.enter());
        command.addAll(Java.command(flags, "-jar", jar.toString()));
        var environment = new HashMap<>(cluster.environment());
        environment.put("KUBECONFIG", cluster.operatorKubeconfig().toString());
        environment.put("SELVEDGE_MANAGEMENT_PORT", "" + PORT);
        child = new Child(command, environment, folder.resolve("operator.log"));
    }

    /** Waits until its caches are filled, and says how many seconds that took from its start. */
    public double awaitReady() throws IOException {
        return child.await(() -> ask("/health/ready"), START_SECONDS);
    }

    /** Reads its metrics now. */
    public Metrics metrics() throws IOException {
        return new Metrics(ask("/metrics").lines().toList());
    }

    /** Resident memory, bytes. */
    public long rss() throws IOException {
        return Footprint.rss(child.pid());
    }

    /** The working set as Kubernetes counts it; where this process may not make control groups, resident memory. */
    public long workingSet() throws IOException {
        return group.isPresent() ? group.get().workingSet() : rss();
    }

    /** Seconds of processor time since its start. */
    public double cpuSeconds() throws IOException {
        return Footprint.cpuSeconds(child.pid());
    }

    public boolean alive() {
        return child.alive();
    }

    private String ask(String path) throws IOException {
        var command = new ArrayList<>(cluster.enter());
        command.addAll(
                List.of("sh", "-c", "exec busybox wget -q -O - http://127.0.0.1:" + PORT + path + " 2>/dev/null"));
        return Child.output(null, command);
    }

    /** Ends it with SIGTERM. */
    @Override
    public void close() throws IOException {
        if (child.alive()) {
            child.stop();
        }
    }
}
