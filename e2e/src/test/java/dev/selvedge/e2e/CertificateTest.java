package dev.selvedge.e2e;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

import dev.selvedge.api.v1alpha1.ModuleTwin;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Certificates and authorities change while modules are connected over MQTT and AMQP. */
@Tag("cluster")
@Tag("chart")
@ExtendWith(Plant.Extension.class)
class CertificateTest {
    private static final Duration SOON = Duration.ofMinutes(3);
    private static final String AUTHORITIES = "selvedge-ca";
    private static final String GAUGE = "gauge";
    private static final int MQTT = 8883;

    @TempDir
    private Path folder;

    private boolean livesAreShort;

    @AfterEach
    void mend(Plant plant) {
        plant.broker().restore();
        if (plant.cluster().isLocal()) {
            plant.site().nodes().forEach(plant.cluster()::restore);
        }
        plant.kubectl("annotate", "em", "--all", "selvedge.dev/hold-");
        plant.kubectl("delete", "mt", GAUGE, "--ignore-not-found");
        if (livesAreShort) {
            Selvedge.install(plant.shell(), plant.cluster());
        }
    }

    /** Whatever was done here, nothing is lost. */
    @AfterAll
    static void settle(Plant plant) {
        plant.settle();
    }

    @Test
    void aNewCertificateIsServedWithNoRestartAndNoConnectionLost(Plant plant) throws Exception {
        var node = plant.run().getFirst();
        var hubs = lives(plant);
        var left = left(plant);
        var before = Map.of(node, served(plant, node));

        plant.cluster()
                .client()
                .secrets()
                .inNamespace(Site.NAMESPACE)
                .withName("edgehub--" + node + "-tls")
                .delete();

        awaitRenewed(plant, before);
        plant.awaitReadings(node + "/" + Site.SENSOR);
        assertThat(left(plant)).as("clients that were disconnected").isEqualTo(left);
        assertThat(lives(plant)).as("the same processes").isEqualTo(hubs);
    }

    /**
     * An authority of nine minutes that signs for three, until its successor, which is made under the usual lifetimes, signs in its place. A renewal
     * comes while the broker is away, another while a node is cut off.
     */
    @Test
    void throughTheLifeOfAnAuthorityNoHubRestartsAndNoClientIsDisconnected(Plant plant) throws Exception {
        assumeTrue(plant.cluster().isLocal(), "nodes are cut off, and kubelets bring a Secret within ten seconds");
        var nodes = plant.run();
        beginAnew(plant);
        var first = authorities(plant).getFirst();
        var away = plant.nodeWithoutOperator();
        var gauge = gauge(plant, away);
        var address = plant.site().hubPod(away).getStatus().getPodIP();
        Site.await(SOON, "the hub knows the device", () -> gauge.publishes(plant.shell(), folder, away, address, MQTT));
        var hubs = lives(plant);
        var left = left(plant);

        plant.broker().cut();
        awaitRenewed(plant, each(nodes, node -> served(plant, node)));
        assertThat(nodes).as("the uplink is away").allMatch(node -> plant.site().stored(node) > 0);
        assertThat(left(plant)).as("clients that were disconnected").isEqualTo(left);
        plant.broker().restore();

        plant.cluster().cut(away);
        var present = Map.of(away, issued(plant, away));
        awaitIssued(plant, present);
        gauge.publishes(plant.shell(), folder, away, address, MQTT);
        left.merge(away, 1L, Long::sum);
        plant.cluster().restore(away);
        Selvedge.install(plant.shell(), plant.cluster());
        livesAreShort = false;
        plant.kubectl("annotate", "em", "--all", "selvedge.dev/hold=true");
        var modules = modules(plant);
        awaitRenewed(plant, present);
        plant.awaitReadings(plant.site().sources());
        assertThat(left(plant)).as("clients that were disconnected").isEqualTo(left);

        Site.await(
                SOON,
                "the next authority is trusted beside the first",
                () -> authorities(plant).size() == 2);
        var next = authorities(plant).getLast();
        assertThat(next.getNotAfter().toInstant()).isAfter(Instant.now().plus(Duration.ofDays(3600)));
        Site.await(
                SOON,
                "the next authority signs",
                () -> nodes.stream().allMatch(node -> signed(next, issued(plant, node))));
        awaitServed(plant, nodes);
        plant.awaitReadings(plant.site().sources());
        gauge.publishes(plant.shell(), folder, away, address, MQTT);
        left.merge(away, 1L, Long::sum);
        assertThat(authorities(plant)).as("the device knew one of the two").containsExactly(next, first);
        assertThat(left(plant)).as("clients that were disconnected").isEqualTo(left);

        assertThat(modules(plant)).as("held back").isEqualTo(modules);
        plant.kubectl("annotate", "em", "--all", "selvedge.dev/hold-");
        awaitRestarted(plant, modules);
        assertThat(lives(plant)).as("the same processes").isEqualTo(hubs);
    }

