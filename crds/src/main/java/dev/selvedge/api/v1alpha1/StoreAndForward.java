package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** How long messages wait for their receiver, and what gives way when the store is full. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StoreAndForward(
        @Nullable
        @JsonPropertyDescription(
                "How long a message is kept for a receiver that is away, in hours, minutes and seconds: 2h, 90m, 1h30m; 0s is for ever. A route's own timeToLive wins.")
        @Default("2h")
        @Pattern("^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,8}s)?$")
        @Size(min = 2, max = 24)
        String timeToLive,

        @Nullable
        @JsonPropertyDescription(
                "What happens to a new message when the store is full. RejectNew refuses it: the sender keeps it and tries again.")
        @Default("RejectNew")
        WhenFull whenFull,

        @Nullable
        @JsonPropertyDescription(
                "While a receiver that was away takes its backlog: how many of a hundred messages are of the backlog when newer ones of other senders, of which nothing waits, could go ahead. 100 lets nothing go ahead.")
        @Default("30")
        @Min(1)
        @Max(100)
        Integer backlogShare) {

    /** Of a hundred, when nobody says otherwise. */
    public static final int DEFAULT_BACKLOG_SHARE = 30;

    /** The policy of a full store. */
    public enum WhenFull {
        /** Nothing that was accepted is dropped; senders are held back. */
        RejectNew,
        /** The oldest stored message gives way. */
        DropOldest,
        /** The oldest message of the lowest priority gives way, never a higher one for a lower. */
        DropLowestPriority
    }
}
