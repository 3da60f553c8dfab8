package dev.selvedge.operator.status;

import org.jspecify.annotations.Nullable;

/**
 * What the cluster's own parts last said about one instance, in their Events.
 *
 * @param refusal why its pod could not be created
 * @param mount why a volume of its pod cannot be mounted
 * @param claim why nobody provides the volume that it claims
 */
public record Complaints(
        @Nullable String refusal,
        @Nullable String mount,
        @Nullable String claim) {
    public static final Complaints NONE = new Complaints(null, null, null);
}
