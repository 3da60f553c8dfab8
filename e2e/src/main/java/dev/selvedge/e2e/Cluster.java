package dev.selvedge.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;

/**
 * The cluster of this run: the one that {@code SELVEDGE_KUBECONFIG} names, else the throw-away one of {@code cluster/}. Only with the latter can
 * links be cut and containers be killed.
 */
public final class Cluster implements AutoCloseable {
    private static final Duration UP = Duration.ofMinutes(40);

    private final Shell shell;
    private final Path kubeconfig;
    private final boolean local;
    private final KubernetesClient client;

    private Cluster(Shell shell, Path kubeconfig, boolean local) {
        this.shell = shell;
        this.kubeconfig = kubeconfig;
        this.local = local;
        try {
            var config = Config.fromKubeconfig(Files.readString(kubeconfig));
            if (local) {
                // the client does not recognise an EC key in PKCS#8
                config.setClientKeyAlgo("EC");
            }
            client = new KubernetesClientBuilder().withConfig(config).build();
        } catch (IOException e) {
            throw new UncheckedIOException("the kubeconfig " + kubeconfig + " cannot be read", e);
        }
    }

    /** Takes the cluster that is named, or starts the local one if it is not up. */
    public static Cluster choose(Shell shell) {
        var named = System.getenv("SELVEDGE_KUBECONFIG");
        if (named != null && !named.isBlank()) {
            return new Cluster(shell, Path.of(named), false);
        }
        shell.run(UP, List.of("cluster/cluster", "up"));
        return new Cluster(shell, Path.of(shell.run("cluster/cluster", "kubeconfig")), true);
    }

    public String description() {
        return local
                ? "the local cluster of cluster/ (upstream Kubernetes in network namespaces)"
                : "the cluster of " + kubeconfig;
    }

    public Path kubeconfig() {
        return kubeconfig;
    }

    /** Whether links can be cut and containers killed here. */
    public boolean isLocal() {
        return local;
    }

    public KubernetesClient client() {
        return client;
    }

    /** The kubectl to call. */
    public String kubectl() {
        return local ? shell.run("cluster/cluster", "bin") + "/kubectl" : "kubectl";
    }

    /** Puts images, as docker-archives, onto the nodes. */
    public void load(List<String> archives) {
        if (local) {
            var command = new ArrayList<>(List.of("cluster/cluster", "load"));
            command.addAll(archives);
            shell.run(Duration.ofMinutes(5), command);
        }
    }

    /** Ends a container with SIGKILL, as a power cut would. */
    public void kill(Pod pod) {
        if (local) {
            var id = pod.getStatus().getContainerStatuses().getFirst().getContainerID();
            shell.run("cluster/cluster", "kill-container", pod.getSpec().getNodeName(), id);
        } else {
            client.resource(pod).withGracePeriod(0).delete();
        }
    }

    /** Cuts a node off from the API server and the other nodes. */
    public void cut(String node) {
        shell.run("cluster/cluster", "cut", node);
    }

    public void restore(String node) {
        shell.run("cluster/cluster", "restore", node);
    }

    @Override
    public void close() {
        client.close();
    }
}
