package dev.selvedge.api.v1alpha1;

import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What the user asks of one module. */
@JsonClassDescription("What is asked of one module.")
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "!has(self.routes) || self.routes.all(name, name.matches('^[A-Za-z0-9_-]{1,64}$'))",
        message =
                "the name of a route has 1 to 64 letters, digits, '_' and '-': it becomes a property of the hub's twin",
        fieldPath = ".routes")
public record EdgeModuleSpec(
        @Nullable
        @JsonPropertyDescription(
                "The module's identity on its device, as the SDKs and the routes name it. Absent: metadata.name. Cannot be changed.")
        @Pattern("^[A-Za-z0-9_][A-Za-z0-9_.:-]*$")
        @Size(min = 1, max = 128)
        String moduleId,

        @Nullable
        @JsonPropertyDescription(
                "Labels a node must carry to get an instance. Absent: every node that has a hub gets one.")
        @Size(max = 32)
        Map<String, String> nodeSelector,

        @Required
        @JsonPropertyDescription("Container image of the module.")
        @Pattern("^\\S+$")
        @Size(min = 1, max = 1024)
        String image,

        @Nullable
        @JsonPropertyDescription("Environment of the module. A name set here wins over what Selvedge sets itself.")
        @Size(max = 256)
        List<EnvVar> env,

        @Nullable
        @JsonPropertyDescription(
                "Routes by name, added to those of the node's hub. Names have 1 to 64 letters, digits, '_' and '-'.")
        @Size(max = 64)
        Map<String, Route> routes,

        @Nullable
        @JsonPropertyDescription(
                "Defaults for the module's twins. What kubectl or Git sets on a ModuleTwin itself wins, key by key.")
        TwinDefaults twin,

        @Nullable
        @JsonPropertyDescription("Running, or Stopped: no pods, but identity, twin and stored messages stay.")
        @Default("Running")
        State state,

        @Nullable
        @JsonPropertyDescription(
                "Names of EdgeModules of this namespace that start before this one on the same node. With this list, and be it empty, the hub starts first, too.")
        @Size(max = 32)
        List<@Size(min = 1, max = 40) String> dependsOn,

        @Nullable @JsonPropertyDescription("How a change travels over the nodes.")
        UpdateStrategy updateStrategy,

        @Nullable
        @JsonPropertyDescription(
                "Overlay on the rendered pod template, merged strategically as by kubectl patch: for resources, volumes, security context. The module's container is called 'module'.")
        @PreserveUnknownFields
        ObjectNode podTemplate) {

    /** Whether pods are wanted. */
    public enum State {
        Running,
        Stopped
    }

    /** Defaults for the twins of all instances of a module. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record TwinDefaults(
            @Nullable
            @JsonPropertyDescription("Tags, for people and selectors; modules do not see them.")
            @Size(max = 64)
            Map<String, String> tags,

            @Nullable @JsonPropertyDescription("Desired properties: a JSON object.") @PreserveUnknownFields
            ObjectNode desired) {}

    /** How a change travels over the nodes. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @ValidationRule(
            value = "!has(self.progressDeadline) || duration(self.progressDeadline) > duration('0s')",
            message = "progressDeadline must be longer than nothing: each change would be late at once",
            fieldPath = ".progressDeadline")
    public record UpdateStrategy(
            @Nullable
            @JsonPropertyDescription(
                    "How many instances may be down at once while a change is rolled out over the nodes.")
            @Default("1")
            @Min(1)
            @Max(10000)
            Integer maxUnavailable,

            @Nullable
            @JsonPropertyDescription(
                    "How long an instance may take to become ready after a change before the rollout stops, in hours, minutes and seconds: 10m, 1h30m. Nodes that do not answer are not counted.")
            @Default("10m")
            @Pattern("^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,8}s)?$")
            @Size(min = 2, max = 24)
            String progressDeadline,

            @Nullable
            @JsonPropertyDescription(
                    "What happens when an instance is not ready in time. Pause: no other instance gets the change. Rollback: all go back to the image, env and podTemplate that last ran everywhere.")
            @Default("Pause")
            OnFailure onFailure,

            @Nullable
            @JsonPropertyDescription(
                    "When instances that run may be replaced. Absent: at any time. An instance that is new, or was down for all of progressDeadline, waits for no window, nor do routes and twins.")
            MaintenanceWindow maintenanceWindow) {}

    /** What becomes of a change that does not run on a node. */
    public enum OnFailure {
        /** The other nodes keep what they have until the failed one is ready, or the spec changes. */
        Pause,
        /** All nodes go back to what last ran everywhere, until the spec changes. */
        Rollback
    }
}
