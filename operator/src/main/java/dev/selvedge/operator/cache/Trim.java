package dev.selvedge.operator.cache;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.ModuleTwinSpec;
import dev.selvedge.api.v1alpha1.ModuleTwinStatus;
import dev.selvedge.operator.render.HubObjects;
import dev.selvedge.operator.render.Labels;
import dev.selvedge.operator.status.PodDiagnosis;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntryBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeConditionBuilder;
import io.fabric8.kubernetes.api.model.NodeSpec;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetSpec;
import io.fabric8.kubernetes.api.model.apps.StatefulSetSpecBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSetStatus;
import org.jspecify.annotations.Nullable;

/**
 * What the operator keeps in memory of what it watches, which is most of what it needs of memory. Of each object the managed fields alone are larger than
 * the rest; objects of one kind have mostly the same, and much else in common. An object, but for a Node, is changed: it is as it came from the API
 * server, and nobody else has it yet. What is shared is set, for builders copy.
 */
final class Trim {
    private static final Set<String> OF_PODS = Set.of(Labels.MODULE, Labels.NODE, Labels.JOB, PodDiagnosis.REVISION);

    private static final StatefulSetSpec IDLE =
            new StatefulSetSpecBuilder().withReplicas(0).build();

    private final String fieldManager;
    private final Shared shared = new Shared();

    /** @param fieldManager under whose name the operator applies objects */
    Trim(String fieldManager) {
        this.fieldManager = fieldManager;
    }

    /** Of what users make, all but the managed fields. */
    <T extends HasMetadata> T asked(T object) {
        return kept(object, _ -> false);
    }

    /** Of what the operator applies, all but the fields of others. */
    <T extends HasMetadata> T applied(T object) {
        return kept(object, this::own);
    }

    Secret secret(Secret secret) {
        if (secret.getData() != null) {
            secret.getData().computeIfPresent(HubObjects.CA_CERTIFICATE, (_, text) -> shared.of(text));
        }
        secret.setType(shared.orNull(secret.getType()));
        secret.setStringData(Map.of());
        secret.setAdditionalProperties(Map.of());
        return applied(secret);
    }

    /** Of a twin, whose fields may be anybody's, all but what the module reported. */
    ModuleTwin twin(ModuleTwin twin) {
        var spec = twin.getSpec();
        twin.setSpec(new ModuleTwinSpec(
                shared.of(spec.deviceId()),
                shared.orNull(spec.moduleId()),
                shared.orNull(spec.parentDeviceId()),
                spec.tags(),
                shared.orNull(spec.properties()),
                spec.authentication()));
        var status = twin.getStatus();
        if (status != null) {
            twin.setStatus(new ModuleTwinStatus(
                    null,
                    null,
                    null,
                    null,
                    status.observedGeneration(),
                    status.conditions() == null ? null : shared.each(status.conditions())));
        }
        return kept(twin, entry -> entry.getSubresource() == null);
    }

    /** Metadata, with the times at which the operator changed it, whether its controller has seen that, and whether it is to have no pod. */
    StatefulSet set(StatefulSet set) {
        var meta = set.getMetadata();
        var status = Optional.ofNullable(set.getStatus()).orElseGet(StatefulSetStatus::new);
        var times = meta.getManagedFields().stream()
                .filter(this::own)
                .map(entry ->
                        new ManagedFieldsEntryBuilder(entry).withFieldsV1(null).build())
                .toList();
        set.setMetadata(share(identity(meta).withLabels(meta.getLabels()).build()));
        set.getMetadata().setManagedFields(shared.each(times));
        var kept = new StatefulSetStatus();
        kept.setObservedGeneration(status.getObservedGeneration());
        kept.setUpdateRevision(status.getUpdateRevision());
        kept.setConditions(List.of());
        kept.setAdditionalProperties(Map.of());
        set.setSpec(idle(set) ? IDLE : null);
        set.setStatus(kept);
        set.setAdditionalProperties(Map.of());
        return named(set);
    }

    private static boolean idle(StatefulSet set) {
        return set.getSpec() != null && Integer.valueOf(0).equals(set.getSpec().getReplicas());
    }

    /** Name, labels, age, taints, whether it is cordoned, and whether it is ready and since when; no heart-beat. */
    static Node node(Node node) {
        var spec = Optional.ofNullable(node.getSpec()).orElseGet(NodeSpec::new);
        var ready = Nodes.ready(node).map(Trim::withoutHeartBeat).stream().toList();
        return new NodeBuilder()
                .withMetadata(identity(node.getMetadata())
                        .withLabels(node.getMetadata().getLabels())
                        .build())
                .withNewSpec()
                .withTaints(spec.getTaints())
                .withUnschedulable(spec.getUnschedulable())
                .endSpec()
                .withNewStatus()
                .withConditions(ready)
                .endStatus()
                .build();
    }

