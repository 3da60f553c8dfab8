package dev.selvedge.api.v1alpha1;

import java.util.List;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** What the operator saw of a module's instances. Written by the operator alone. */
@JsonClassDescription("What the operator saw of a module's instances. Written by the operator alone.")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EdgeModuleStatus(
        @Nullable @JsonPropertyDescription("The generation of the spec that this status describes.")
        Long observedGeneration,

        @Nullable @JsonPropertyDescription("Instances ready and instances wanted, for example 2/3.")
        String instances,

        @Nullable @JsonPropertyDescription("Conditions by type; Ready on top.")
        List<Condition> conditions) {}
