package dev.selvedge.operator.render;

import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.Expose;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.ModuleTwinSpec;
import dev.selvedge.api.v1alpha1.Storage.WhenDeleted;
import dev.selvedge.identity.Identity;
import dev.selvedge.plan.HubInstance;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServicePortBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;

/** The objects of one hub, and those that the hubs of a namespace share. */
public final class HubObjects {
    /** Key of the master key in the identity Secret. */
    public static final String MASTER_KEY = "key";

    public static final String TLS_CERTIFICATE = "tls.crt";
    public static final String TLS_KEY = "tls.key";
    public static final String CA_CERTIFICATE = "ca.crt";

    private HubObjects() {}

    /**
     * Secrets that a hub's objects depend on.
     *
     * @param ofClients certificates of the authorities whose clients the hub lets in
     * @param identityHash changes when the master key does; the hub's pod then starts anew
     */
    public record Material(String ofClients, String certificate, String certificateKey, String identityHash) {
        @Override
        public String toString() {
            return "Material[hidden]";
        }
    }

    /** What is applied for one hub beside its StatefulSet, in the order in which it is needed. */
    public static List<HasMetadata> of(HubInstance hub, Material material) {
        return List.of(tls(hub, material), service(hub), twin(hub));
    }

    /** What all hubs of a namespace share; it goes with the last EdgeHub. */
    public static List<HasMetadata> shared(String namespace, List<EdgeHub> hubs, HubSettings settings) {
        var owners = hubs.stream().map(Owners::shared).toList();
        var meta = new ObjectMetaBuilder()
                .withName(Names.HUB_ACCOUNT)
                .withNamespace(namespace)
                .withLabels(Labels.site())
                .withOwnerReferences(owners)
                .build();
        return List.of(account(meta), binding(meta, settings));
    }

    /** The volume claim. It is created once and has an owner only when the user asked that it go with the EdgeHub. */
    public static PersistentVolumeClaim claim(HubInstance hub) {
        var storage = hub.hub().getSpec().storage();
        var owned = storage.whenDeleted() == WhenDeleted.Delete;
        var meta = new ObjectMetaBuilder(meta(hub, Names.hub(hub.node().name())));
        meta.withOwnerReferences(owned ? List.of(Owners.controller(hub.hub())) : List.of());
        return new PersistentVolumeClaimBuilder()
                .withMetadata(meta.build())
                .withNewSpec()
                .withAccessModes("ReadWriteOnce")
                .withStorageClassName(storage.storageClassName())
                .withNewResources()
                .withRequests(Map.of("storage", new Quantity(storage.size())))
                .endResources()
                .endSpec()
                .build();
    }

    /** The identity Secret for a new master key. */
    public static Secret identity(HubInstance hub, byte[] masterKey) {
        return new SecretBuilder()
                .withMetadata(meta(hub, Names.identity(hub.node().name())))
                .withType("Opaque")
                .withData(Map.of(MASTER_KEY, Base64.getEncoder().encodeToString(masterKey)))
                .build();
    }

    /** Names in the hub's certificate; the gateway host is one of them. */
    public static List<String> certificateNames(HubInstance hub) {
        var name = Names.hub(hub.node().name());
        var namespace = hub.hub().getMetadata().getNamespace();
        var names = Stream.of(
                Names.gatewayHost(hub.node().name(), namespace),
                name,
                name + "." + namespace,
                name + "." + namespace + ".svc.cluster.local",
                "localhost");
        var expose = hub.hub().getSpec().expose();
        return expose == null
                ? names.toList()
                : Stream.concat(names, Stream.of(expose.host(hub.node().name())))
                        .toList();
    }

    /** Of an object of a hub: it goes with the EdgeHub. */
    public static ObjectMeta meta(HubInstance hub, String name) {
        return new ObjectMetaBuilder()
                .withName(name)
                .withNamespace(hub.hub().getMetadata().getNamespace())
                .withLabels(
                        Labels.hub(hub.hub().getMetadata().getName(), hub.node().name()))
                .withOwnerReferences(Owners.controller(hub.hub()))
                .build();
    }

    private static Secret tls(HubInstance hub, Material material) {
        return new SecretBuilder()
                .withMetadata(meta(hub, Names.tls(hub.node().name())))
                .withType("kubernetes.io/tls")
                .withData(new TreeMap<>(Map.of(
                        TLS_CERTIFICATE, Texts.base64(material.certificate()),
                        TLS_KEY, Texts.base64(material.certificateKey()),
                        CA_CERTIFICATE, Texts.base64(material.ofClients()))))
                .build();
    }

    private static Service service(HubInstance hub) {
        return new ServiceBuilder()
                .withMetadata(meta(hub, Names.hub(hub.node().name())))
                .withNewSpec()
                .withType(isExposed(hub, Expose.Type.NodePort) ? "NodePort" : "ClusterIP")
                .withPublishNotReadyAddresses(true)
                .withSelector(Labels.hubSelector(hub.node().name()))
                .withPorts(port("mqtts", 8883), port("amqps", 5671), port("https", 443))
                .endSpec()
                .build();
    }

    static boolean isExposed(HubInstance hub, Expose.Type type) {
        var expose = hub.hub().getSpec().expose();
        return expose != null && expose.type() == type;
    }

    private static ServicePort port(String name, int port) {
        return new ServicePortBuilder()
                .withName(name)
                .withPort(port)
                .withProtocol("TCP")
                .withNewTargetPort(name)
                .build();
    }

    private static ModuleTwin twin(HubInstance hub) {
        var twin = new ModuleTwin();
        twin.setMetadata(meta(hub, Names.twin(Names.HUB, hub.node().name())));
        twin.setSpec(new ModuleTwinSpec(
                hub.node().deviceId(),
                Identity.EDGE_HUB,
                null,
                null,
                new ModuleTwinSpec.Properties(hub.configuration().toDesired()),
                null));
        return twin;
    }

    private static ServiceAccount account(ObjectMeta meta) {
        return new ServiceAccountBuilder().withMetadata(meta).build();
    }

    private static RoleBinding binding(ObjectMeta meta, HubSettings settings) {
        return new RoleBindingBuilder()
                .withMetadata(meta)
                .withRoleRef(settings.role())
                .addNewSubject()
                .withKind("ServiceAccount")
                .withName(meta.getName())
                .withNamespace(meta.getNamespace())
                .endSubject()
                .build();
    }
}
