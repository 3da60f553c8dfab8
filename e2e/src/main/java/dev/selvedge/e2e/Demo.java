package dev.selvedge.e2e;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import dev.selvedge.e2e.Ledger.Account;

/**
 * The story of {@code make demo}: a site is installed, a twin is changed, the uplink is cut, the hub is killed and a module restarted meanwhile,
 * the link comes back, and every message is counted.
 */
public final class Demo {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** Kept by the hub when it is killed; fewer would say little about an outage. */
    private static final long KEPT = 40;
    /** Kept on top of that of the restarted sensor. */
    private static final long MORE = 10;
    /** Of those that are published at least. */
    static final long READINGS = KEPT + MORE;

    private final Shell shell;
    private final Cluster cluster;
    private final Broker broker;
    private final Ledger ledger;
    private final Site site;
    private final PrintStream out;
    private final long startedAt = System.nanoTime();

    public Demo(Shell shell, Cluster cluster, Broker broker, Ledger ledger, PrintStream out) {
        this.shell = shell;
        this.cluster = cluster;
        this.broker = broker;
        this.ledger = ledger;
        this.out = out;
        site = new Site(shell, cluster);
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
        var shell = new Shell(Shell.projectRoot()).telling(PATIENCE, progress -> System.out.println("    " + progress));
        System.out.println("Selvedge runs IoT Edge modules on Kubernetes. This demo needs a few minutes.");
        System.out.println("[1] A cluster. (The first time, Kubernetes is built from source: about ten minutes.)");
        var ledger = new Ledger();
        try (var cluster = Cluster.choose(shell)) {
            System.out.println("    " + cluster.description());
            EdgeNodes.require(cluster);
            System.out.println(
                    "[2] Images of the operator, the hub and three sample modules; then 'helm install'. (The first time: a few minutes.)");
            Selvedge.install(shell, cluster);
            System.out.println("[3] A broker: the world outside the site.");
            try (var broker = Broker.start(shell, cluster, ledger)) {
                var demo = new Demo(shell, cluster, broker, ledger, System.out);
                var account = demo.run();
                System.out.println();
                System.out.println(account);
                demo.next();
                return account.lost() + account.outOfOrder() == 0 ? 0 : 1;
            }
        }
    }

    /** Plays the story on a cluster with Selvedge installed; the account of all readings of all sensors. */
    public Account run() throws IOException {
        if (site.exists()) {
            say("a site is there from before: its sensors are stopped, so that the count begins at nothing");
            site.stopSensors(ledger);
            ledger.clear();
        }
        say("kubectl apply -f examples/quickstart/, with the address of this broker: " + broker.url());
        site.apply(broker);
        say("waiting until hubs and modules are Ready, and modules connected");
        site.awaitReady();
        var node = site.nodes().getFirst();
        site.awaitConnected(Site.SENSOR, node, "interval");
        site.awaitConnected(Site.FILTER, node, "threshold");
        show("kubectl", "get", "iotedge", "-n", Site.NAMESPACE);
        var sources = site.sources();
        say("readings arrive at the upstream broker");
        var before = ledger.arrived();
        Site.await(SOON, "readings arrive upstream", () -> ledger.arrived() > before + 10);
        out.println("    " + ledger.arrived() + " so far, the latest:");
        broker.latest().forEach(message -> out.println("    " + message));
        changeTwin(Site.SENSOR, node, "interval", List.of("0.2", "0.25"));
        changeTwin(Site.FILTER, node, "threshold", List.of("2.5", "2"));
        outage(node);
        settle(sources);
        return ledger.account(sources);
    }

    /** To whichever of two values the module does not have. */
    private void changeTwin(String module, String node, String key, List<String> values) {
        var has = site.reported(module, node, key);
        var target =
                values.stream().filter(value -> !value.equals(has)).findFirst().orElseThrow();
        var twin = module + "." + node;
        say("kubectl patch moduletwin " + twin + ": desired " + key + " " + target);
        var patch = "{\"spec\":{\"properties\":{\"desired\":{\"" + key + "\":" + target + "}}}}";
        show("kubectl", "patch", "moduletwin", twin, "-n", Site.NAMESPACE, "--type=merge", "-p", patch);
        var start = System.nanoTime();
        Site.await(
                SOON, module + " obeys", () -> site.reported(module, node, key).equals(target));
        out.printf("    the module obeys and has reported it after %.1f s%n", seconds(start));
    }

    private void outage(String node) {
        var source = List.of(site.device(node) + "/" + Site.SENSOR);
        say("the uplink is cut");
        broker.cut();
        var atCut = ledger.arrived();
        say("waiting until the hub of " + node + " keeps " + KEPT + " readings that it has acknowledged");
        site.awaitBacklog(source, KEPT, ledger);
        say("the hub of " + node + " is killed "
                + (cluster.killsAtOnce() ? "(SIGKILL)" : "(its pod is deleted without grace)"));
        cluster.kill(site.hubPod(node));
        say("the sensor of " + node + " is restarted while there is no uplink");
        var sensor = site.modulePod(Site.SENSOR, node);
        site.endSensors(
                List.of(sensor), ledger, () -> cluster.client().resource(sensor).delete());
        var old = ledger.awaitedFrom(source.getFirst());
        say("waiting until everybody is up again, cut off from the world");
        site.awaitReady();
        site.awaitBacklog(source, old + MORE, ledger);
        var kept = ledger.awaitedFrom(source.getFirst());
        out.println("    arrived upstream since the cut: " + (ledger.arrived() - atCut) + "; kept on " + node + ": "
                + old + " readings of the sensor's old run, " + (kept - old) + " of its new one");
        say("the uplink is back");
        var start = System.nanoTime();
        var waiting = ledger.arrived();
        broker.restore();
        Site.await(SOON, "messages flow again", () -> ledger.arrived() > waiting);
        out.printf("    messages flow again after %.1f s%n", seconds(start));
        site.awaitDelivery(source, ledger);
        out.printf("    all %d readings that were kept have arrived after %.1f s%n", kept, seconds(start));
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    /** Stops the sensors and waits until all that they published has arrived. */
    private void settle(List<String> sources) {
        say("the sensors are stopped, and what waits is delivered");
        site.stopSensors(ledger);
        out.println("    " + sources.size() + " sensors stopped, all queues empty");
    }

    private void show(String... command) {
        command[0] = cluster.kubectl();
        out.println(shell.run(command).indent(4).stripTrailing());
    }

    private void say(String text) {
        out.printf("[%3d s] %s%n", (System.nanoTime() - startedAt) / 1_000_000_000L, text);
    }

    private void next() {
        out.println();
        out.println("The cluster is still up. Try:");
        var folder = Path.of(cluster.kubectl()).getParent();
        var path = folder == null ? "" : " PATH=$PATH:" + folder;
        out.println("  export KUBECONFIG=" + cluster.kubeconfig() + path);
        out.println("  kubectl get iotedge -n site                       # hubs, modules, twins");
        out.println("  kubectl -n site get mt filter." + site.nodes().getFirst()
                + " -o yaml      # a twin: desired and reported");
        out.println("'make cluster-down' removes every trace.");
    }
}
