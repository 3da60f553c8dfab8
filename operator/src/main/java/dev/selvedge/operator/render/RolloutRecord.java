package dev.selvedge.operator.render;

import java.util.Map;
import java.util.TreeMap;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.selvedge.api.v1alpha1.EdgeModule;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import org.jspecify.annotations.Nullable;

/**
 * What the operator remembers of a module that may be rolled back; kept in a ConfigMap that goes with the module. What cannot be read counts as
 * not remembered.
 *
 * @param good what last ran on all nodes
 * @param failed what was asked for and did not become ready in time
 * @param why where and why it did not, for people
 */
public record RolloutRecord(
        @Nullable Workload good,
        @Nullable Workload failed,
        @Nullable String why) {
    public static final RolloutRecord NOTHING = new RolloutRecord(null, null, null);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String GOOD = "good";
    private static final String FAILED = "failed";
    private static final String WHY = "why";

    public RolloutRecord withGood(Workload workload) {
        return new RolloutRecord(workload, null, null);
    }

    public RolloutRecord withFailed(Workload workload, String reason) {
        return new RolloutRecord(good, workload, reason);
    }

    /** Whether all instances go back to {@link #good} when this is asked for. */
    public boolean rollsBack(Workload asked) {
        return good != null && failed != null && json(failed).equals(json(asked));
    }

    /** Whether there is something to go back to when this fails. */
    public boolean hasOtherThan(Workload asked) {
        return good != null && !json(good).equals(json(asked));
    }

    public static String name(EdgeModule module) {
        return module.getMetadata().getName() + "--rollout";
    }

    public static RolloutRecord read(ConfigMap kept) {
        var data = kept.getData() == null ? Map.<String, String>of() : kept.getData();
        return new RolloutRecord(workload(data.get(GOOD)), workload(data.get(FAILED)), data.get(WHY));
    }

    public ConfigMap configMap(EdgeModule module) {
        var data = new TreeMap<String, String>();
        if (good != null) {
            data.put(GOOD, json(good));
        }
        if (failed != null) {
            data.put(FAILED, json(failed));
            data.put(WHY, String.valueOf(why));
        }
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withName(name(module))
                .withNamespace(module.getMetadata().getNamespace())
                .withLabels(Labels.rollout(module.getMetadata().getName()))
                .withOwnerReferences(Owners.controller(module))
                .endMetadata()
                .withData(data)
                .build();
    }

    private static @Nullable Workload workload(@Nullable String json) {
        try {
            return json == null ? null : JSON.readValue(json, Workload.class);
        } catch (JsonProcessingException _) {
            return null;
        }
    }

    private static String json(Workload workload) {
        try {
            return JSON.writeValueAsString(workload);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a workload is always JSON", e);
        }
    }
}
