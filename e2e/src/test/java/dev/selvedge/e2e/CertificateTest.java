package dev.selvedge.e2e;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;

import io.fabric8.kubernetes.api.model.Pod;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;

/** A hub's certificate is made anew while modules are connected over MQTT and AMQP. */
@Tag("cluster")
@ExtendWith(Plant.Extension.class)
class CertificateTest {
    private static final Duration SOON = Duration.ofMinutes(3);

    @Test
    void aNewCertificateIsServedWithNoRestartAndNoConnectionLost(Plant plant) throws Exception {
        var node = plant.run().getFirst();
        var client = plant.cluster().client();
        var hub = plant.site().hubPod(node);
        var before = served(plant, node);
        var left = left(plant, hub);

        client.secrets()
                .inNamespace(Site.NAMESPACE)
                .withName("edgehub--" + node + "-tls")
                .delete();

        Site.await(
                SOON,
                "the hub serves a new certificate",
                () -> !served(plant, node).equals(before));
        plant.awaitReadings(node + "/" + Site.SENSOR);
        assertThat(left(plant, hub)).as("clients that were disconnected").isEqualTo(left);
        assertThat(life(plant.site().hubPod(node))).as("the same process").isEqualTo(life(hub));
        plant.settle();
    }

    private static X509Certificate served(Plant plant, String node) {
        try (var door = Door.open(plant.cluster().client(), Site.SENSOR, node);
                var socket = door.socket()) {
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("the hub's certificate cannot be seen", e);
        }
    }

    private static long left(Plant plant, Pod hub) {
        return HubMetrics.read(
                        plant.cluster().client(),
                        Site.NAMESPACE,
                        hub.getMetadata().getName())
                .sum("edgehub_client_disconnect_total");
    }

    private static String life(Pod pod) {
        return pod.getStatus().getContainerStatuses().getFirst().getContainerID();
    }
}
