package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A Secret of the same namespace. */
public record SecretRef(
        @Required @JsonPropertyDescription("Name of the Secret.") @Size(min = 1, max = 253)
        String name) {}
