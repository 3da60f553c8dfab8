package dev.selvedge.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import org.jspecify.annotations.Nullable;

/**
 * The cluster of this run: the one that {@code SELVEDGE_KUBECONFIG} names, else k3s in a container where a Docker engine has its image or can pull
 * it, else the throw-away one of {@code cluster/}. {@code SELVEDGE_CLUSTER} insists on one of the last two, {@code k3s} or {@code local}. Only in
 * the last can the links of nodes be cut.
 */
public final class Cluster implements AutoCloseable {
    /** The label of the nodes that the quickstart's hub is for. */
    static final String EDGE = "selvedge.dev/edge";

    private static final Duration UP = Duration.ofMinutes(40);
    private static final String KUBECONFIG = "SELVEDGE_KUBECONFIG";
    private static final String WAY = "SELVEDGE_CLUSTER";

    private final Shell shell;
    private final Path kubeconfig;
    private final Kind kind;
    private final String description;
    private final @Nullable Nodes nodes;
    private final @Nullable Registry registry;
    private final KubernetesClient client;
    /** The archives that the nodes were given, as of when. */
    private final Map<String, FileTime> loaded = new HashMap<>();

    /** Where a cluster comes from. */
    private enum Kind {
        NAMED,
        K3S,
        LOCAL
    }

    private Cluster(
            Shell shell,
            Path kubeconfig,
            Kind kind,
            String description,
            @Nullable Nodes nodes,
            @Nullable Registry registry) {
        this.shell = shell;
        this.kubeconfig = kubeconfig;
        this.kind = kind;
        this.description = description;
        this.nodes = nodes;
        this.registry = registry;
        try {
            var config = Config.fromKubeconfig(Files.readString(kubeconfig));
            config.setClientKeyAlgo(KeyAlgorithm.of(config));
            client = new KubernetesClientBuilder().withConfig(config).build();
        } catch (IOException e) {
            throw new UncheckedIOException("the kubeconfig " + kubeconfig + " cannot be read", e);
        }
    }

    /** Takes the cluster that the environment names, or starts another if it is not up. */
    public static Cluster choose(Shell shell) {
        return choose(shell, System.getenv());
    }

    /** @param environment what names the cluster, and the way to it */
    static Cluster choose(Shell shell, Map<String, String> environment) {
        var named = environment.getOrDefault(KUBECONFIG, "");
        if (!named.isBlank()) {
            return named(shell, Path.of(named), Registry.of(environment).orElse(null));
        }
        var way = environment.getOrDefault(WAY, "");
        return switch (way) {
            case "k3s" -> k3s(shell, shell.run("cluster/k3s", "image"));
            case "local" -> local(shell);
            case "" ->
                shell.succeeds("cluster/k3s", "image") ? k3s(shell, shell.run("cluster/k3s", "image")) : local(shell);
            default -> throw new IllegalStateException(WAY + " is k3s or local, not " + way);
        };
    }

    private static Cluster named(Shell shell, Path kubeconfig, @Nullable Registry registry) {
        var from = registry == null ? "" : " with images from " + registry.name();
        return new Cluster(shell, kubeconfig, Kind.NAMED, "the cluster of " + kubeconfig + from, null, registry);
    }

    private static Cluster k3s(Shell shell, String image) {
        var k3s = K3s.start(shell.root(), image);
        var cluster =
                new Cluster(shell, k3s.kubeconfig(), Kind.K3S, "k3s in a Docker container, image " + image, k3s, null);
        for (var node : cluster.client.nodes().list().getItems()) {
            cluster.label(node.getMetadata().getName(), EDGE, "true");
        }
        return cluster;
    }

    private static Cluster local(Shell shell) {
        shell.run(UP, List.of("cluster/cluster", "up"));
        return new Cluster(
                shell,
                Path.of(shell.run("cluster/cluster", "kubeconfig")),
                Kind.LOCAL,
                "the local cluster of cluster/ (upstream Kubernetes in network namespaces)",
                new LocalNodes(shell),
                null);
    }

    /** What it is and which way led to it, for people. */
    public String description() {
        return description;
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

    /** The kubectl to call: the one that was built for the local cluster where it is there, else the one on the path. */
    public String kubectl() {
        var built = Path.of(shell.run("cluster/cluster", "bin"), "kubectl");
        return Files.isExecutable(built) ? built.toString() : "kubectl";
    }

    /** Where the nodes of a named cluster pull images from. Without it images must be on the nodes. */
    Optional<Registry> registry() {
        return Optional.ofNullable(registry);
    }

    /** Makes a namespace whose pods can pull from the {@link #registry}. */
    void makeNamespace(String name) {
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .build())
                .serverSideApply();
        registry()
                .flatMap(from -> from.pullSecret(name))
                .ifPresent(secret -> client.resource(secret).forceConflicts().serverSideApply());
    }

    /** Puts images, as docker-archives, onto the nodes; those of a named cluster pull them, or have them already. */
    public void load(List<String> archives) {
        var changed = archives.stream()
                .filter(archive -> !modified(archive).equals(loaded.get(archive)))
                .toList();
        if (nodes != null && !changed.isEmpty()) {
            nodes.load(changed);
            changed.forEach(archive -> loaded.put(archive, modified(archive)));
        }
    }

    private static FileTime modified(String archive) {
        try {
            return Files.getLastModifiedTime(Path.of(archive));
        } catch (IOException e) {
            throw new UncheckedIOException("the image " + archive + " cannot be read", e);
        }
    }

    /** {@code kubectl label node --overwrite}; null takes the label away. */
    void label(String node, String label, @Nullable String value) {
        var json = value == null ? "null" : "\"" + value + "\"";
        client.nodes()
                .withName(node)
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"metadata\":{\"labels\":{\"" + label + "\":" + json + "}}}");
    }

    /** Whether {@link #kill} is a SIGKILL. The nodes of a named cluster are out of reach: there it deletes the pod and leaves no grace. */
    public boolean killsAtOnce() {
        return nodes != null;
    }

    /** Ends the container of a pod, as a power cut would where {@link #killsAtOnce}. */
    public void kill(Pod pod) {
        if (nodes == null) {
            client.resource(pod).withGracePeriod(0).delete();
            return;
        }
        var id = pod.getStatus().getContainerStatuses().getFirst().getContainerID();
        nodes.kill(pod.getSpec().getNodeName(), id.substring(id.indexOf("://") + "://".length()));
    }

    /** Cuts a node off from the API server and the other nodes. */
    public void cut(String node) {
        shell.run("cluster/cluster", "cut", node);
    }

    public void restore(String node) {
        shell.run("cluster/cluster", "restore", node);
    }

    /** Ends the API server as a power cut would; all else goes on. */
    public void killApiServer() {
        shell.run("cluster/cluster", "api", "down");
    }

    /** Starts the API server again, if it is down, and waits until it is ready. */
    public void startApiServer() {
        shell.run("cluster/cluster", "api", "up");
    }

    /** Has etcd forget the past: after the next start of the API server no watch goes on from where it was. */
    public void forget() {
        shell.run("cluster/cluster", "api", "forget");
    }

    @Override
    public void close() {
        client.close();
    }
}
