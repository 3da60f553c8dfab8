package dev.selvedge.api.v1alpha1;

import java.util.Objects;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** An issuer of cert-manager, or of one of the programs that extend it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "self.group != 'cert-manager.io' || self.kind in ['Issuer', 'ClusterIssuer']",
        message = "cert-manager.io has the kinds Issuer and ClusterIssuer; for another kind say its group")
public record IssuerRef(
        @Required
        @JsonPropertyDescription("Name of the issuer; an Issuer is in the same namespace.")
        @Size(min = 1, max = 253)
        String name,

        @Nullable
        @JsonPropertyDescription("Issuer, ClusterIssuer, or a kind of another group.")
        @Default(KIND)
        @Pattern("^[A-Z][A-Za-z0-9]*$")
        @Size(max = 63)
        String kind,

        @Nullable
        @JsonPropertyDescription("Group of that kind.")
        @Default(GROUP)
        @Pattern("^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")
        @Size(max = 253)
        String group) {
    private static final String KIND = "Issuer";
    private static final String GROUP = "cert-manager.io";

    public IssuerRef {
        kind = Objects.requireNonNullElse(kind, KIND);
        group = Objects.requireNonNullElse(group, GROUP);
    }
}
