package dev.selvedge.json;

import java.io.ByteArrayInputStream;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import io.fabric8.kubernetes.api.model.DefaultKubernetesResourceList;
import io.fabric8.kubernetes.api.model.WatchEvent;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

class ShallowJsonTest {
    private static final int STACK = 256 * 1024;
    private static final String TWIN = """
            {"apiVersion": "selvedge.dev/v1alpha1", "kind": "ModuleTwin",
             "metadata": {"name": "t", "managedFields": [{"manager": "kubectl", "fieldsV1": {"f:spec": %s}}]},
             "spec": {"deviceId": "d", "moduleId": "m", "properties": {"desired": %s}, "tags": {"a": "b"}}}""";

    private static final TypeReference<DefaultKubernetesResourceList<ModuleTwin>> TWINS = new TypeReference<>() {};

    private final KubernetesSerialization json = new KubernetesSerialization(ShallowJson.mapper(), true);

    @BeforeEach
    void knowTheKinds() {
        json.registerKubernetesResource(ModuleTwin.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {65, 300, 990, 9_900})
    void aWatchSaysWhatIsTooDeep(int levels) throws InterruptedException {
        for (var deep : new String[] {objects(levels), "{\"x\": " + arrays(levels) + "}"}) {
            var event = "{\"type\": \"ADDED\", \"object\": " + TWIN.formatted(deep, deep) + "}";
            var twin = onSmallStack(
                    () -> (ModuleTwin) json.unmarshal(event, WatchEvent.class).getObject());
            isWhole(twin);
            assertThat(Nesting.tooDeep(desired(twin))).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 65, 9_900})
    void aListHasAllTwinsAlsoThoseThatAreTooDeep(int levels) throws InterruptedException {
        var deep = TWIN.formatted(objects(levels), objects(levels));
        var text = "{\"kind\": \"ModuleTwinList\", \"items\": [" + deep + "," + TWIN.formatted("{}", "{}") + "]}";
        var twins = onSmallStack(() -> json.unmarshal(new ByteArrayInputStream(text.getBytes(UTF_8)), TWINS))
                .getItems();
        assertThat(twins).hasSize(2).allSatisfy(ShallowJsonTest::isWhole);
        assertThat(Nesting.tooDeep(desired(twins.getFirst()))).isEqualTo(levels > Nesting.MAX);
        if (levels <= Nesting.MAX) {
            assertThat(desired(twins.getFirst())).hasToString(objects(levels));
        }
    }

    @Test
    void whatIsReadCanBeComparedWrittenAndRead() throws InterruptedException {
        var deep = objects(9_900);
        var module = """
                {"kind": "EdgeModule", "apiVersion": "selvedge.dev/v1alpha1", "metadata": {"name": "m"},
                 "spec": {"image": "i", "podTemplate": %s, "twin": {"desired": %s}}}""".formatted(deep, deep);
        var read = onSmallStack(() -> {
            var one = json.unmarshal(module, EdgeModule.class);
            var other = json.clone(one);
            assertThat(one.getSpec().hashCode()).isEqualTo(other.getSpec().hashCode());
            assertThat(one.getSpec().equals(other.getSpec())).isTrue();
            assertThat(one.getSpec().podTemplate().deepCopy()).isNotNull();
            return other;
        });
        assertThat(Nesting.tooDeep(read.getSpec().podTemplate())).isTrue();
    }

    @Test
    void whatIsNotDeepIsReadWhole() {
        var text = "{\"a\": [1, {\"b\": \"c\"}, [], {}], \"d\": null, \"e\": " + objects(50) + "}";
        assertThat(json.unmarshal(text, Map.class)).isEqualTo(new KubernetesSerialization().unmarshal(text, Map.class));
    }

    private static void isWhole(ModuleTwin twin) {
        assertThat(twin.getMetadata().getName()).isEqualTo("t");
        assertThat(twin.getMetadata().getManagedFields())
                .singleElement()
                .satisfies(entry -> assertThat(entry.getFieldsV1().getAdditionalProperties())
                        .containsKey("f:spec"));
        assertThat(twin.getSpec().tags()).containsEntry("a", "b");
    }

    private static JsonNode desired(ModuleTwin twin) {
        return twin.getSpec().properties().desired();
    }

    private static String objects(int levels) {
        return "{\"a\":".repeat(levels) + "{}" + "}".repeat(levels);
    }

    private static String arrays(int levels) {
        return "[".repeat(levels) + "]".repeat(levels);
    }

    private static <T> T onSmallStack(Supplier<T> work) throws InterruptedException {
        var result = new AtomicReference<T>();
        var failure = new AtomicReference<Throwable>();
        var thread = new Thread(null, () -> result.set(work.get()), "small", STACK);
        thread.setUncaughtExceptionHandler((_, e) -> failure.set(e));
        thread.start();
        thread.join();
        assertThat(failure.get()).isNull();
        return result.get();
    }
}
