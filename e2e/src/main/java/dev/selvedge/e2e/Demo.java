package dev.selvedge.e2e;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;

import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.e2e.Ledger.Account;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;

/**
 * The story of {@code make demo}: a site is installed, a twin is changed, the uplink is cut, the hub is killed and a module restarted meanwhile,
 * the link comes back, and every message is counted.
 */
public final class Demo {
    private static final String NAMESPACE = "site";
    private static final String SENSOR = "weather-sensor";
    private static final Duration READY = Duration.ofMinutes(4);
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final long READINGS_WHILE_OFFLINE = 40;

    private final Shell shell;
    private final Cluster cluster;
    private final Broker broker;
    private final Ledger ledger;
    private final Site site;
    private final PrintStream out;
    private final long startedAt = System.nanoTime();

    public Demo(Shell shell, Cluster cluster, Broker broker, Ledger ledger, PrintStream out) {
        this.shell = shell.with("KUBECONFIG", cluster.kubeconfig().toString());
        this.cluster = cluster;
        this.broker = broker;
        this.ledger = ledger;
        this.out = out;
        site = new Site(cluster.client(), NAMESPACE);
    }

    /** @param args none */
    public static void main(String[] args) {
        var code = 1;
        try {
            code = tell();
        } catch (IOException | RuntimeException e) {
            System.err.println("the demo stopped: " + e.getMessage());
        }
        // the clients' threads must not keep a finished demo alive
        System.exit(code);
    }

    private static int tell() throws IOException {
        var shell = new Shell(Shell.projectRoot());
        System.out.println("Selvedge runs IoT Edge modules on Kubernetes. This demo needs a few minutes.");
        System.out.println("[1] A cluster. (The first time, Kubernetes is built from source: about ten minutes.)");
        var ledger = new Ledger();
        try (var cluster = Cluster.choose(shell);
                var broker = Broker.start(shell, ledger)) {
            System.out.println("    " + cluster.description());
            System.out.println("[2] Images of the operator, the hub and two sample modules; then 'helm install'.");
            Selvedge.install(shell, cluster);
            var demo = new Demo(shell, cluster, broker, ledger, System.out);
            var account = demo.run();
            System.out.println();
            System.out.println(account);
            demo.next();
            return account.lost() + account.outOfOrder() == 0 ? 0 : 1;
        }
    }

    /** Plays the story on a cluster with Selvedge installed; the account of all readings of all sensors. */
    public Account run() throws IOException {
        if (exists()) {
            say("a site is there from before: its sensors are stopped, so that the count begins at nothing");
            stopSensors();
            ledger.clear();
        }
        apply();
        say("waiting until hubs and modules are Ready");
        site.awaitReady(READY);
        show("kubectl", "get", "iotedge", "-n", NAMESPACE);
        var nodes = site.nodes();
        var sources = nodes.stream().map(node -> node + "/" + SENSOR).toList();
        say("readings arrive at the upstream broker");
        var before = ledger.arrived();
        Site.await(SOON, "readings arrive upstream", () -> ledger.arrived() > before + 10);
        out.println("    " + ledger.arrived() + " so far");
        changeTwin(nodes.getFirst());
        outage(nodes.getFirst(), sources);
        settle(nodes, sources);
        return ledger.account(sources);
    }

