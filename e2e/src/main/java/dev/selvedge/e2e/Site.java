package dev.selvedge.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.ModuleTwinStatus.ConnectionState;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** The namespace in which {@code examples/quickstart} runs, as a person sees it. */
public final class Site {
    /** The namespace that the examples name. */
    public static final String NAMESPACE = "site";
    /** The module whose readings are counted, in Java. */
    public static final String SENSOR = "weather-sensor";
    /** The module in Node.js. */
    public static final String FILTER = "filter";

    private static final String EXAMPLE_BROKER = "mqtts://broker.example:8883";
    private static final Duration READY = Duration.ofMinutes(4);
    private static final Pattern SAMPLE = Pattern.compile("image: selvedge\\.dev/([a-z-]+):\\S+");

    private final Shell shell;
    private final Cluster cluster;
    private final Path manifests;
    private final KubernetesClient client;
    private final String namespace = NAMESPACE;

    public Site(Shell shell, Cluster cluster) {
        this(shell, cluster, shell.root().resolve("examples/quickstart"));
    }

    /**
     * A site of manifests that may be of another release.
     *
     * @param manifests the folder; the sample modules that it names are taken from this checkout, whatever their version there
     */
    Site(Shell shell, Cluster cluster, Path manifests) {
        this.manifests = manifests;
        this.shell = shell.with("KUBECONFIG", cluster.kubeconfig().toString());
        this.cluster = cluster;
        client = cluster.client();
    }

    /** {@code kubectl apply -f examples/quickstart/}, with the address and the credentials of the broker; the sensors run. */
    public void apply(Broker broker) throws IOException {
        cluster.makeNamespace(namespace);
        client.resource(new SecretBuilder()
                        .withNewMetadata()
                        .withName("broker")
                        .withNamespace(namespace)
                        .endMetadata()
                        .addToStringData("username", broker.user())
                        .addToStringData("password", broker.password())
                        .addToStringData("ca.crt", broker.ca())
                        .build())
                .forceConflicts()
                .serverSideApply();
        var quickstart = Files.writeString(Files.createTempFile("quickstart-", ".yaml"), quickstart(broker.url()));
        try {
            shell.run(cluster.kubectl(), "apply", "-f", quickstart.toString());
        } finally {
            Files.delete(quickstart);
        }
        // whoever was here before may have left the sensors stopped
        patchModule(SENSOR, "{\"spec\":{\"state\":\"Running\"}}");
    }

    /** The manifests with the address of a broker, as one. */
    private String quickstart(String url) throws IOException {
        var text = new StringBuilder();
        try (var files = Files.list(manifests)) {
            for (var file : files.sorted().toList()) {
                var manifest = Files.readString(file).replace(EXAMPLE_BROKER, url);
                text.append("---\n")
                        .append(SAMPLE.matcher(manifest)
                                .replaceAll(sample -> "image: " + Selvedge.image(shell, cluster, sample.group(1))));
            }
        }
        return text.toString();
    }

    /** Whether the sensor's EdgeModule is there. */
    public boolean exists() {
        return module(SENSOR).get() != null;
    }

    /** Sources of readings: {@code device/module}. */
    public List<String> sources() {
        return nodes().stream().map(node -> device(node) + "/" + SENSOR).toList();
    }

    /** The device that a node is; its name while it has no hub. */
    public String device(String node) {
        var twin = client.resources(ModuleTwin.class)
                .inNamespace(namespace)
                .withName("edgehub." + node)
                .get();
        return twin == null ? node : twin.getSpec().deviceId();
    }

    /** Stops the sensors on all nodes and waits until the hubs have delivered all that they took. */
    public void stopSensors(Ledger ledger) {
        endSensors(modulePods(SENSOR), ledger, () -> {
            patchModule(SENSOR, "{\"spec\":{\"state\":\"Stopped\"}}");
            await(READY, "the sensors are gone", () -> modulePods(SENSOR).isEmpty());
        });
        await(READY, "the queues are empty", () -> nodes().stream().allMatch(node -> stored(node) == 0));
    }

    /** Messages that wait in the hub of a node. */
    public long stored(String node) {
        return HubMetrics.read(client, namespace, "edgehub--" + node + "-0").sum("edgehub_queue_length");
    }

