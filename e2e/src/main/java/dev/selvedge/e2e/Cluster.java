package dev.selvedge.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;

/**
 * The cluster of this run: the one that {@code SELVEDGE_KUBECONFIG} names, else k3s in a Docker container, else the throw-away one of
 * {@code cluster/}. Only in the last one can the links of nodes be cut.
 */
public final class Cluster implements AutoCloseable {
    private static final Duration UP = Duration.ofMinutes(40);
    private static final String REGISTRY = "SELVEDGE_REGISTRY";

    /** Where a cluster comes from. */
    private enum Kind {
        NAMED,
        K3S_IN_DOCKER,
        LOCAL
    }

    private final Shell shell;
    private final Path kubeconfig;
    private final Kind kind;
    private final KubernetesClient client;

    private Cluster(Shell shell, Path kubeconfig, Kind kind) {
        this.shell = shell;
        this.kubeconfig = kubeconfig;
        this.kind = kind;
        try {
            var config = Config.fromKubeconfig(Files.readString(kubeconfig));
            config.setClientKeyAlgo(KeyAlgorithm.of(config));
            client = new KubernetesClientBuilder().withConfig(config).build();
        } catch (IOException e) {
            throw new UncheckedIOException("the kubeconfig " + kubeconfig + " cannot be read", e);
        }
    }

    /** Takes the cluster that is named, or starts another if it is not up. */
    public static Cluster choose(Shell shell) {
        var named = System.getenv("SELVEDGE_KUBECONFIG");
        if (named != null && !named.isBlank()) {
            return new Cluster(shell, Path.of(named), Kind.NAMED);
        }
        if (shell.succeeds("cluster/k3s", "available")) {
            return new Cluster(shell, Path.of(shell.run("cluster/k3s", "up")), Kind.K3S_IN_DOCKER);
        }
        shell.run(UP, List.of("cluster/cluster", "up"));
        return new Cluster(shell, Path.of(shell.run("cluster/cluster", "kubeconfig")), Kind.LOCAL);
    }

    public String description() {
        return switch (kind) {
            case NAMED -> "the cluster of " + kubeconfig;
            case K3S_IN_DOCKER -> "k3s in a Docker container";
            case LOCAL -> "the local cluster of cluster/ (upstream Kubernetes in network namespaces)";
        };
    }

    public Path kubeconfig() {
        return kubeconfig;
    }

    /** Whether the links of nodes and of the broker can be cut here. */
    public boolean isLocal() {
        return kind == Kind.LOCAL;
    }

    public KubernetesClient client() {
        return client;
    }

    /** The kubectl to call. */
    public String kubectl() {
        return isLocal() ? shell.run("cluster/cluster", "bin") + "/kubectl" : "kubectl";
    }

    /**
     * The registry in place of {@code selvedge.dev}, from which the nodes of a named cluster pull images: {@code SELVEDGE_REGISTRY}. Without it
     * images must be on the nodes.
     */
    public Optional<String> registry() {
        return kind == Kind.NAMED
                ? Optional.ofNullable(System.getenv(REGISTRY)).filter(name -> !name.isBlank())
                : Optional.empty();
    }

    /** Puts images, as docker-archives, onto the nodes. */
    public void load(List<String> archives) {
        if (kind == Kind.NAMED) {
            return;
        }
        var command = new ArrayList<>(List.of(isLocal() ? "cluster/cluster" : "cluster/k3s", "load"));
        command.addAll(archives);
        shell.run(Duration.ofMinutes(5), command);
    }

    /** Ends a container with SIGKILL, as a power cut would. */
    public void kill(Pod pod) {
        if (isLocal()) {
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
