package dev.selvedge.operator.cache;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.ModuleTwinSpec;
import dev.selvedge.api.v1alpha1.ModuleTwinStatus;
import dev.selvedge.json.ShallowJson;
import dev.selvedge.operator.render.ModuleObjects;
import io.fabric8.kubernetes.api.model.FieldsV1;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntryBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class TrimTest {
    private static final String KEY = "site/sensor--n1";

    private static final KubernetesSerialization JSON = new KubernetesSerialization();

    private final Trim trim = new Trim("operator");

    private static ObjectMeta meta(String name) {
        return new ObjectMetaBuilder()
                .withNamespace("site")
                .withName(name)
                .withUid("uid of " + name)
                .withResourceVersion("7")
                .withGeneration(3L)
                .withLabels(Map.of("selvedge.dev/module", "sensor"))
                .withManagedFields(entry("operator", null), entry("kubectl", null), entry("operator", "status"))
                .build();
    }

    private static ManagedFieldsEntry entry(String manager, String subresource) {
        var fields = new FieldsV1();
        fields.setAdditionalProperty("f:spec", Map.of("f:" + manager, Map.of()));
        return new ManagedFieldsEntryBuilder()
                .withManager(manager)
                .withOperation("Apply")
                .withSubresource(subresource)
                .withTime("2026-11-29T10:00:00Z")
                .withFieldsV1(fields)
                .build();
    }

    private static List<String> managers(ObjectMeta meta) {
        return meta.getManagedFields().stream()
                .map(entry -> entry.getManager() + "/" + entry.getSubresource())
                .toList();
    }

    @Test
    void ofAStatefulSetThatIsToHaveNoPodThatIsKept() {
        var stopped = set();
        stopped.getSpec().setReplicas(0);

        assertThat(trim.set(stopped).getSpec().getReplicas()).isZero();
        assertThat(trim.set(set()).getSpec()).isNull();
    }

    private static StatefulSet set() {
        return new StatefulSetBuilder()
                .withMetadata(meta("sensor--n1"))
                .withNewSpec()
                .withReplicas(1)
                .withServiceName("none")
                .endSpec()
                .withNewStatus()
                .withObservedGeneration(3L)
                .withUpdateRevision("sensor--n1-abc")
                .withReplicas(1)
                .endStatus()
                .build();
    }

    /** As it would be read: none of it is in another object. */
    private static Secret secret(String name) {
        return JSON.clone(new SecretBuilder()
                .withMetadata(meta(name))
                .addToData("ca.crt", "YXV0aG9yaXR5")
                .build());
    }

    @Test
    void what_is_alike_in_two_objects_is_kept_once() {
        var one = trim.secret(secret("one"));
        var other = trim.secret(secret("other"));

        assertThat(managers(one.getMetadata())).containsExactly("operator/null", "operator/status");
        assertThat(other.getMetadata().getManagedFields().getFirst())
                .isSameAs(one.getMetadata().getManagedFields().getFirst());
        assertThat(other.getMetadata().getLabels()).isEqualTo(one.getMetadata().getLabels());
        assertThat(other.getData().get("ca.crt")).isSameAs(one.getData().get("ca.crt"));
    }

    @Test
    void of_a_twin_is_kept_whose_the_properties_are_but_not_what_the_module_reported() {
        var twin = new ModuleTwin();
        twin.setMetadata(meta("sensor.n1"));
        twin.setSpec(new ModuleTwinSpec("n1", "sensor", null, null, null, null));
        var ready = new Condition("Ready", "True", "Ready", "the twin", "2026-11-29T10:00:00Z", 3L);
        twin.setStatus(new ModuleTwinStatus(
                new ModuleTwinStatus.Properties(
                        JsonNodeFactory.instance.objectNode().put("much", "x".repeat(1000))),
                3L,
                9L,
                ModuleTwinStatus.ConnectionState.Connected,
                3L,
                List.of(ready)));

        var kept = trim.twin(twin);

        assertThat(managers(kept.getMetadata())).containsExactly("operator/null", "kubectl/null");
        assertThat(kept.getSpec().moduleId()).isEqualTo("sensor");
        assertThat(kept.getStatus()).isEqualTo(new ModuleTwinStatus(null, null, null, null, 3L, List.of(ready)));
    }

    @Test
    void of_a_twin_however_deep_is_kept_what_can_be_compared() throws InterruptedException {
        var deep = "{\"f:a\":".repeat(9_900) + "{}" + "}".repeat(9_900);
        var text = """
                {"apiVersion": "selvedge.dev/v1alpha1",
                 "metadata": {"name": "t", "namespace": "site",
                  "managedFields": [{"manager": "kubectl", "operation": "Apply", "fieldsV1": {"f:spec": %s}}]},
                 "spec": {"deviceId": "d", "properties": {"desired": %s}}}""".formatted(deep, deep);
        var json = new KubernetesSerialization(ShallowJson.mapper(), true);
        var failure = new AtomicReference<Throwable>();
        var small = new Thread(
                null,
                () -> {
                    var one = trim.twin(json.unmarshal(text, ModuleTwin.class));
                    var other = trim.twin(json.unmarshal(text, ModuleTwin.class));
                    assertThat(one.getSpec().properties() == other.getSpec().properties())
                            .isTrue();
                    assertThat(ModuleObjects.shared(one, "operator")).isTrue();
                },
                "small",
                256 * 1024);
        small.setUncaughtExceptionHandler((_, e) -> failure.set(e));
        small.start();
        small.join();
        assertThat(failure.get()).isNull();
    }

    @Test
    void a_StatefulSet_is_kept_packed_beside_what_is_read_of_it_often() {
        var archive = new Archive<>(StatefulSet.class, JSON);
        var store = new TrimmedStore<>(trim::set, archive);
        store.put(KEY, set());

        var kept = store.get(KEY);
        assertThat(kept.getSpec()).isNull();
        assertThat(kept.getStatus().getUpdateRevision()).isEqualTo("sensor--n1-abc");
        assertThat(kept.getMetadata().getGeneration()).isEqualTo(3);
        assertThat(kept.getMetadata().getManagedFields().getFirst().getTime()).isEqualTo("2026-11-29T10:00:00Z");
        assertThat(archive.get(KEY)).contains(set());

        store.remove(KEY);
        assertThat(archive.get(KEY)).isEmpty();
    }

    @Test
    void of_a_pod_that_its_node_sent_away_is_kept_why() {
        var status = trim.pod(new PodBuilder()
                        .withMetadata(meta("sensor--n1-0"))
                        .withNewStatus()
                        .withPhase("Failed")
                        .withReason("Evicted")
                        .withMessage("The node was low on resource: memory")
                        .endStatus()
                        .build())
                .getStatus();

        assertThat(List.of(status.getPhase(), status.getReason(), status.getMessage()))
                .containsExactly("Failed", "Evicted", "The node was low on resource: memory");
    }

    @Test
    void for_the_framework_identity_and_generation_are_kept() {
        var twin = new ModuleTwin();
        twin.setMetadata(meta("sensor.n1"));
        twin.setSpec(new ModuleTwinSpec("n1", "sensor", null, null, null, null));
        var store = new IdentityStore<ModuleTwin>();
        store.put(KEY, twin);

        var kept = store.get(KEY);
        assertThat(kept.getSpec()).isNull();
        assertThat(kept.getMetadata().getManagedFields()).isEmpty();
        assertThat(List.of(
                        kept.getMetadata().getUid(),
                        kept.getMetadata().getResourceVersion(),
                        kept.getMetadata().getGeneration()))
                .isEqualTo(List.of("uid of sensor.n1", "7", 3L));
    }
}
