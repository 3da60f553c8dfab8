package dev.selvedge.bench.scale;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.bench.server.ControlPlane;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;

/** One site over many nodes that exist only as objects: a hub and a number of modules on each. */
final class Fleet {
    private static final String NAMESPACE = "site";
    private static final String STORAGE_CLASS = "fleet";

    private final ControlPlane cluster;
    private final int nodes;
    private final int modules;
    private Instant applied = Instant.now();

    /** Creates the nodes and a volume for the hub of each. */
    Fleet(ControlPlane cluster, int nodes, int modules) {
        this.cluster = cluster;
        this.nodes = nodes;
        this.modules = modules;
        create(new NamespaceBuilder()
                .withNewMetadata()
                .withName(NAMESPACE)
                .endMetadata()
                .build());
        for (int i = 0; i < nodes; i++) {
            createNode("edge-%04d".formatted(i));
        }
    }

    private void createNode(String name) {
        create(new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(Map.of("kubernetes.io/hostname", name, "selvedge.dev/edge", "true"))
                .withAnnotations(Map.of("kwok.x-k8s.io/node", "fake"))
                .endMetadata()
                .build());
        create(new PersistentVolumeBuilder()
                .withNewMetadata()
                .withName("store-of-" + name)
                .endMetadata()
                .withNewSpec()
                .withStorageClassName(STORAGE_CLASS)
                .withCapacity(Map.of("storage", new Quantity("1Gi")))
                .withAccessModes("ReadWriteOnce")
                .withNewHostPath()
                .withPath("/nowhere")
                .endHostPath()
                .withNewClaimRef()
                .withNamespace(NAMESPACE)
                .withName("edgehub--" + name)
                .endClaimRef()
                .endSpec()
                .build());
    }

    private void create(HasMetadata object) {
        cluster.client().resource(object).create();
    }

    /** Applies the site; from now on the clock runs. */
    void apply() {
        applied = Instant.now();
        cluster.apply("""
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeHub
                metadata: {name: hub, namespace: %s}
                spec:
                  nodeSelector: {selvedge.dev/edge: "true"}
                  storage: {size: 1Gi, storageClassName: %s}
                  routes:
                    toCloud: {route: "FROM /messages/modules/module-1/* INTO $upstream", priority: 1, timeToLive: 12h}
                  upstream:
                    mqtt: {url: "mqtts://broker.example:8883", topic: "sites/{deviceId}/{moduleId}/{output}"}
                """.formatted(NAMESPACE, STORAGE_CLASS));
        for (int i = 1; i <= modules; i++) {
            cluster.apply("""
                    apiVersion: selvedge.dev/v1alpha1
                    kind: EdgeModule
                    metadata: {name: module-%d, namespace: %s}
                    spec:
                      image: registry.example/module:1.0
                      env: [{name: MessageCount, value: "-1"}]
                      routes:
                        on: {route: "FROM /messages/modules/module-%1$d/outputs/out INTO BrokeredEndpoint(\\"/modules/module-%3$d/inputs/in\\")"}
                      twin: {desired: {SendInterval: 5}}
                    """.formatted(i, NAMESPACE, i % modules + 1));
        }
    }

    /** Instances that the statuses call ready, hubs and modules together. */
    long told() {
        return Stream.concat(
                        list(EdgeHub.class)
                                .map(EdgeHub::getStatus)
                                .filter(Objects::nonNull)
                                .map(s -> s.instances()),
                        list(EdgeModule.class)
                                .map(EdgeModule::getStatus)
                                .filter(Objects::nonNull)
                                .map(s -> s.instances()))
                .filter(Objects::nonNull)
                .mapToLong(text -> Long.parseLong(text.substring(0, text.indexOf('/'))))
                .sum();
    }

    long instances() {
        return nodes * (1L + modules);
    }

    /** Objects that the operator keeps: for a hub its claim, two Secrets, Service, twin and StatefulSet; for a module a Secret, twin and StatefulSet. */
    long objects() {
        return nodes * (6L + 3L * modules);
    }

    Duration elapsed() {
        return Duration.between(applied, Instant.now());
    }

    /** When the last twin and the last StatefulSet was there, in seconds after the site was applied; the API server's stamps are whole seconds. */
    double lastCreated() {
        return Stream.concat(list(ModuleTwin.class), list(StatefulSet.class))
                .mapToDouble(object -> after(object.getMetadata().getCreationTimestamp()))
                .max()
                .orElse(Double.NaN);
    }

    /** When the last pod ran, in seconds after the site was applied. */
    double lastReady() {
        return list(Pod.class)
                .flatMap(pod -> pod.getStatus().getConditions().stream())
                .filter(condition -> condition.getType().equals("Ready"))
                .mapToDouble(condition -> after(condition.getLastTransitionTime()))
                .max()
                .orElse(Double.NaN);
    }

    private double after(String time) {
        return Math.max(0, Duration.between(applied, Instant.parse(time)).toMillis() / 1000.0);
    }

    private <T extends HasMetadata> Stream<T> list(Class<T> kind) {
        List<T> items =
                cluster.client().resources(kind).inNamespace(NAMESPACE).list().getItems();
        return items.stream();
    }
}
