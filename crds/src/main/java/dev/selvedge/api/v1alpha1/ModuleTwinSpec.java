package dev.selvedge.api.v1alpha1;

import java.util.ArrayList;
import java.util.Map;
import java.util.Objects;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Credentials.Kind;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** One identity and its desired properties. */
@JsonClassDescription(
        "Identity, tags and desired properties. Several may own keys of it: the EdgeModule gives defaults, kubectl or Git win key by key.")
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "self.deviceId == oldSelf.deviceId",
        message = "deviceId cannot be changed: it is the twin's identity",
        fieldPath = ".deviceId")
@ValidationRule(
        value =
                "has(self.moduleId) == has(oldSelf.moduleId) && (!has(self.moduleId) || self.moduleId == oldSelf.moduleId)",
        message = "moduleId cannot be changed: it is the twin's identity",
        fieldPath = ".moduleId")
@ValidationRule(
        value = "has(self.moduleId) != has(self.parentDeviceId)",
        message = "name either a moduleId (the twin of a module) or a parentDeviceId (the twin of a downstream device)")
public record ModuleTwinSpec(
        @Required
        @JsonPropertyDescription(
                "The device: the node's name, or what its label selvedge.dev/device-id says. Cannot be changed.")
        @Pattern("^[A-Za-z0-9][A-Za-z0-9_.:-]*$")
        @Size(min = 1, max = 128)
        String deviceId,

        @Nullable
        @JsonPropertyDescription(
                "The module on that device; '$edgeHub' is the hub itself. Absent: the twin of a downstream device. Cannot be changed.")
        @Pattern("^([A-Za-z0-9_][A-Za-z0-9_.:-]*|\\$edgeHub)$")
        @Size(min = 1, max = 128)
        String moduleId,

        @Nullable
        @JsonPropertyDescription("For a downstream device: the device whose hub it connects to.")
        @Pattern("^[A-Za-z0-9][A-Za-z0-9_.:-]*$")
        @Size(min = 1, max = 128)
        String parentDeviceId,

        @Nullable
        @JsonPropertyDescription("Tags, for people and selectors; the module does not see them.")
        @Size(max = 64)
        Map<String, String> tags,

        @Nullable @JsonPropertyDescription("The twin's properties that Kubernetes owns.")
        Properties properties,

        @Nullable @JsonPropertyDescription("How the identity proves itself.")
        Authentication authentication) {

    /** How the identity proves itself, with what is left out filled in. */
    public Credentials credentials() {
        return authentication == null ? Credentials.DEFAULT : authentication.credentials();
    }

    /** The half of the properties that Kubernetes owns. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Properties(
            @Nullable
            @JsonPropertyDescription("Desired properties: a JSON object that the module receives and obeys.")
            @PreserveUnknownFields
            ObjectNode desired) {}

    /** How the identity proves itself. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @ValidationRule(
            value =
                    "!has(self.secondaryGenerationId) || self.secondaryGenerationId != (has(self.generationId) ? self.generationId : '1')",
            message = "secondaryGenerationId must be another one than generationId (absent: 1)",
            fieldPath = ".secondaryGenerationId")
    public record Authentication(
            @Nullable
            @JsonPropertyDescription(
                    "What the identity shows: SymmetricKey (a key, or tokens made with it), or X509 (a client certificate of the site's CA). Absent: SymmetricKey.")
            Type type,

            @Nullable
            @JsonPropertyDescription(
                    "Goes into the identity's key or certificate: another value gives a new one. Absent: 1.")
            @Pattern("^[A-Za-z0-9_.-]+$")
            @Size(min = 1, max = 64)
            String generationId,

            @Nullable
            @JsonPropertyDescription(
                    "A second generation whose key or certificate is good as well, while clients move from one to the other.")
            @Pattern("^[A-Za-z0-9_.-]+$")
            @Size(min = 1, max = 64)
            String secondaryGenerationId,

            @Nullable
            @JsonPropertyDescription(
                    "Disabled: the identity may not connect, and is dropped if it is connected. Absent: Enabled.")
            State state) {
        private Credentials credentials() {
            var generations = new ArrayList<String>();
            generations.add(Objects.requireNonNullElse(generationId, Credentials.FIRST_GENERATION));
            if (secondaryGenerationId != null) {
                generations.add(secondaryGenerationId);
            }
            return new Credentials(
                    type == Type.X509 ? Kind.CERTIFICATE : Kind.KEY, generations, state != State.Disabled);
        }

        /** What the identity shows. */
        public enum Type {
            SymmetricKey,
            X509
        }

        /** Whether it may connect. */
        public enum State {
            Enabled,
            Disabled
        }
    }
}
