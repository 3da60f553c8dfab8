package dev.selvedge.api.v1alpha1;

import java.util.Map;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
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
                "How a change that replaces the hubs travels over the nodes: one node at a time, the next when the hub before is ready again.")
        UpdateStrategy updateStrategy,

        @Nullable
        @JsonPropertyDescription(
                "The authority that signs the certificates of this namespace, in place of one that the operator makes. Of several EdgeHubs that name one the oldest decides.")
        GivenAuthority certificateAuthority) {

    /** How a change travels over the nodes. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @ValidationRule(
            value = "!has(self.progressDeadline) || duration(self.progressDeadline) > duration('0s')",
            message = "progressDeadline must be longer than nothing: each change would be late at once",
            fieldPath = ".progressDeadline")
    public record UpdateStrategy(
            @Nullable
            @JsonPropertyDescription(
                    "How long a hub may take to become ready after a change before the other nodes keep what they have, in hours, minutes and seconds: 10m, 1h30m. Nodes that do not answer are not counted.")
            @Default("10m")
            @Pattern("^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,8}s)?$")
            @Size(min = 2, max = 24)
            String progressDeadline,

            @Nullable
            @JsonPropertyDescription(
                    "When hubs that run may be replaced. Absent: at any time. A hub that is new, or was down for all of progressDeadline, waits for no window, nor do routes.")
            MaintenanceWindow maintenanceWindow) {}
}
