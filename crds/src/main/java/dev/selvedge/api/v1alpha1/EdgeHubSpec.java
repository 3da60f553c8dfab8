package dev.selvedge.api.v1alpha1;

import java.util.Map;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What the user asks of the hubs of a site. */
@JsonClassDescription("What is asked of the hubs of a site.")
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "!has(self.routes) || self.routes.all(name, name.matches('^[A-Za-z0-9_-]{1,64}$'))",
        message =
                "the name of a route has 1 to 64 letters, digits, '_' and '-': it becomes a property of the hub's twin",
        fieldPath = ".routes")
public record EdgeHubSpec(
        @Nullable
        @JsonPropertyDescription("Labels a node must carry to get a hub. Absent: every node of the cluster gets one.")
        @Size(max = 32)
        Map<String, String> nodeSelector,

        @Required @JsonPropertyDescription("The volume on which each hub keeps messages, twins and sessions.")
        Storage storage,

        @Nullable
        @JsonPropertyDescription(
                "How long messages are kept while their receiver is away, and what happens when the store is full.")
        StoreAndForward storeAndForward,

        @Nullable
        @JsonPropertyDescription(
                "Routes by name. A module's own routes are added to these. Names have 1 to 64 letters, digits, '_' and '-'.")
        @Size(max = 256)
        Map<String, Route> routes,

        @Nullable
        @JsonPropertyDescription(
                "Where $upstream leads to: exactly one kind. Absent: messages routed to $upstream wait in the store until their time to live ends.")
        Upstream upstream,

        @Nullable
        @JsonPropertyDescription(
                "How downstream devices outside the cluster reach the hub. Absent: only pods of the cluster reach it.")
        Expose expose,

        @Nullable
        @JsonPropertyDescription(
                "The authority that signs the certificates of this namespace, in place of one that the operator makes. Of several EdgeHubs that name one the oldest decides.")
        GivenAuthority certificateAuthority) {}
