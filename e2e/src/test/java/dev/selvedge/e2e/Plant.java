package dev.selvedge.e2e;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import dev.selvedge.e2e.Ledger.Account;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the end-to-end tests share: the cluster of this run with the chart installed, the broker, and the quickstart's site. Made once, with the
 * first test that asks for it.
 */
record Plant(Cluster cluster, Broker broker, Ledger ledger, Site site, Shell shell) implements AutoCloseable {
    private static final Duration SOON = Duration.ofSeconds(90);
    /** A kubelet looks at the Secret of a running pod again after 60 to 90 s, and until then a hub knows the broker before this one. */
    private static final Duration SECRETS = Duration.ofMinutes(4);

    private static final String TWINS = "jsonpath={range .items[*]}{.metadata.name} generation {.metadata.generation}"
            + ", desired {.spec.properties.desired}, version {.status.desiredVersion}"
            + ", reported {.status.properties.reported}, {.status.connectionState}{\"\\n\"}{end}";

    /** Hands the one plant to test methods with a parameter of its type, and shows how it is when one of them fails. */
    static final class Extension implements ParameterResolver, TestExecutionExceptionHandler {
        @Override
        public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
            var plant = plants(context).get(Plant.class, Plant.class);
            if (plant != null) {
                failure.addSuppressed(new Seen(plant.seen()));
            }
            throw failure;
        }

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Plant.class;
        }

        @Override
        public Plant resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return plants(context).computeIfAbsent(Plant.class, _ -> open(System.getenv()), Plant.class);
        }

        private static ExtensionContext.Store plants(ExtensionContext context) {
            return context.getRoot().getStore(Namespace.GLOBAL);
        }
    }

    /** How the plant was when a test failed; where it was seen is of no interest. */
    private static final class Seen extends Exception {
        private static final long serialVersionUID = 1;

        Seen(String seen) {
            super(seen, null, false, false);
        }
    }

    /** The plant on the cluster that this environment names. */
    static Plant open(Map<String, String> environment) {
        var shell = new Shell(Shell.projectRoot());
        environment.forEach(shell::with);
        var ledger = new Ledger();
        var cluster = Cluster.choose(shell, environment);
        System.out.println("e2e runs on " + cluster.description());
        Selvedge.install(shell, cluster);
        var broker = Broker.start(shell, cluster, ledger);
        return new Plant(cluster, broker, ledger, new Site(shell, cluster), shell);
    }

    /** The quickstart's site, Ready, and with readings of every node arriving upstream. */
    List<String> run() throws IOException {
        site.apply(broker);
        site.awaitReady();
        awaitReadings(site.sources(), SECRETS);
        return site.nodes();
    }

    /** What {@code kubectl} says in the site's namespace. */
    String kubectl(String... arguments) {
        return kubectlIn(Site.NAMESPACE, arguments);
    }

    /** What {@code kubectl} says in a namespace. */
    String kubectlIn(String namespace, String... arguments) {
        var command = new ArrayList<>(List.of(cluster.kubectl(), "--namespace", namespace));
        command.addAll(List.of(arguments));
        return shell.run(command.toArray(String[]::new));
    }

    /** The site's objects, what its twins say, and the last lines of each of its pods. */
    private String seen() {
        var seen = new StringBuilder("the site at this moment\n");
        look(seen, "get", "iotedge,pods", "--output", "wide");
        look(seen, "get", "moduletwins", "--output", TWINS);
        look(
                seen,
                "logs",
                "--selector",
                "app.kubernetes.io/part-of=selvedge",
                "--tail",
                "8",
                "--prefix",
                "--max-log-requests",
                "50");
        return seen.toString();
    }

    private void look(StringBuilder seen, String... arguments) {
        try {
            seen.append(kubectl(arguments)).append('\n');
        } catch (IllegalStateException e) {
            seen.append(e.getMessage()).append('\n');
        }
    }

    /** The node that the operator runs on. */
    String operatorNode() {
        return cluster.client()
                .pods()
                .inNamespace(Selvedge.NAMESPACE)
                .list()
                .getItems()
                .getFirst()
                .getSpec()
                .getNodeName();
    }

    /** A node that the operator does not run on. */
    String nodeWithoutOperator() {
        var watched = operatorNode();
        return site.nodes().stream()
                .filter(node -> !node.equals(watched))
                .findFirst()
                .orElseThrow();
    }

    /** Leaves nothing of Selvedge on the cluster: neither the chart with its definitions nor the site with its volumes. */
    void clear() {
        if (site.exists()) {
            settle();
        }
        Selvedge.uninstall(shell, cluster);
        shell.run(cluster.kubectl(), "delete", "namespace", Site.NAMESPACE, "--ignore-not-found");
        shell.run(cluster.kubectl(), "delete", "-f", "helm/crds.yaml");
        ledger.clear();
    }

    /** Waits for new readings of a source. */
    void awaitReadings(String source) {
        awaitReadings(List.of(source));
    }

    /** Waits for new readings of each of these sources. */
    void awaitReadings(List<String> sources) {
        awaitReadings(sources, SOON);
    }

    private void awaitReadings(List<String> sources, Duration limit) {
        var before = sources.stream().collect(toMap(identity(), ledger::arrivedFrom));
        Site.await(
                limit,
                "readings of " + String.join(", ", sources) + " arrive",
                () -> sources.stream().allMatch(source -> ledger.arrivedFrom(source) > before.get(source) + 3));
    }

    /** Stops the sensors, waits for what is queued, and asserts that nothing was lost or came out of order. */
    Account settle() {
        var sources = site.sources();
        site.stopSensors(ledger);
        var account = ledger.account(sources);
        System.out.println(account);
        assertThat(account.lost()).as(account.toString()).isZero();
        assertThat(ledger.late()).as(account.toString()).isEmpty();
        assertThat(account.arrived()).isEqualTo(account.published());
        return account;
    }

    @Override
    public void close() {
        broker.close();
        cluster.close();
    }
}
