package dev.selvedge.api.v1alpha1;

import java.util.Map;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** What the user asks of the hubs of a site. */
@JsonInclude(JsonInclude.Include.NON_NULL)
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
                "Routes by name. A module's own routes are added to these. Names may not contain '.', '$', '#', '/' or spaces.")
        @Size(max = 256)
        Map<String, Route> routes,

        @Nullable
        @JsonPropertyDescription(
                "Where $upstream leads to: exactly one kind. Absent: messages routed to $upstream wait in the store until their time to live ends.")
        Upstream upstream) {}
