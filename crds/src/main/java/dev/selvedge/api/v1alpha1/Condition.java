package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** A condition in the shape of Kubernetes' own {@code metav1.Condition}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Condition(
        @Required @JsonPropertyDescription("Kind of the condition, for example Ready.")
        String type,

        @Required @JsonPropertyDescription("True, False or Unknown.")
        String status,

        @Required @JsonPropertyDescription("One word for programs: see the conditions reference.")
        String reason,

        @Required @JsonPropertyDescription("A sentence for people: what is wrong, where, what to do.")
        String message,

        @Nullable @JsonPropertyDescription("When the status last changed, RFC 3339.")
        String lastTransitionTime,

        @Nullable @JsonPropertyDescription("The generation of the spec that the condition describes.")
        Long observedGeneration) {

    /** The condition on top of every kind. */
    public static final String READY = "Ready";

    /** Whether a hub's store takes messages, and had all of them at the start. */
    public static final String STORE_READY = "StoreReady";

    /** Whether a hub's store is nearly full; the one condition that is good when it is False. */
    public static final String STORE_NEARLY_FULL = "StoreNearlyFull";

    /** Whether a hub is connected to its upstream; absent where none is configured. */
    public static final String UPSTREAM_CONNECTED = "UpstreamConnected";

    /** Whether the certificates of an EdgeHub's hubs are valid. */
    public static final String CERTIFICATE_VALID = "CertificateValid";

    /** Kubernetes' three truth values. */
    public static final String TRUE = "True";

    public static final String FALSE = "False";
    public static final String UNKNOWN = "Unknown";

    /** A condition without a time: who writes the status adds it with {@link #since}. */
    public static Condition of(String type, String status, String reason, String message, long generation) {
        return new Condition(type, status, reason, message, null, generation);
    }

    /** This condition, keeping {@code earlier}'s transition time when the status did not change. */
    public Condition since(@Nullable Condition earlier, String now) {
        var time = earlier != null && earlier.status().equals(status) && earlier.lastTransitionTime() != null
                ? earlier.lastTransitionTime()
                : now;
        return new Condition(type, status, reason, message, time, observedGeneration);
    }
}
