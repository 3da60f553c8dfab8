package dev.selvedge.e2e;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * A device that is no pod: it stands outside the cluster, where the broker stands, knows the name of a node and what its Secret says, and reaches
 * the node's hub by the node's own port or by one that the cluster chose. A site of its own, whose namespace allows host ports.
 */
@Tag("cluster")
@ExtendWith(Plant.Extension.class)
class DownstreamTest {
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final String NAMESPACE = "downstream";
    private static final String NODE = "edge-1";
    private static final int MQTT = 8883;

    @TempDir
    private Path folder;

    @BeforeAll
    static void run(Plant plant) throws IOException {
        assumeTrue(plant.cluster().isLocal(), "the device stands beside the local cluster only");
        var client = plant.cluster().client();
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(NAMESPACE)
                        .addToLabels("pod-security.kubernetes.io/enforce", "privileged")
                        .endMetadata()
                        .build())
                .serverSideApply();
        client.resource(Serialization.unmarshal("""
                        apiVersion: selvedge.dev/v1alpha1
                        kind: ModuleTwin
                        metadata: {name: thermometer, namespace: downstream}
                        spec: {deviceId: thermometer, parentDeviceId: edge-1}
                        """, ModuleTwin.class)).serverSideApply();
    }

    @AfterAll
    static void leave(Plant plant) {
        var client = plant.cluster().client();
        client.namespaces().withName(NAMESPACE).delete();
        Site.await(
                SOON,
                "the site is gone",
                () -> client.namespaces().withName(NAMESPACE).get() == null);
    }

    @ParameterizedTest
    @CsvSource({"HostPort, edge-1", "NodePort, node-of-the-plant"})
    void itsTelemetryReachesTheHub(String type, String host, Plant plant) throws IOException {
        var client = plant.cluster().client();
        client.resource(Serialization.unmarshal("""
                        apiVersion: selvedge.dev/v1alpha1
                        kind: EdgeHub
                        metadata: {name: hub, namespace: downstream}
                        spec:
                          nodeSelector: {kubernetes.io/hostname: edge-1}
                          storage: {size: 128Mi}
                          expose: {type: %s, host: %s}
                          routes: {all: {route: 'FROM /messages/* WHERE line = "4" INTO $upstream'}}
                        """.formatted(type, host), EdgeHub.class))
                .forceConflicts()
                .serverSideApply();
        Site.await(
                SOON,
                "the device is told the name " + host,
                () -> device(client).host().equals(host));
        Site.await(SOON, "the hub runs", () -> received(client) >= 0);
        var before = received(client);

        Site.await(
                SOON,
                "the hub takes the device's message",
                () -> device(client).publishes(plant.shell(), folder, "cloud", address(client), port(client, type)));

        Site.await(SOON, "the message waits for the upstream", () -> received(client) > before);
        assertThat(received(client)).isGreaterThan(before);
    }

    private static int port(KubernetesClient client, String type) {
        if (type.equals("HostPort")) {
            return MQTT;
        }
        var service = client.services()
                .inNamespace(NAMESPACE)
                .withName("edgehub--" + NODE)
                .require();
        return service.getSpec().getPorts().stream()
                .filter(port -> port.getPort() == MQTT)
                .findFirst()
                .orElseThrow()
                .getNodePort();
    }

    private static String address(KubernetesClient client) {
        return client.nodes().withName(NODE).require().getStatus().getAddresses().stream()
                .filter(address -> address.getType().equals("InternalIP"))
                .findFirst()
                .orElseThrow()
                .getAddress();
    }

    private static Device device(KubernetesClient client) {
        return Device.of(client, NAMESPACE, "thermometer");
    }

    private static double received(KubernetesClient client) {
        return HubMetrics.read(client, NAMESPACE, "edgehub--" + NODE + "-0").sum("edgehub_queue_length");
    }
}
