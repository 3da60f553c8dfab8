package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Where {@code $upstream} leads to: exactly one kind. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(value = "has(self.mqtt)", message = "name exactly one kind of upstream: mqtt")
public record Upstream(
        @Nullable @JsonPropertyDescription("An MQTT 5 broker.")
        MqttUpstream mqtt) {}
