package dev.selvedge.hub.client;

import org.jspecify.annotations.Nullable;

/**
 * What a client is told that asked something of its twin.
 *
 * @param status 200 with the twin, 204 for a patch that was taken, else an error
 * @param version of the reported properties, with a 204
 * @param body JSON, or nothing
 */
public record TwinAnswer(int status, @Nullable Long version, byte[] body) {}