    private void apply() throws IOException {
        say("kubectl apply -f examples/quickstart/");
        var client = cluster.client();
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(NAMESPACE)
                        .endMetadata()
                        .build())
                .serverSideApply();
        client.resource(new SecretBuilder()
                        .withNewMetadata()
                        .withName("broker")
                        .withNamespace(NAMESPACE)
                        .endMetadata()
                        .addToStringData("username", broker.user())
                        .addToStringData("password", broker.password())
                        .addToStringData("ca.crt", broker.ca())
                        .build())
                .forceConflicts()
                .serverSideApply();
        shell.run(kubectl(), "apply", "-f", "examples/quickstart/");
        // a demo that ran before left the sensors stopped
        patchSensor("{\"spec\":{\"state\":\"Running\"}}");
    }

    private void changeTwin(String node) {
        var target = site.reported(SENSOR, node, "interval").equals("0.2") ? "0.25" : "0.2";
        say("kubectl patch moduletwin " + SENSOR + "." + node + ": desired interval " + target);
        var start = System.nanoTime();
        cluster.client()
                .resources(ModuleTwin.class)
                .inNamespace(NAMESPACE)
                .withName(SENSOR + "." + node)
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"spec\":{\"properties\":{\"desired\":{\"interval\":" + target + "}}}}");
        Site.await(
                SOON,
                "the sensor obeys",
                () -> site.reported(SENSOR, node, "interval").equals(target));
        out.printf("    the module obeys and has reported it after %.1f s%n", (System.nanoTime() - start) / 1e9);
    }

    private void outage(String node, List<String> sources) {
        say("the uplink is cut");
        var atCut = ledger.arrived();
        broker.cut();
        say("the hub of " + node + " is killed (SIGKILL)");
        cluster.kill(site.hubPod(node));
        say("the sensor of " + node + " is restarted while there is no uplink");
        site.acknowledged(SENSOR, node, ledger);
        cluster.client().resource(site.modulePod(SENSOR, node)).delete();
        say("waiting until everybody is up again, cut off from the world");
        site.awaitReady(READY);
        Site.await(READY, "readings are stored while offline", () -> stored(node) >= READINGS_WHILE_OFFLINE);
        out.println("    arrived upstream since the cut: " + (ledger.arrived() - atCut) + "; waiting in the hub of "
                + node + ": " + stored(node));
        say("the uplink is back");
        var start = System.nanoTime();
        var waiting = ledger.arrived();
        broker.restore();
        Site.await(SOON, "messages flow again", () -> ledger.arrived() > waiting);
        out.printf("    messages flow again after %.1f s%n", (System.nanoTime() - start) / 1e9);
        out.println("    sources: " + String.join(", ", sources));
    }

    /** Stops the sensors and waits until all that they published has arrived. */
    private void settle(List<String> nodes, List<String> sources) {
        say("the sensors are stopped, and what waits is delivered");
        nodes.forEach(node -> site.acknowledged(SENSOR, node, ledger));
        stopSensors();
        out.println("    " + sources.size() + " sensors stopped, all queues empty");
    }

    private boolean exists() {
        return cluster.client()
                        .resources(EdgeModule.class)
                        .inNamespace(NAMESPACE)
                        .withName(SENSOR)
                        .get()
                != null;
    }

    /** Stops the sensors on all nodes and waits until the hubs have delivered what they sent. */
    private void stopSensors() {
        patchSensor("{\"spec\":{\"state\":\"Stopped\"}}");
        Site.await(
                READY,
                "the sensors are gone",
                () -> cluster.client()
                        .pods()
                        .inNamespace(NAMESPACE)
                        .withLabel("selvedge.dev/module", SENSOR)
                        .list()
                        .getItems()
                        .isEmpty());
        Site.await(READY, "the queues are empty", () -> site.nodes().stream().allMatch(node -> stored(node) == 0));
    }

    /** Messages that wait in the hub of a node. */
    private long stored(String node) {
        return HubMetrics.read(cluster.client(), NAMESPACE, "edgehub--" + node + "-0")
                .sum("edgehub_queue_length");
    }

    private void patchSensor(String patch) {
        cluster.client()
                .resources(EdgeModule.class)
                .inNamespace(NAMESPACE)
                .withName(SENSOR)
                .patch(PatchContext.of(PatchType.JSON_MERGE), patch);
    }

    private void show(String... command) {
        command[0] = kubectl();
        out.println(shell.run(command).indent(4).stripTrailing());
    }

    private String kubectl() {
        return cluster.isLocal() ? shell.run("cluster/cluster", "bin") + "/kubectl" : "kubectl";
    }

    private void say(String text) {
        out.printf("[%3d s] %s%n", (System.nanoTime() - startedAt) / 1_000_000_000L, text);
    }

    private void next() {
        out.println();
        out.println("The cluster is still up. Try:");
        out.println("  export KUBECONFIG=" + cluster.kubeconfig() + " PATH=$PATH:"
                + kubectl().replace("/kubectl", ""));
        out.println("  kubectl get iotedge -n site                       # hubs, modules, twins");
        out.println("  kubectl -n site get mt filter.edge-1 -o yaml      # a twin: desired and reported");
        out.println("'make cluster-down' removes every trace.");
    }
}
