package dev.selvedge.operator.render;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.json.Nesting;
import dev.selvedge.plan.ModuleInstance;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.HostAlias;
import io.fabric8.kubernetes.api.model.HostAliasBuilder;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;

/** The StatefulSet of one module on one node. */
public final class ModulePod {
    /** Name of the module's container, by which a pod template overlay finds it. */
    public static final String CONTAINER = "module";

    static final String SECRET_HASH = "selvedge.dev/secret-hash";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DIRECTORY = "/etc/selvedge";
    private static final String API_VERSION = "2018-06-28";
    /** The user of published IoT Edge modules; the overlay may say otherwise. */
    private static final long USER = 1000;

    private ModulePod() {}

    /**
     * What a pod must know.
     *
     * @param secret the instance's Secret, as it will be applied
     * @param anchor the authority's certificate that the pod must have read; that more are trusted is no reason to restart it
     * @param hubAddress cluster address of the node's hub: the pod finds it with no DNS
     */
    public record Connection(
            Secret secret, String anchor, String generation, String hubAddress, List<String> pullSecrets) {
        public Connection {
            pullSecrets = List.copyOf(pullSecrets);
        }
    }

    /** The StatefulSet. Throws IllegalArgumentException, in words for the user, when the pod template overlay cannot be applied. */
    public static StatefulSet statefulSet(ModuleInstance instance, Connection connection) {
        var name = ModuleObjects.name(instance);
        var module = instance.module().getMetadata().getName();
        return new StatefulSetBuilder()
                .withMetadata(ModuleObjects.meta(instance, name))
                .withNewSpec()
                .withReplicas(instance.stopped() ? 0 : 1)
                .withServiceName(name)
                .withPodManagementPolicy("Parallel")
                .withNewSelector()
                .withMatchLabels(Labels.moduleSelector(module, instance.node().name()))
                .endSelector()
                .withTemplate(overlaid(instance, template(instance, connection)))
                .endSpec()
                .build();
    }

    private static PodTemplateSpec overlaid(ModuleInstance instance, PodTemplateSpec template) {
        var overlay = instance.module().getSpec().podTemplate();
        if (overlay == null || overlay.isEmpty()) {
            return template;
        }
        if (Nesting.tooDeep(overlay)) {
            throw new IllegalArgumentException("podTemplate is nested deeper than " + Nesting.MAX + " levels");
        }
        ObjectNode base = JSON.valueToTree(template);
        try {
            var overlaid = JSON.treeToValue(StrategicMerge.apply(base, overlay), PodTemplateSpec.class);
            // by these the operator finds the pod
            return new PodTemplateSpecBuilder(overlaid)
                    .editOrNewMetadata()
                    .addToLabels(template.getMetadata().getLabels())
                    .endMetadata()
                    .build();
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("podTemplate: " + e.getOriginalMessage(), e);
        }
    }

    private static PodTemplateSpec template(ModuleInstance instance, Connection connection) {
        var module = instance.module().getMetadata().getName();
        var content = new TreeMap<>(connection.secret().getData());
        content.put(HubObjects.CA_CERTIFICATE, Texts.base64(connection.anchor()));
        return new PodTemplateSpecBuilder()
                .withNewMetadata()
                .withLabels(Labels.module(module, instance.node().name()))
                .withAnnotations(Map.of(SECRET_HASH, Names.hash(content.toString(), 16)))
                .endMetadata()
                .withSpec(pod(instance, connection))
                .build();
    }

    private static PodSpec pod(ModuleInstance instance, Connection connection) {
        return new PodSpecBuilder()
                .withAutomountServiceAccountToken(false)
                .withAffinity(Pods.on(instance.node()))
                .withTolerations(Pods.tolerations())
                .withSecurityContext(Pods.restrictedPod(USER))
                .withImagePullSecrets(Pods.pullSecrets(connection.pullSecrets()))
                .withHostAliases(hub(instance, connection))
                .withContainers(new ContainerBuilder()
                        .withName(CONTAINER)
                        .withImage(instance.module().getSpec().image())
                        .withEnv(env(instance, connection))
                        .withTerminationMessagePolicy(Pods.LAST_WORDS)
                        .withSecurityContext(Pods.restrictedContainer())
                        .addNewVolumeMount()
                        .withName("selvedge")
                        .withMountPath(DIRECTORY)
                        .withReadOnly(true)
                        .endVolumeMount()
                        .addNewVolumeMount()
                        .withName(Pods.TMP)
                        .withMountPath(Pods.TMP_DIRECTORY)
                        .endVolumeMount()
                        .build())
                .withVolumes(authority(connection), Pods.tmp())
                .build();
    }

    private static HostAlias hub(ModuleInstance instance, Connection connection) {
        return new HostAliasBuilder()
                .withIp(connection.hubAddress())
                .withHostnames(ModuleObjects.gatewayHost(instance))
                .build();
    }

    private static Volume authority(Connection connection) {
        return new VolumeBuilder()
                .withName("selvedge")
                .withNewSecret()
                .withSecretName(connection.secret().getMetadata().getName())
                .withDefaultMode(0444)
                .withItems(connection.secret().getData().keySet().stream()
                        .filter(key -> !key.equals(ModuleObjects.CONNECTION_STRING))
                        .sorted()
                        .map(key -> new KeyToPath(key, null, key))
                        .toList())
                .endSecret()
                .build();
    }

    /**
     * The connection string and the CA are what the SDKs read. The {@code IOTEDGE_} names are for modules that look at them;
     * {@code IOTEDGE_WORKLOADURI} is never set: with it, SDKs would ask for a key where nobody answers. The user may have no home in the image, and
     * the SDK for .NET keeps there what it trusts.
     */
    private static List<EnvVar> env(ModuleInstance instance, Connection connection) {
        var host = ModuleObjects.gatewayHost(instance);
        var identity = instance.identity();
        var env = new LinkedHashMap<String, EnvVar>();
        env.put(
                ModuleObjects.CONNECTION_STRING,
                new EnvVarBuilder()
                        .withName(ModuleObjects.CONNECTION_STRING)
                        .withNewValueFrom()
                        .withNewSecretKeyRef(
                                ModuleObjects.CONNECTION_STRING,
                                connection.secret().getMetadata().getName(),
                                null)
                        .endValueFrom()
                        .build());
        put(env, "EdgeModuleCACertificateFile", DIRECTORY + "/" + HubObjects.CA_CERTIFICATE);
        put(env, "IOTEDGE_DEVICEID", identity.deviceId());
        put(env, "IOTEDGE_MODULEID", String.valueOf(identity.moduleId()));
        put(env, "IOTEDGE_IOTHUBHOSTNAME", host);
        put(env, "IOTEDGE_GATEWAYHOSTNAME", host);
        put(env, "IOTEDGE_MODULEGENERATIONID", connection.generation());
        put(env, "IOTEDGE_AUTHSCHEME", "sasToken");
        put(env, "IOTEDGE_APIVERSION", API_VERSION);
        put(env, "HOME", Pods.TMP_DIRECTORY);
        var wanted = instance.module().getSpec().env();
        if (wanted != null) {
            wanted.forEach(variable -> env.put(variable.name(), JSON.convertValue(variable, EnvVar.class)));
        }
        return new ArrayList<>(env.values());
    }

    private static void put(Map<String, EnvVar> env, String name, String value) {
        env.put(name, new EnvVar(name, value, null));
    }
}
