package dev.selvedge.operator.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.operator.cache.ClusterCaches;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Over caches that never start, and so hold nothing: who is woken follows from the changes alone. */
final class WakeupsTest {
    private final KubernetesClient client =
            new KubernetesClientBuilder().withConfig(Config.empty()).build();
    private final ClusterCaches caches = new ClusterCaches(client, Set.of(), List.of(), "nobody");
    private final SiteEvents<ModuleTwin> twins = new SiteEvents<>(ModuleTwin.class);
    private final List<String> woken = new ArrayList<>();
    private final Wakeups wakeups = new Wakeups(
            caches, new SitePlans(caches), new SiteEvents<>(EdgeHub.class), new SiteEvents<>(EdgeModule.class), twins);

    @BeforeEach
    void threeDevicesBehindTwoHubs() {
        wakeups.twin(null, twin("plc-1", "edge-1"));
        wakeups.twin(null, twin("plc-2", "edge-1"));
        wakeups.twin(null, twin("plc-3", "edge-2"));
        twins.setEventHandler(
                event -> woken.add(event.getRelatedCustomResourceID().getName()));
        twins.start();
    }

    @AfterEach
    void close() {
        client.close();
    }

    @Test
    void aDevicesSecretConcernsItsTwinAlone() {
        var secret = secretOf("plc-1", "edge-1");

        wakeups.needed(null, secret);
        assertThat(woken).containsExactly("plc-1");
        wakeups.needed(secret, null);
        assertThat(woken).containsExactly("plc-1", "plc-1");
    }

    @Test
    void aDevicesSecretThatLostItsOwnerStillConcernsItsTwin() {
        wakeups.needed(secretOf("plc-1", "edge-1"), secret("device--plc-1", ""));

        assertThat(woken).containsExactly("plc-1");
    }

    @Test
    void aHubsSecretConcernsTheDevicesOfItsNode() {
        wakeups.needed(null, secret("edgehub--edge-1-identity", "labels: {selvedge.dev/node: edge-1}"));

        assertThat(woken).containsExactlyInAnyOrder("plc-1", "plc-2");
    }

    @Test
    void aSecretOfTheSiteConcernsAllDevices() {
        wakeups.needed(null, secret("selvedge-ca", ""));

        assertThat(woken).contains("plc-1", "plc-2", "plc-3");
    }

    private static ModuleTwin twin(String device, String node) {
        return object(ModuleTwin.class, """
                apiVersion: selvedge.dev/v1alpha1
                kind: ModuleTwin
                metadata: {name: %1$s, namespace: site, uid: %1$s, generation: 1, labels: {selvedge.dev/node: %2$s}}
                spec: {deviceId: %1$s, parentDeviceId: %2$s}
                """.formatted(device, node));
    }

    private static Secret secretOf(String device, String node) {
        return secret(
                "device--" + device,
                "labels: {selvedge.dev/node: %s}, ownerReferences: [{kind: ModuleTwin, name: %s, controller: true}]"
                        .formatted(node, device));
    }

    private static Secret secret(String name, String meta) {
        return object(Secret.class, """
                apiVersion: v1
                kind: Secret
                metadata: {name: %s, namespace: site, uid: s, %s}
                """.formatted(name, meta));
    }

    private static <T extends HasMetadata> T object(Class<T> kind, String yaml) {
        return Serialization.unmarshal(yaml, kind);
    }
}
