package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** A certificate authority that the user makes and renews. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GivenAuthority(
        @Required
        @JsonPropertyDescription(
                "Secret in the same namespace with tls.crt and tls.key (PEM) of an authority, and ca.crt with its root where it does not sign itself, as cert-manager writes them for a Certificate with isCA. It is only read; what replaces it is followed, and the one before stays trusted until its end.")
        SecretRef secretRef) {}
