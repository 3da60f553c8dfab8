package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** One environment variable of a module, in the shape of a pod's. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "!(has(self.value) && has(self.valueFrom))",
        message = "give either value or valueFrom, not both")
public record EnvVar(
        @Required
        @JsonPropertyDescription("Name of the variable.")
        @Pattern("^[-._a-zA-Z][-._a-zA-Z0-9]*$")
        @Size(min = 1, max = 253)
        String name,

        @Nullable @JsonPropertyDescription("Its value.") @Size(max = 32768)
        String value,

        @Nullable @JsonPropertyDescription("Takes the value from a Secret or ConfigMap of the same namespace.")
        ValueFrom valueFrom) {

    /** Where a value comes from: exactly one of the two. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @ValidationRule(
            value = "has(self.secretKeyRef) != has(self.configMapKeyRef)",
            message = "name exactly one of secretKeyRef and configMapKeyRef")
    public record ValueFrom(
            @Nullable @JsonPropertyDescription("A key of a Secret.")
            KeyRef secretKeyRef,

            @Nullable @JsonPropertyDescription("A key of a ConfigMap.")
            KeyRef configMapKeyRef) {}

    /** A key of a Secret or ConfigMap. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record KeyRef(
            @Required @JsonPropertyDescription("Name of the object.") @Size(min = 1, max = 253)
            String name,

            @Required @JsonPropertyDescription("The key in it.") @Size(min = 1, max = 253)
            String key,

            @Nullable @JsonPropertyDescription("Whether the module may start without it.")
            Boolean optional) {}
}
