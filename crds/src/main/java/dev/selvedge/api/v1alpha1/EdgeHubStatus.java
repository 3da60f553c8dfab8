package dev.selvedge.api.v1alpha1;

import java.util.List;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** What the operator saw of the hubs of a site. Written by the operator alone. */
@JsonClassDescription("What the operator saw of the hubs of a site. Written by the operator alone.")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EdgeHubStatus(
        @Nullable @JsonPropertyDescription("The generation of the spec that this status describes.")
        Long observedGeneration,

        @Nullable @JsonPropertyDescription("Hubs ready and hubs wanted, for example 2/3.")
        String instances,

        @Nullable
        @JsonPropertyDescription(
                "Conditions by type; Ready on top, then what the hubs say: StoreReady, StoreNearlyFull, UpstreamConnected, and CertificateValid.")
        List<Condition> conditions) {}
