package dev.selvedge.operator.render;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import dev.selvedge.api.v1alpha1.Expose;
import dev.selvedge.plan.HubInstance;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.ContainerPortBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import org.jspecify.annotations.Nullable;

/** The StatefulSet of one hub. */
public final class HubPod {
    static final String IDENTITY_HASH = "selvedge.dev/identity-hash";

    private static final String DATA = "/var/lib/selvedge";
    private static final String IDENTITY = "/etc/selvedge/identity";
    private static final String TLS = "/etc/selvedge/tls";
    private static final String UPSTREAM = "/etc/selvedge/upstream";
    private static final int MANAGEMENT = 9600;
    private static final long USER = 10001;
    /** Long enough to flush; a hub that is asked to stop never blocks longer. */
    private static final long GRACE_SECONDS = 20;
    /** A hub answers when it has read every byte of its store, and the disk may be slow: one that is ended before begins anew, for ever. */
    private static final int LONGEST_START_SECONDS = 3600;

    private HubPod() {}

    public static StatefulSet statefulSet(HubInstance hub, HubObjects.Material material, HubSettings settings) {
        var name = Names.hub(hub.node().name());
        var labels = Labels.hub(hub.hub().getMetadata().getName(), hub.node().name());
        return new StatefulSetBuilder()
                .withMetadata(HubObjects.meta(hub, name))
                .withNewSpec()
                .withReplicas(1)
                .withServiceName(name)
                .withPodManagementPolicy("Parallel")
                .withNewSelector()
                .withMatchLabels(Labels.hubSelector(hub.node().name()))
                .endSelector()
                .withNewTemplate()
                .withNewMetadata()
                .withLabels(labels)
                .withAnnotations(Map.of(IDENTITY_HASH, material.identityHash()))
                .endMetadata()
                .withSpec(pod(hub, settings))
                .endTemplate()
                .endSpec()
                .build();
    }

    private static PodSpec pod(HubInstance hub, HubSettings settings) {
        return new PodSpecBuilder()
                .withServiceAccountName(Names.HUB_ACCOUNT)
                .withAffinity(Pods.on(hub.node()))
                .withTolerations(Pods.tolerations())
                .withSecurityContext(Pods.restrictedPod(USER))
                .withImagePullSecrets(Pods.pullSecrets(settings.pullSecrets()))
                .withTerminationGracePeriodSeconds(GRACE_SECONDS)
                .withContainers(container(hub, settings))
                .withVolumes(volumes(hub))
                .build();
    }

    private static Container container(HubInstance hub, HubSettings settings) {
        return new ContainerBuilder()
                .withName("hub")
                .withImage(settings.image())
                .withImagePullPolicy(settings.pullPolicy())
                .withArgs("--kubernetes")
                .withEnv(env(hub))
                .withPorts(ports(hub))
                .withStartupProbe(probe("live", 1, LONGEST_START_SECONDS))
                .withLivenessProbe(probe("live", 10, 6))
                .withReadinessProbe(probe("ready", 5, 2))
                .withResources(settings.resources())
                .withTerminationMessagePolicy(Pods.LAST_WORDS)
                .withSecurityContext(Pods.readOnlyContainer())
                .withVolumeMounts(mounts(hub))
                .build();
    }

    private static List<EnvVar> env(HubInstance hub) {
        var node = hub.node();
        var namespace = hub.hub().getMetadata().getNamespace();
        var expose = hub.hub().getSpec().expose();
        var env = new ArrayList<>(List.of(
                new EnvVar("SELVEDGE_DEVICE_ID", node.deviceId(), null),
                new EnvVar("SELVEDGE_NAMESPACE", namespace, null),
                new EnvVar("SELVEDGE_NODE", node.name(), null),
                new EnvVar("SELVEDGE_GATEWAY_HOST", Names.gatewayHost(node.name(), namespace), null),
                new EnvVar("SELVEDGE_DATA", DATA, null),
                new EnvVar("SELVEDGE_MASTER_KEY_FILE", IDENTITY + "/" + HubObjects.MASTER_KEY, null),
                new EnvVar("SELVEDGE_TLS", TLS, null),
                new EnvVar("SELVEDGE_UPSTREAM_SECRET", UPSTREAM, null)));
        if (expose != null) {
            env.add(new EnvVar("SELVEDGE_EXPOSED_HOST", expose.host(node.name()), null));
        }
        return env;
    }

    private static List<ContainerPort> ports(HubInstance hub) {
        var host = HubObjects.isExposed(hub, Expose.Type.HostPort);
        return List.of(
                port("mqtts", 8883, host ? 8883 : null),
                port("amqps", 5671, host ? 5671 : null),
                port("https", 8443, host ? 443 : null),
                port("management", MANAGEMENT, null));
    }

    private static ContainerPort port(String name, int port, @Nullable Integer hostPort) {
        return new ContainerPortBuilder()
                .withName(name)
                .withContainerPort(port)
                .withHostPort(hostPort)
                .withProtocol("TCP")
                .build();
    }

    private static Probe probe(String what, int periodSeconds, int failures) {
        return new ProbeBuilder()
                .withNewHttpGet()
                .withPath("/health/" + what)
                .withNewPort("management")
                .endHttpGet()
                .withPeriodSeconds(periodSeconds)
                .withTimeoutSeconds(5)
                .withFailureThreshold(failures)
                .build();
    }

    private static List<Volume> volumes(HubInstance hub) {
        var node = hub.node().name();
        var volumes = new ArrayList<Volume>();
        volumes.add(new VolumeBuilder()
                .withName("data")
                .withNewPersistentVolumeClaim()
                .withClaimName(Names.hub(node))
                .endPersistentVolumeClaim()
                .build());
        volumes.add(secret("identity", Names.identity(node), false));
        volumes.add(secret("tls", Names.tls(node), false));
        var upstream = upstreamSecret(hub);
        if (upstream != null) {
            volumes.add(secret("upstream", upstream, true));
        }
        volumes.add(Pods.tmp());
        return volumes;
    }

    /** Readable by the hub's group alone. */
    private static Volume secret(String volume, String secret, boolean optional) {
        return new VolumeBuilder()
                .withName(volume)
                .withNewSecret()
                .withSecretName(secret)
                .withDefaultMode(0440)
                .withOptional(optional ? true : null)
                .endSecret()
                .build();
    }

    private static List<VolumeMount> mounts(HubInstance hub) {
        var mounts = new ArrayList<VolumeMount>();
        mounts.add(mount("data", DATA, null));
        mounts.add(mount("identity", IDENTITY, true));
        mounts.add(mount("tls", TLS, true));
        if (upstreamSecret(hub) != null) {
            mounts.add(mount("upstream", UPSTREAM, true));
        }
        mounts.add(mount(Pods.TMP, Pods.TMP_DIRECTORY, null));
        return mounts;
    }

    private static VolumeMount mount(String volume, String path, @Nullable Boolean readOnly) {
        return new VolumeMountBuilder()
                .withName(volume)
                .withMountPath(path)
                .withReadOnly(readOnly)
                .build();
    }

    private static @Nullable String upstreamSecret(HubInstance hub) {
        var upstream = hub.hub().getSpec().upstream();
        var mqtt = upstream == null ? null : upstream.mqtt();
        var secret = mqtt == null ? null : mqtt.secretRef();
        return secret == null ? null : secret.name();
    }
}
