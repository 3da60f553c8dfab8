package dev.selvedge.operator.status;

import org.jspecify.annotations.Nullable;

/**
 * What is known of one instance, or of the whole object.
 *
 * @param node the node it concerns, or null when it concerns all
 * @param reason one of {@link dev.selvedge.api.v1alpha1.Reasons}
 * @param message a sentence for people; it holds no counter and no time, so that the status does not change by itself
 */
public record Finding(@Nullable String node, String reason, String message) {}
