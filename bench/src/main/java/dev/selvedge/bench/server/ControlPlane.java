package dev.selvedge.bench.server;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;

/**
 * The control plane that {@code cluster/cluster fleet} starts afresh, with the chart installed and no operator running. Its API server writes down
 * what the chart's ServiceAccount asks. Needs root; one on a machine.
 */
public final class ControlPlane implements AutoCloseable {
    private static final String SYSTEM = "selvedge-system";
    private static final String ACCOUNT = "selvedge";
    private static final Duration TOKEN_LIFETIME = Duration.ofHours(24);

    private final Path project;
    private final Path folder;
    private final Path audit;
    private final KubernetesClient client;
    private Map<String, String> environment = Map.of();

    /**
     * Starts it and installs the chart.
     *
     * @param project the root of the checkout
     * @param folder where logs and kubeconfigs go
     */
    public ControlPlane(Path project, Path folder) throws IOException {
        this.project = project;
        this.folder = folder;
        cluster("fleet");
        var kubeconfig = Path.of(cluster("kubeconfig"));
        audit = kubeconfig.resolveSibling("logs/audit.log");
        var config = Config.fromKubeconfig(kubeconfig.toFile());
        config.setClientKeyAlgo("EC");
        client = new KubernetesClientBuilder().withConfig(config).build();
        try {
            install();
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Somebody with all rights. */
    public KubernetesClient client() {
        return client;
    }

    /** What the operator asked of the API server, one JSON object (audit.k8s.io/v1) a line. */
    public Path audit() {
        return audit;
    }

    /** What runs a command where the control plane is. */
    List<String> enter() {
        return List.of(project.resolve("cluster/cluster").toString(), "enter", "cp");
    }

    /** The environment that the chart gives the operator. */
    Map<String, String> environment() {
        return environment;
    }

    /** The operator's own access: the chart's ServiceAccount and its rights, no others. */
    Path operatorKubeconfig() throws IOException {
        var token = client.serviceAccounts()
                .inNamespace(SYSTEM)
                .withName(ACCOUNT)
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withExpirationSeconds(TOKEN_LIFETIME.toSeconds())
                        .endSpec()
                        .build())
                .getStatus()
                .getToken();
        var config = client.getConfiguration();
        var file = folder.resolve("operator.kubeconfig");
        Files.writeString(file, """
                apiVersion: v1
                kind: Config
                current-context: operator
                contexts: [{name: operator, context: {cluster: fleet, user: operator}}]
                clusters: [{name: fleet, cluster: {server: "%s", certificate-authority-data: %s}}]
                users: [{name: operator, user: {token: %s}}]
                """.formatted(config.getMasterUrl(), config.getCaCertData(), token));
        return file;
    }

    /** Creates or changes objects as kubectl does, from YAML. */
    public void apply(String yaml) {
        for (var item : client.load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
                .items()) {
            client.resource(item).fieldManager("kubectl").forceConflicts().serverSideApply();
        }
    }

    /** All that ships, with no operator of its own: that is run from its jar. */
    private void install() throws IOException {
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(SYSTEM)
                        .endMetadata()
                        .build())
                .create();
        var helm = run("helm/fetch").lines().reduce((_, last) -> last).orElseThrow();
        var chart = run(helm, "template", ACCOUNT, "helm/selvedge", "--namespace", SYSTEM, "--set", "replicaCount=0");
        apply(chart);
        var objects = client.load(new ByteArrayInputStream(chart.getBytes(StandardCharsets.UTF_8)))
                .items();
        environment = objects.stream()
                .filter(Deployment.class::isInstance)
                .flatMap(ControlPlane::environment)
                .filter(variable -> variable.getValue() != null)
                .collect(Collectors.toMap(EnvVar::getName, EnvVar::getValue));
        environment.put("SELVEDGE_NAMESPACE", SYSTEM);
    }

    private static Stream<EnvVar> environment(HasMetadata deployment) {
        return ((Deployment) deployment).getSpec().getTemplate().getSpec().getContainers().getFirst().getEnv().stream();
    }

    private String cluster(String verb) throws IOException {
        return run("cluster/cluster", verb);
    }

    private String run(String... command) throws IOException {
        return Child.output(project, List.of(command));
    }

    /** Takes it away. */
    @Override
    public void close() throws IOException {
        client.close();
        cluster("down");
    }
}