    /** Whose it is, and the parts of the status that say why it is not up. */
    Pod pod(Pod pod) {
        var meta = pod.getMetadata();
        var status = Optional.ofNullable(pod.getStatus()).orElseGet(PodStatus::new);
        var labels = new LinkedHashMap<>(Optional.ofNullable(meta.getLabels()).orElse(Map.of()));
        labels.keySet().retainAll(OF_PODS);
        var kept = new PodStatus();
        kept.setPhase(shared.orNull(status.getPhase()));
        kept.setReason(shared.orNull(status.getReason()));
        kept.setMessage(status.getMessage());
        kept.setConditions(shared.each(conditions(status)));
        kept.setInitContainerStatuses(shared.each(containers(status.getInitContainerStatuses())));
        kept.setContainerStatuses(shared.each(containers(status.getContainerStatuses())));
        kept.setEphemeralContainerStatuses(List.of());
        kept.setHostIPs(List.of());
        kept.setPodIPs(List.of());
        kept.setResourceClaimStatuses(List.of());
        kept.setNodeAllocatableResourceClaimStatuses(List.of());
        kept.setAllocatedResources(Map.of());
        kept.setAdditionalProperties(Map.of());
        pod.setMetadata(share(identity(meta).withLabels(labels).build()));
        pod.setSpec(null);
        pod.setStatus(kept);
        pod.setAdditionalProperties(Map.of());
        return named(pod);
    }

    /** What is said of whom, and when. */
    Event event(Event event) {
        var about = event.getInvolvedObject();
        var kept = new Event();
        kept.setMetadata(share(identity(event.getMetadata()).build()));
        kept.setInvolvedObject(new ObjectReferenceBuilder()
                .withKind(shared.orNull(about.getKind()))
                .withNamespace(shared.orNull(about.getNamespace()))
                .withName(about.getName())
                .withUid(about.getUid())
                .build());
        kept.setLastTimestamp(event.getLastTimestamp());
        kept.setMessage(event.getMessage());
        return kept;
    }

    private static List<PodCondition> conditions(PodStatus status) {
        return Optional.ofNullable(status.getConditions()).orElse(List.of()).stream()
                .filter(condition -> PodDiagnosis.CONDITIONS.contains(condition.getType()))
                .map(condition -> new PodConditionBuilder()
                        .withType(condition.getType())
                        .withStatus(condition.getStatus())
                        .withLastTransitionTime(condition.getLastTransitionTime())
                        .withMessage(condition.getMessage())
                        .build())
                .toList();
    }

    private static List<ContainerStatus> containers(@Nullable List<ContainerStatus> statuses) {
        return Optional.ofNullable(statuses).orElse(List.of()).stream()
                .map(status -> new ContainerStatusBuilder()
                        .withName(status.getName())
                        .withImage(status.getImage())
                        .withImageID(status.getImageID())
                        .withReady(status.getReady())
                        .withRestartCount(status.getRestartCount())
                        .withState(withoutStart(status.getState()))
                        .withLastState(status.getLastState())
                        .build())
                .toList();
    }

    private static @Nullable ContainerState withoutStart(@Nullable ContainerState state) {
        return state == null || state.getRunning() == null
                ? state
                : new ContainerStateBuilder().withNewRunning().endRunning().build();
    }

    private <T extends HasMetadata> T kept(T object, Predicate<ManagedFieldsEntry> fields) {
        var meta = object.getMetadata();
        var entries = meta.getManagedFields().stream().filter(fields).toList();
        entries.forEach(entry -> entry.setTime(null));
        meta.setManagedFields(shared.each(entries));
        meta.setOwnerReferences(shared.each(meta.getOwnerReferences()));
        share(meta);
        return named(object);
    }

    private <T extends HasMetadata> T named(T object) {
        object.setApiVersion(shared.of(object.getApiVersion()));
        return object;
    }

    private ObjectMeta share(ObjectMeta meta) {
        var labels = new LinkedHashMap<>(Optional.ofNullable(meta.getLabels()).orElse(Map.of()));
        labels.replaceAll((_, value) -> shared.of(value));
        meta.setLabels(Map.copyOf(labels));
        meta.setNamespace(shared.of(meta.getNamespace()));
        meta.setCreationTimestamp(shared.orNull(meta.getCreationTimestamp()));
        return bare(meta);
    }

    /** Without the lists and maps of its own that an object has for what it has nothing of, which are megabytes at a thousand nodes. */
    static ObjectMeta bare(ObjectMeta meta) {
        meta.setAnnotations(orNone(meta.getAnnotations()));
        meta.setLabels(orNone(meta.getLabels()));
        meta.setAdditionalProperties(orNone(meta.getAdditionalProperties()));
        meta.setFinalizers(orNone(meta.getFinalizers()));
        meta.setManagedFields(orNone(meta.getManagedFields()));
        meta.setOwnerReferences(orNone(meta.getOwnerReferences()));
        return meta;
    }

    private static <K, V> Map<K, V> orNone(@Nullable Map<K, V> map) {
        return map == null || map.isEmpty() ? Map.of() : map;
    }

    private static <V> List<V> orNone(@Nullable List<V> list) {
        return list == null || list.isEmpty() ? List.of() : list;
    }

    private boolean own(ManagedFieldsEntry entry) {
        return fieldManager.equals(entry.getManager());
    }

    static ObjectMetaBuilder identity(ObjectMeta meta) {
        return new ObjectMetaBuilder()
                .withName(meta.getName())
                .withNamespace(meta.getNamespace())
                .withUid(meta.getUid())
                .withResourceVersion(meta.getResourceVersion())
                .withGeneration(meta.getGeneration())
                .withCreationTimestamp(meta.getCreationTimestamp())
                .withDeletionTimestamp(meta.getDeletionTimestamp());
    }

    private static NodeCondition withoutHeartBeat(NodeCondition condition) {
        return new NodeConditionBuilder()
                .withType(condition.getType())
                .withStatus(condition.getStatus())
                .withLastTransitionTime(condition.getLastTransitionTime())
                .build();
    }
}
