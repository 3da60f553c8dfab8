package dev.selvedge.api.v1alpha1;

import java.util.List;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import org.jspecify.annotations.Nullable;

/**
 * What the module reported through its hub. The operator writes the condition Ready and its generation, the hub all else; on its own twin also
 * what it found out about itself.
 */
@JsonClassDescription(
        "What the module reported through its hub. The operator writes the condition Ready, the hub all else; on its own twin also what it found out about itself.")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ModuleTwinStatus(
        @Nullable @JsonPropertyDescription("The half of the properties that the module owns.")
        Properties properties,

        @Nullable
        @JsonPropertyDescription(
                "The version of the desired properties that the hub holds for the module: the generation of this object.")
        Long desiredVersion,

        @Nullable
        @JsonPropertyDescription("Version of the reported properties; grows by one with each accepted change.")
        Long reportedVersion,

        @Nullable @JsonPropertyDescription("Whether the module is connected to its hub.")
        ConnectionState connectionState,

        @Nullable @JsonPropertyDescription("The generation of the spec that the conditions describe.")
        Long observedGeneration,

        @Nullable
        @JsonPropertyDescription(
                "Conditions by type: Ready; on the twin of $edgeHub also StoreReady, StoreNearlyFull and UpstreamConnected.")
        List<Condition> conditions) {

    /** The half of the properties that the module owns. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Properties(
            @Nullable
            @JsonPropertyDescription("Reported properties: a JSON object that the module wrote.")
            @PreserveUnknownFields
            ObjectNode reported) {}

    /** Whether a module is connected to its hub. */
    public enum ConnectionState {
        Connected,
        Disconnected
    }
}
