package dev.selvedge.plan;

import org.jspecify.annotations.Nullable;

/**
 * Something in a site's objects that cannot be done as written.
 *
 * @param kind EdgeHub or EdgeModule
 * @param name the object at fault
 * @param node the node it concerns, or null when it concerns all
 * @param reason one of {@link dev.selvedge.api.v1alpha1.Reasons}
 * @param message what is wrong, where, what to do
 */
public record Problem(String kind, String name, @Nullable String node, String reason, String message) {}
