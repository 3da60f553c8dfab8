package dev.selvedge.e2e;

import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.e2e.Ledger.Stream;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** The namespace of a site, as a person sees it. */
public final class Site {
    private static final Pattern ACKNOWLEDGED = Pattern.compile("run (\\S+) acknowledged (\\d+)");

    private final KubernetesClient client;
    private final String namespace;

    public Site(KubernetesClient client, String namespace) {
        this.client = client;
        this.namespace = namespace;
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

    /** Waits until a hub or module says Ready for its present generation. */
    public void awaitReady(Duration limit) {
        await(limit, "all hubs and modules are Ready", () -> hubsReady() && modulesReady());
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

    /** A value among the reported properties of a twin, as text; empty when there is none. */
    public String reported(String module, String node, String key) {
        var status = twin(module, node).getStatus();
        return status == null
                        || status.properties() == null
                        || status.properties().reported() == null
                ? ""
                : status.properties().reported().path(key).asText("");
    }

    /** Enters into the ledger how far the sensor of a node says that its readings were acknowledged. */
    public void acknowledged(String module, String node, Ledger ledger) {
        var log = client.pods()
                .inNamespace(namespace)
                .withName(module + "--" + node + "-0")
                .getLog();
        var lines = ACKNOWLEDGED.matcher(log);
        while (lines.find()) {
            ledger.acknowledged(new Stream(node + "/" + module, lines.group(1)), Long.parseLong(lines.group(2)));
        }
    }

    /** Waits, looking twice a second; says what it waited for when the limit is over. */
    public static void await(Duration limit, String what, BooleanSupplier condition) {
        Awaitility.await(what)
                .atMost(limit)
                .pollInterval(Duration.ofMillis(500))
                .ignoreExceptions()
                .until(condition::getAsBoolean);
    }
}
