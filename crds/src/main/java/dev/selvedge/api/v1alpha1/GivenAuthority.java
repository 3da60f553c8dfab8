package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A certificate authority that the operator does not make: exactly one of the two. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "has(self.secretRef) != has(self.issuerRef)",
        message = "name exactly one authority: secretRef or issuerRef")
public record GivenAuthority(
        @Nullable
        @JsonPropertyDescription(
                "Secret in the same namespace with tls.crt and tls.key (PEM) of an authority, and ca.crt with its root where it does not sign itself, as cert-manager writes them for a Certificate with isCA. It is only read; what replaces it is followed, and the one before stays trusted until its end.")
        SecretRef secretRef,

        @Nullable
        @JsonPropertyDescription(
                "Issuer of cert-manager that is to sign the authority: the operator makes a Certificate with isCA, and cert-manager renews it. Its issuer must be one that signs authorities: of the kind CA, SelfSigned, Vault and others, not ACME.")
        IssuerRef issuerRef) {}