    /** A merge patch of an EdgeModule. */
    public void patchModule(String module, String patch) {
        module(module).patch(PatchContext.of(PatchType.JSON_MERGE), patch);
    }

    /** A merge patch of the desired properties of a module on a node. */
    public void patchDesired(String module, String node, String desired) {
        client.resources(ModuleTwin.class)
                .inNamespace(namespace)
                .withName(module + "." + node)
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"spec\":{\"properties\":{\"desired\":" + desired + "}}}");
    }

    public Resource<EdgeModule> module(String name) {
        return client.resources(EdgeModule.class).inNamespace(namespace).withName(name);
    }

    public Resource<EdgeHub> hub(String name) {
        return client.resources(EdgeHub.class).inNamespace(namespace).withName(name);
    }

    public List<Pod> modulePods(String module) {
        return client.pods()
                .inNamespace(namespace)
                .withLabel("selvedge.dev/module", module)
                .list()
                .getItems();
    }

    /** All pods of hubs and modules. */
    public List<Pod> pods() {
        return client.pods()
                .inNamespace(namespace)
                .withLabel("app.kubernetes.io/part-of", "selvedge")
                .list()
                .getItems();
    }

    /** The running containers of hubs and modules on a node, each with the moment it started. */
    List<String> running(String node) {
        return pods().stream()
                .filter(pod -> node.equals(pod.getSpec().getNodeName()))
                .flatMap(pod -> running(pod).stream())
                .sorted()
                .toList();
    }

    /** The running containers of a pod, each with the moment it started. */
    static List<String> running(Pod pod) {
        return pod.getStatus().getContainerStatuses().stream()
                .filter(container -> container.getState().getRunning() != null)
                .map(container -> pod.getMetadata().getName() + " " + container.getContainerID() + " "
                        + container.getState().getRunning().getStartedAt())
                .toList();
    }

    /** Nodes that have a hub. */
    public List<String> nodes() {
        return client
                .pods()
                .inNamespace(namespace)
                .withLabel("app.kubernetes.io/component", "hub")
                .list()
                .getItems()
                .stream()
                .map(pod -> pod.getMetadata().getLabels().get("selvedge.dev/node"))
                .sorted()
                .toList();
    }

    /** Waits until all hubs and modules say that they are Ready. */
    public void awaitReady() {
        await(READY, "all hubs and modules are Ready", () -> hubsReady() && modulesReady());
    }

    /** Waits until a module says that it is Ready. */
    public void awaitReady(String module) {
        await(READY, module + " is Ready", () -> {
            var status = module(module).require().getStatus();
            return status != null && ready(status.conditions());
        });
    }

    private boolean hubsReady() {
        var hubs = client.resources(EdgeHub.class).inNamespace(namespace).list().getItems();
        return !hubs.isEmpty()
                && hubs.stream()
                        .allMatch(hub ->
                                hub.getStatus() != null && ready(hub.getStatus().conditions()));
    }

    private boolean modulesReady() {
        var modules =
                client.resources(EdgeModule.class).inNamespace(namespace).list().getItems();
        return !modules.isEmpty()
                && modules.stream()
                        .allMatch(module -> module.getStatus() != null
                                && ready(module.getStatus().conditions()));
    }

    /** Reasons of the condition Ready of hubs and modules where it is not True. */
    public List<String> reasons() {
        return conditions()
                .filter(condition -> !condition.status().equals(Condition.TRUE))
                .map(Condition::reason)
                .toList();
    }

    /** The condition Ready of a module, as {@code reason: message}; empty when it has none. */
    public String trouble(String module) {
        var status = module(module).require().getStatus();
        return status == null || status.conditions() == null
                ? ""
                : status.conditions().stream()
                        .filter(condition -> condition.type().equals(Condition.READY)
                                && !condition.status().equals(Condition.TRUE))
                        .map(condition -> condition.reason() + ": " + condition.message())
                        .collect(Collectors.joining("; "));
    }

    private Stream<Condition> conditions() {
        var hubs = client.resources(EdgeHub.class).inNamespace(namespace).list().getItems().stream()
                .map(hub -> hub.getStatus() == null ? null : hub.getStatus().conditions());
        var modules = client.resources(EdgeModule.class).inNamespace(namespace).list().getItems().stream()
                .map(module ->
                        module.getStatus() == null ? null : module.getStatus().conditions());
        return Stream.concat(hubs, modules)
                .filter(Objects::nonNull)
                .flatMap(List::stream)
                .filter(condition -> condition.type().equals(Condition.READY));
    }

    private static boolean ready(@Nullable List<Condition> conditions) {
        return conditions != null
                && conditions.stream()
                        .anyMatch(c ->
                                c.type().equals(Condition.READY) && c.status().equals(Condition.TRUE));
    }

    public Pod hubPod(String node) {
        return pod("edgehub--" + node + "-0");
    }

    public Pod modulePod(String module, String node) {
        return pod(module + "--" + node + "-0");
    }

    private Pod pod(String name) {
        var pod = client.pods().inNamespace(namespace).withName(name).get();
        if (pod == null) {
            throw new IllegalStateException("there is no pod " + name + " in namespace " + namespace);
        }
        return pod;
    }

    public ModuleTwin twin(String module, String node) {
        return client.resources(ModuleTwin.class)
                .inNamespace(namespace)
                .withName(module + "." + node)
                .require();
    }

    /** Waits until a module of a node is connected and has obeyed a key of its twin once: its process may start long after its pod. */
    public void awaitConnected(String module, String node, String key) {
        await(
                READY,
                module + " of " + node + " is connected and has reported " + key,
                () -> twin(module, node).getStatus().connectionState() == ConnectionState.Connected
                        && !reported(module, node, key).isEmpty());
    }

    /** A value among the reported properties of a twin, as text; empty when there is none. */
    public String reported(String module, String node, String key) {
        var status = twin(module, node).getStatus();
        return status == null
                        || status.properties() == null
                        || status.properties().reported() == null
                ? ""
                : status.properties().reported().path(key).asText("");
    }

    /** Enters into the ledger how far the sensors say that their readings were acknowledged. */
    private void acknowledged(Ledger ledger) {
        for (var pod : modulePods(SENSOR)) {
            SensorLog.read(client, pod, source(pod)).enter(ledger);
        }
    }

    /**
     * Does what ends these sensors, and enters into the ledger every reading of theirs that was acknowledged until then. Those that have not begun yet are
     * waited for: one that ends before does not say so.
     *
     * @param sensors those among these pods that run are followed
     */
    public void endSensors(List<Pod> sensors, Ledger ledger, Runnable end) {
        var running = sensors.stream().filter(pod -> !running(pod).isEmpty()).toList();
        await(READY, "the sensors begin", () -> running.stream().allMatch(pod -> SensorLog.hasBegun(client, pod)));
        var logs = running.stream()
                .map(pod -> SensorLog.follow(client, pod, source(pod)))
                .toList();
        end.run();
        logs.forEach(log -> log.whole(READY).enter(ledger));
    }

    private String source(Pod sensor) {
        return device(String.valueOf(sensor.getMetadata().getLabels().get("selvedge.dev/node"))) + "/" + SENSOR;
    }

    /** Waits until this many readings of each source were acknowledged and have not arrived: with the uplink cut, what the hubs keep. */
    public void awaitBacklog(List<String> sources, long readings, Ledger ledger) {
        await(READY, readings + " readings are kept of each of " + String.join(", ", sources), () -> {
            acknowledged(ledger);
            return sources.stream().allMatch(source -> ledger.awaitedFrom(source) >= readings);
        });
    }

    /** Waits until all readings of these sources that are known to be acknowledged have arrived, those of runs that have ended among them. */
    public void awaitDelivery(List<String> sources, Ledger ledger) {
        await(
                READY,
                "all that was kept of " + String.join(", ", sources) + " arrives",
                () -> sources.stream().allMatch(source -> ledger.awaitedFrom(source) == 0));
    }

    /** Waits, looking at once and then four times a second; says what it waited for when the limit is over. */
    public static void await(Duration limit, String what, BooleanSupplier condition) {
        Awaitility.await(what)
                .atMost(limit)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(250))
                .ignoreExceptions()
                .until(condition::getAsBoolean);
    }
}
