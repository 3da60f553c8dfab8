package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Where {@code $upstream} leads to, exactly one kind, and how much of the link it may take. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(value = "has(self.mqtt)", message = "name exactly one kind of upstream: mqtt")
public record Upstream(
        @Nullable @JsonPropertyDescription("An MQTT 5 broker.")
        MqttUpstream mqtt,

        @Nullable
        @JsonPropertyDescription(
                "Most bits a second that the hub sends to the upstream, counted on the connection, TLS included; those of TCP and IP come on top. What does not fit waits in the store. A change is obeyed at once, on the open connection. Absent: as fast as the link goes.")
        @Min(16_000)
        Long maxBitsPerSecond) {}
