package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** An MQTT 5 broker that takes the messages routed to {@code $upstream}, QoS 1. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value =
                "self.url.find(':[0-9]+$') == '' || (int(self.url.find(':[0-9]+$').substring(1)) >= 1 && int(self.url.find(':[0-9]+$').substring(1)) <= 65535)",
        message = "a port is a number from 1 to 65535",
        fieldPath = ".url")
public record MqttUpstream(
        @Required
        @JsonPropertyDescription("Broker address: mqtts://host:8883 (TLS) or mqtt://host:1883 (no encryption).")
        @Pattern("^mqtts?://([A-Za-z0-9.-]+|\\[[0-9a-fA-F:]+\\])(:[0-9]{1,5})?$")
        @Size(max = 512)
        String url,

        @Nullable
        @JsonPropertyDescription(
                "Topic to publish to. {deviceId}, {moduleId} and {output} stand for the sender; an absent part becomes '_'.")
        @Default("devices/{deviceId}/modules/{moduleId}/{output}")
        @Pattern("^" + MqttUpstream.TOPIC_CHARACTER + "+$")
        @Size(min = 1, max = MqttUpstream.LONGEST_TOPIC)
        String topic,

        @Nullable
        @JsonPropertyDescription(
                "Secret in the same namespace with any of: username, password, ca.crt (trusted roots, PEM), tls.crt and tls.key (client certificate, PEM).")
        SecretRef secretRef) {
    /** No wildcard, and no control character, for which a broker may end the connection. */
    public static final String TOPIC_CHARACTER = "[^+#\\x00-\\x1f\\x7f-\\x9f]";

    /** Characters. */
    public static final int LONGEST_TOPIC = 512;
}
