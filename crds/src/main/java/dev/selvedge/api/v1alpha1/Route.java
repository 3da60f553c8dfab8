package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** One route as the user writes it; {@code dev.selvedge.route} says what the text means. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Route(
        @Required
        @JsonPropertyDescription(
                "The route, as in IoT Edge: FROM source [WHERE condition] INTO $upstream or INTO BrokeredEndpoint(\"/modules/m/inputs/i\").")
        @Size(min = 1, max = 8192)
        String route,

        @Nullable
        @JsonPropertyDescription(
                "0 is the highest priority, 9 the lowest, none comes after 9. A message that matches several routes to one endpoint travels by the highest.")
        @Min(0)
        @Max(9)
        Integer priority,

        @Nullable
        @JsonPropertyDescription(
                "How long messages of this route are kept for a receiver that is away: 12h, 90m. Absent or 0s: storeAndForward.timeToLive.")
        @Pattern("^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,8}s)?$")
        @Size(min = 2, max = 24)
        String timeToLive) {}