    /** Short lives, and an authority that has just been made: without the Secret everything is issued anew, and modules are restarted. */
    private void beginAnew(Plant plant) {
        livesAreShort = true;
        Selvedge.install(
                plant.shell(), plant.cluster(), "certificates.lifetime=3m", "certificates.authorityLifetime=9m");
        var client = plant.cluster().client();
        Site.await(
                SOON,
                "the operator of before is gone",
                () -> client.pods()
                                .inNamespace(Selvedge.NAMESPACE)
                                .list()
                                .getItems()
                                .size()
                        == 1);
        var modules = modules(plant);
        client.secrets().inNamespace(Site.NAMESPACE).withName(AUTHORITIES).delete();
        awaitRestarted(plant, modules);
        assertThat(authorities(plant))
                .singleElement()
                .satisfies(authority -> assertThat(authority.getNotAfter().toInstant())
                        .isBefore(Instant.now().plus(Duration.ofMinutes(9))));
    }

    private static void awaitRestarted(Plant plant, Map<String, String> before) {
        Site.await(SOON, "all modules have been restarted", () -> {
            var now = modules(plant);
            return now.keySet().equals(before.keySet())
                    && now.entrySet().stream().noneMatch(pod -> pod.getValue().equals(before.get(pod.getKey())));
        });
        plant.site().awaitReady();
        plant.awaitReadings(plant.site().sources());
    }

    /** A device behind the hub of a node. */
    private static Device gauge(Plant plant, String node) {
        var client = plant.cluster().client();
        client.resource(Serialization.unmarshal(
                        """
                        apiVersion: selvedge.dev/v1alpha1
                        kind: ModuleTwin
                        metadata: {name: %s, namespace: %s}
                        spec: {deviceId: %1$s, parentDeviceId: %s}
                        """.formatted(GAUGE, Site.NAMESPACE, plant.site().device(node)), ModuleTwin.class))
                .serverSideApply();
        Site.await(
                SOON,
                "the device's Secret",
                () -> client.secrets()
                                .inNamespace(Site.NAMESPACE)
                                .withName("device--" + GAUGE)
                                .get()
                        != null);
        return Device.of(client, Site.NAMESPACE, GAUGE);
    }

    /** Waits until hubs have, and serve, other certificates than these. */
    private static void awaitRenewed(Plant plant, Map<String, X509Certificate> before) {
        awaitIssued(plant, before);
        awaitServed(plant, before.keySet());
    }

    private static void awaitIssued(Plant plant, Map<String, X509Certificate> before) {
        Site.await(
                SOON,
                "new certificates for the hubs of " + before.keySet(),
                () -> before.entrySet().stream()
                        .noneMatch(old -> issued(plant, old.getKey()).equals(old.getValue())));
    }

    private static void awaitServed(Plant plant, Collection<String> nodes) {
        Site.await(
                SOON,
                "the hubs of " + nodes + " serve the certificates that were issued to them",
                () -> nodes.stream().allMatch(node -> served(plant, node).equals(issued(plant, node))));
    }

    private static X509Certificate issued(Plant plant, String node) {
        return certificates(plant, "edgehub--" + node + "-tls", "tls.crt").getFirst();
    }

    private static X509Certificate served(Plant plant, String node) {
        try (var door = Door.open(plant.cluster().client(), Site.SENSOR, node);
                var socket = door.socket()) {
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("the hub's certificate cannot be seen", e);
        }
    }

    /** Whom the site trusts; who signs comes first. */
    private static List<X509Certificate> authorities(Plant plant) {
        return certificates(plant, AUTHORITIES, "ca.crt");
    }

    private static List<X509Certificate> certificates(Plant plant, String secret, String key) {
        var pem = plant.cluster()
                .client()
                .secrets()
                .inNamespace(Site.NAMESPACE)
                .withName(secret)
                .require()
                .getData()
                .get(key);
        try {
            var in = new ByteArrayInputStream(Base64.getDecoder().decode(pem));
            return CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
                    .map(X509Certificate.class::cast)
                    .toList();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the certificates in Secret " + secret + " cannot be read", e);
        }
    }

    private static boolean signed(X509Certificate authority, X509Certificate certificate) {
        try {
            certificate.verify(authority.getPublicKey());
            return true;
        } catch (GeneralSecurityException _) {
            return false;
        }
    }

    /** How many clients have left each hub. */
    private static Map<String, Long> left(Plant plant) {
        return each(
                plant.site().nodes(),
                node -> HubMetrics.read(
                                plant.cluster().client(),
                                Site.NAMESPACE,
                                plant.site().hubPod(node).getMetadata().getName())
                        .sum("edgehub_client_disconnect_total"));
    }

    /** The process of each hub. */
    private static Map<String, String> lives(Plant plant) {
        return each(
                plant.site().nodes(),
                node -> plant.site()
                        .hubPod(node)
                        .getStatus()
                        .getContainerStatuses()
                        .getFirst()
                        .getContainerID());
    }

    /** The pod of each instance of a module. */
    private static Map<String, String> modules(Plant plant) {
        return plant.site().pods().stream()
                .map(Pod::getMetadata)
                .filter(pod -> pod.getLabels().containsKey("selvedge.dev/module"))
                .collect(toMap(pod -> pod.getName(), pod -> pod.getUid()));
    }

    private static <T> Map<String, T> each(List<String> nodes, Function<String, T> value) {
        return nodes.stream().collect(toMap(identity(), value, (one, _) -> one, TreeMap::new));
    }
}
